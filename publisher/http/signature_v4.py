"""Sign requests to S3-compatible services with AWS Signature Version 4. Nothing is sent here.

The specification is https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from publisher.fast_dataclass import dataclass, field

ALGORITHM = "AWS4-HMAC-SHA256"
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of an S3-compatible service. The secret is used for signatures and is never sent."""

    id: str
    secret: str = field(repr=False)
    region: str = "us-east-1"


def signed_headers(
    key: AccessKey, method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> dict[str, str]:
    """Return `headers` and the headers that sign the request. `now` is the present time in UTC.

    `url` is the whole URL. Its path and its query have to be percent-encoded already. The server recomputes the hash of
    `body`, so a body that was changed on the way is refused.
    """
    place = urlsplit(url)
    time, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    sent = {**headers, "x-amz-content-sha256": digest, "x-amz-date": time}
    signed = {name.lower(): " ".join(value.split()) for name, value in {**sent, "host": _host(url)}.items()}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    query = "&".join(sorted(part if "=" in part else f"{part}=" for part in place.query.split("&") if part))
    request = "\n".join((method, place.path or "/", query, lines, names, digest))
    scope = f"{day}/{key.region}/s3/aws4_request"
    text = "\n".join((ALGORITHM, time, scope, hashlib.sha256(request.encode()).hexdigest()))
    signature = hmac.new(_signing_key(key, day), text.encode(), hashlib.sha256).hexdigest()
    access = f"{ALGORITHM} Credential={key.id}/{scope},SignedHeaders={names},Signature={signature}"
    return {**sent, "Authorization": access}


def _host(url: str) -> str:
    """Return the value of the Host header, which has a port only if the scheme has another default port."""
    place = urlsplit(url)
    name = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname or ""
    return name if place.port in (None, PORTS.get(place.scheme)) else f"{name}:{place.port}"


def _signing_key(key: AccessKey, day: str) -> bytes:
    found = f"AWS4{key.secret}".encode()
    for part in (day, key.region, "s3", "aws4_request"):
        found = hmac.new(found, part.encode(), hashlib.sha256).digest()
    return found
