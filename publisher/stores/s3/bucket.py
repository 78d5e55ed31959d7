"""Send requests of the S3 interface, and turn the answers into values.

The interface is described at https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html. Objects are addressed
by path (`https://host/bucket/key`), because every S3-compatible service understands that form. Methods raise
StoreUnreachable if the service does not answer, and StoreRefused if it refuses.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from publisher.errors import StoreError, StoreRefused
from publisher.fast_dataclass import dataclass, field, replace
from publisher.http.client import Service, ServiceAnswer
from publisher.http.errors import ServiceCall, refused, unclear
from publisher.http.signature_v4 import AccessKey, signed_headers

PART = 5 << 20
"""An upload of more than this number of bytes is sent in parts of this size. S3 allows no smaller part."""

PARTS = 10_000
"""S3 allows at most this many parts."""

PAGES = 1000
"""At most this many pages of a list are read. A page has up to 1000 keys."""

ABSENT = ("", "NoSuchKey", "NoSuchUpload")
"""With one of these codes, the status 404 means that the object is absent, and not, for example, the bucket.

An answer to HEAD has no body, so its code is "".
"""

FAILURES = tuple(range(400, 600))


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """One bucket. The URL of `service` ends with the name of the bucket."""

    service: Service
    key: AccessKey = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    part: int = PART

    @property
    def label(self) -> str:
        """Return the label of the store in publish.toml."""
        return self.service.call_info.label

    def put(self, key: str, data: bytes, headers: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """Store an object, and return the headers of the answer. `headers` has further headers, such as metadata."""
        return self._ask("PUT", key, body=data, headers=headers).headers

    def put_stream(self, key: str, chunks: Iterable[bytes], size: int, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Store an object of `size` bytes, and return the headers of the last answer.

        A large object is sent in parts. Only one part is in memory. A part whose connection breaks is sent again. If
        the upload fails for good, the parts are removed from the service.
        """
        length = max(self.part, -(-size // PARTS))
        if size <= length:
            return self.put(key, b"".join(chunks), headers)
        begun = self._ask("POST", key, query={"uploads": ""}, headers=headers)
        upload = _text(self._xml(begun, "POST"), "UploadId")
        if not upload:
            raise unclear(replace(self.service.call_info, what=f"POST /{key}"), "holds no UploadId")
        try:
            tags = [
                self._put_part(key, {"partNumber": str(number), "uploadId": upload}, part)
                for number, part in enumerate(_parts(chunks, length), 1)
            ]
            listed = "".join(
                f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>" for n, tag in enumerate(tags, 1)
            )
            body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
            return self._ask("POST", key, query={"uploadId": upload}, body=body).headers
        except BaseException:
            self._abort(key, upload)
            raise

    def get(self, key: str) -> bytes | None:
        """Return the bytes of an object, or None if the bucket does not have it."""
        answer = self._ask("GET", key, missing=True)
        return None if answer.status == 404 else answer.body

    def head(self, key: str) -> Mapping[str, str] | None:
        """Return the headers of an object, or None if the bucket does not have it."""
        answer = self._ask("HEAD", key, missing=True)
        return None if answer.status == 404 else answer.headers

    def delete(self, key: str) -> None:
        """Remove an object. Do nothing if the bucket does not have it."""
        self._ask("DELETE", key, missing=True)

    def find(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the key and the number of bytes of every object whose key begins with `prefix`, sorted by key."""
        more: dict[str, str] = {}
        for _ in range(PAGES):
            answer = self._ask("GET", "", query={"list-type": "2", "prefix": prefix, **more})
            tree = self._xml(answer, "GET")
            for row in tree:
                if _name(row) == "Contents":
                    yield _text(row, "Key"), int(_text(row, "Size") or 0)
            token = _text(tree, "NextContinuationToken")
            if not token:
                return
            more = {"continuation-token": token}
        raise StoreRefused(
            self.label, f"the bucket has more than {PAGES * 1000:,} objects", hint="use a bucket for this site alone"
        )

    def _ask(
        self,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        missing: bool = False,
    ) -> ServiceAnswer:
        """Send a signed request and return the answer. With `missing`, return an answer with the status 404 too."""
        path = f"/{quote(key, safe='/~')}" if key else ""
        asking = urlencode(dict(query or {}), quote_via=quote)
        url = f"{self.service.base}{path}" + (f"?{asking}" if asking else "")

        def sign() -> Mapping[str, str]:
            if not self.key.id:
                return headers or {}
            return signed_headers(self.key, method, url, headers or {}, body, self.now())

        answer = self.service.call(method, path, query=query, body=body or None, ok_statuses=FAILURES, headers=sign)
        # A completed upload may answer 200 with an error in its body, because the head is sent before the work is done.
        failed = method == "POST" and bool(_code(answer.body))
        if answer.status < 300 and not failed:
            return answer
        if missing and answer.status == 404 and _code(answer.body) in ABSENT:
            return answer
        what = f"{method} /{key}"
        raise _refusal(500 if failed else answer.status, answer.body, replace(self.service.call_info, what=what))

    def _put_part(self, key: str, query: Mapping[str, str], part: bytes) -> str:
        """Send a part and return its ETag. Raises StoreRefused if the answer has none."""
        tag = self._ask("PUT", key, query=query, body=part).headers.get("ETag")
        if not tag:
            raise unclear(replace(self.service.call_info, what=f"PUT /{key}"), "holds no ETag")
        return tag

    def _abort(self, key: str, upload: str) -> None:
        """Remove the parts of an upload that failed. Otherwise they would take space that the user pays for."""
        with contextlib.suppress(StoreError):
            self._ask("DELETE", key, query={"uploadId": upload}, missing=True)

    def _xml(self, answer: ServiceAnswer, method: str) -> ElementTree.Element:
        found = _parse(answer.body)
        if found is None:
            raise unclear(replace(self.service.call_info, what=method), "is not the XML of an S3 interface")
        return found


def _parts(chunks: Iterable[bytes], length: int) -> Iterator[bytes]:
    """Yield the bytes of `chunks` in pieces of exactly `length` bytes. Only the last piece may be shorter."""
    waiting: list[bytes] = []
    have = 0
    for chunk in chunks:
        waiting.append(chunk)
        have += len(chunk)
        while have >= length:
            rest = have - length
            last = waiting.pop()
            part = b"".join([*waiting, last[: len(last) - rest]])
            waiting, have = ([last[len(last) - rest :]] if rest else []), rest
            yield part
    if waiting:
        yield b"".join(waiting)


def _parse(body: bytes) -> ElementTree.Element | None:
    """Return the root element of XML, or None if `body` is not XML.

    XML with a document type is refused, because its entities could expand to any size.
    """
    if b"<!" in body:
        return None
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - the known attacks need a document type
    except ElementTree.ParseError:
        return None


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ElementTree.Element, name: str) -> str:
    """Return the text of the child `name`, or an empty string if there is no such child. Namespaces are ignored."""
    return next((child.text or "" for child in element if _name(child) == name), "")


def _code(body: bytes) -> str:
    """Return the code of an error, or an empty string if the body is no error of S3."""
    found = _parse(body)
    return _text(found, "Code") if found is not None and _name(found) == "Error" else ""


def _refusal(status: int, body: bytes, call_info: ServiceCall) -> StoreError:
    """Return our error for a refusal. The code and the message in its XML become the reason."""
    found = _parse(body)
    if found is not None and _name(found) == "Error":
        body = json.dumps({"error": {"reason": _text(found, "Code"), "details": _text(found, "Message")}}).encode()
    return refused(status, body, call_info)
