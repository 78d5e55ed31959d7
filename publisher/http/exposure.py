"""Test for `publish doctor` whether others can read the credentials of a service or use it without credentials."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from publisher.findings import Finding
from publisher.http.addresses import is_loopback


def exposed(label: str, base: str, credentials: bool) -> Iterator[Finding]:
    """Yield a finding if credentials are sent unencrypted, and one if the service needs no credentials.

    `base` is the URL of the service. `credentials` says whether the settings have credentials.
    """
    near = is_loopback(urlsplit(base).hostname or "")
    if credentials and base.startswith("http://") and not near:
        yield Finding(label, "warning", "the credentials travel unencrypted", "use https, or a tunnel to the service")
    if not credentials:
        what = "the service asks for no credentials: anyone who can connect to it can unpin everything"
        yield Finding(label, "note" if near else "warning", what, "set up basic authentication or a token")
