"""Services that take a CAR, with their documented interfaces and the faults that they are known for.

The blocks go into memory or, with `node`, into a real Kubo node, from which they can be fetched back.
"""

import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import Request, urlopen

from publisher.dag import car
from publisher.dag.cid import Cid
from tests.services.kubo import Node
from tests.services.listening import listening

OTHER = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
TOKEN, KEY, SECRET = "jwt-of-the-test", "KEYOFTHETEST", "secret-of-the-test"


@dataclass
class Row:
    """One upload or pin of the account."""

    id: str
    root: str
    name: str
    site: str = ""


@dataclass
class Account:
    """What the service keeps. Each upload takes the next fault from `faults`; an empty text stands for none."""

    node: Node | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    pins: dict[str, Row] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    hidden: int = 0
    """So many lists do not show the uploads yet."""
    fetches: bool = False
    """The pinning interface fetches at once what it is asked for."""
    may_pin: bool = True
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def store(self, id_: str, data: bytes, name: str, site: str, fault: str) -> str:
        """Read a CAR whole, and return the root that is reported."""
        (root,), blocks = car.read(io.BytesIO(data))
        assert sum(1 for _ in blocks) > 0
        if self.node is not None:
            self.node.call("version")
            mark = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
            request = Request(f"{self.node.url}/api/v0/dag/import", mark + data + b"\r\n--b--\r\n", method="POST")
            request.add_header("Content-Type", "multipart/form-data; boundary=b")
            with urlopen(request, timeout=30) as answer:
                assert str(root).encode() in answer.read()
        reported = OTHER if fault == "other-root" else str(root)
        self.rows[id_] = Row(id_, reported, name, site)
        return reported

    def shown(self) -> list[Row]:
        if self.hidden:
            self.hidden -= 1
            return []
        return list(self.rows.values())


Answer = tuple[int, Any, dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    """One request. Subclasses have the paths of a service."""

    protocol_version = "HTTP/1.1"
    account: Account

    def log_message(self, *args: Any) -> None:
        """Nothing is printed."""

    def _serve(self) -> None:
        self.close_connection = True
        place = urlsplit(self.path)
        self.account.calls.append(f"{self.command} {place.path}")
        query = {key: values[0] for key, values in parse_qs(place.query, keep_blank_values=True).items()}
        size = int(self.headers.get("Content-Length") or 0)
        takes = self.takes_upload(place.path, query)
        fault = self.account.faults.pop(0) if takes and self.account.faults else ""
        if fault == "cut":
            self.rfile.read(min(size, 1000))
            self.connection.close()
            return
        body = self.rfile.read(size) if size else b""
        if takes:
            self.account.received.append(size)
        status, value, headers = self._faulty(fault) or self.answer(place.path, query, body, fault)
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

    def _faulty(self, fault: str) -> Answer | None:
        if fault == "html":
            return 200, b"<!doctype html><title>Maintenance</title>", {"Content-Type": "text/html"}
        if fault == "busy":
            return 429, {"error": {"message": "slow down"}}, {"Retry-After": "0"}
        if fault == "too-large":
            return 413, b"", {}
        if fault == "full":
            return (
                403 if isinstance(self, Filebase) else 402,
                {"error": {"reason": "PAYMENT", "details": "plan limit"}},
                {},
            )
        if fault == "slow":
            self.account.ended.wait(3)
        return None

    def takes_upload(self, path: str, query: dict[str, str]) -> bool:
        raise NotImplementedError

    def answer(self, path: str, query: dict[str, str], body: bytes, fault: str) -> Answer:
        raise NotImplementedError

    def pinning(self, path: str, query: dict[str, str], body: bytes, token: str) -> Answer:
        """The Pinning Service API below `path`, which begins at /pins."""
        if self.headers.get("Authorization") != f"Bearer {token}" or not self.account.may_pin:
            return 403, {"error": {"reason": "NO_SCOPES_FOUND"}}, {}
        if self.command == "POST":
            pin = json.loads(body)
            row = Row(f"pin{len(self.account.pins)}", pin["cid"], pin["name"], pin["meta"].get("site", ""))
            self.account.pins[row.id] = row
            return 202, self._pin(row), {}
        if self.command == "DELETE":
            gone = self.account.pins.pop(path.rpartition("/")[2], None)
            return 202 if gone else 404, {}, {}
        if path != "/pins":
            row_ = self.account.pins.get(path.rpartition("/")[2])
            return (200, self._pin(row_), {}) if row_ else (404, {}, {})
        rows = [
            self._pin(row)
            for row in self.account.pins.values()
            if query.get("cid", row.root) == row.root and query.get("name", row.name) == row.name
        ]
        return 200, {"count": len(rows), "results": rows}, {}

    def _pin(self, row: Row) -> dict[str, Any]:
        about = {"cid": row.root, "name": row.name, "meta": {"site": row.site} if row.site else {}}
        status = "pinned" if self.account.fetches else "queued"
        return {"requestid": row.id, "status": status, "created": "2026-01-01T00:00:00Z", "pin": about, "delegates": []}


class Pinata(Handler):
    """https://docs.pinata.cloud: files, version 3."""

    def takes_upload(self, path: str, query: dict[str, str]) -> bool:
        return (self.command, path) == ("POST", "/v3/files")

    def answer(self, path: str, query: dict[str, str], body: bytes, fault: str) -> Answer:
        if path.startswith("/psa"):
            return self.pinning(path.removeprefix("/psa"), query, body, TOKEN)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": {"code": 401, "message": "Not Authorized"}}, {}
        if self.takes_upload(path, query):
            return self._take(body, fault)
        if self.command == "DELETE":
            gone = self.account.rows.pop(path.removeprefix("/v3/files/public/"), None)
            return 200 if gone else 404, {"data": None}, {}
        assert path == "/v3/files/public", path
        rows = [row for row in self.account.shown() if query.get("cid", row.root) == row.root]
        rows = [row for row in rows if query.get("name", "") in row.name]  # it also finds parts of names
        at = int(query.get("pageToken", "0"))
        more = {"next_page_token": str(at + 2)} if at + 2 < len(rows) else {}
        return 200, {"data": {"files": [self._row(row) for row in rows[at : at + 2]], **more}}, {}

    def _take(self, body: bytes, fault: str) -> Answer:
        fields = form(self.headers["Content-Type"], body)
        assert (fields["network"], fields["car"]) == (b"public", b"true")
        if fault == "error-200":
            return 200, {"error": {"code": 500, "message": "could not import the CAR"}}, {}
        values = json.loads(fields.get("keyvalues", b"{}"))
        id_ = f"file{len(self.account.calls)}"
        root = self.account.store(id_, fields["file"], fields["name"].decode(), values.get("site", ""), fault)
        return 200, {"data": {"id": id_, **({} if fault == "no-root" else {"cid": root})}}, {}

    def _row(self, row: Row) -> dict[str, Any]:
        keys = {"site": row.site} if row.site else {}
        return {"id": row.id, "cid": row.root, "name": row.name, "keyvalues": keys, "network": "public"}


class Lighthouse(Handler):
    """https://docs.lighthouse.storage: an upload by `dag/import`, a list of all uploads."""

    def takes_upload(self, path: str, query: dict[str, str]) -> bool:
        return (self.command, path) == ("POST", "/api/v0/dag/import")

    def answer(self, path: str, query: dict[str, str], body: bytes, fault: str) -> Answer:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "Unauthorized"}, {}
        if self.takes_upload(path, query):
            if fault == "error-200":
                return 200, {"Root": {"Cid": {"/": OTHER}, "PinErrorMsg": "context deadline exceeded"}}, {}
            name = re.search(rb'filename="([^"]*)"', body)
            assert name
            id_ = f"id{len(self.account.calls)}"
            data = form(self.headers["Content-Type"], body)["file"]
            root = self.account.store(id_, data, name[1].decode().removesuffix(".car"), "", fault)
            return 200, {"data": {"Name": "x", **({} if fault == "no-root" else {"Hash": root}), "Size": "1"}}, {}
        if self.command == "DELETE":
            gone = self.account.rows.pop(query["id"], None)
            return 200 if gone else 404, {"message": "File deleted successfully."}, {}
        assert path == "/api/user/files_uploaded", path
        rows = self.account.shown()
        at = next((n + 1 for n, row in enumerate(rows) if row.id == query["lastKey"]), 0)
        listed = [{"id": row.id, "cid": row.root, "fileName": f"{row.name}.car"} for row in rows[at : at + 2]]
        return 200, {"fileList": listed, "totalFiles": len(rows)}, {}


class Filebase(Handler):
    """https://docs.filebase.com: an S3 bucket that reads CARs. Signatures are checked by a real S3 server elsewhere."""

    def takes_upload(self, path: str, query: dict[str, str]) -> bool:
        return self.command == "PUT" and path.startswith("/sites/")

    def answer(self, path: str, query: dict[str, str], body: bytes, fault: str) -> Answer:
        if path.startswith("/v1/ipfs"):
            import base64

            token = base64.b64encode(f"{KEY}:{SECRET}:sites".encode()).decode()
            return self.pinning(path.removeprefix("/v1/ipfs"), query, body, token)
        if f"Credential={KEY}/" not in (self.headers.get("Authorization") or ""):
            return 403, s3_error("InvalidAccessKeyId"), {}
        key = unquote(path.removeprefix("/sites").removeprefix("/"))
        if fault == "error-200" and self.command == "PUT":
            self.account.faults.insert(0, "error-at-end")
        if self.command == "PUT":
            return self._put(key, query, body, fault)
        if self.command == "POST":
            return self._post(key, query)
        if self.command == "DELETE":
            self.account.rows.pop(key, None)
            self.account.parts.pop(query.get("uploadId", ""), None)
            return 204, b"", {}
        if key:
            row = self.account.rows.get(key)
            return (200, b"", self._meta(row)) if row else (404, b"", {})
        keys = [row.id for row in self.account.shown() if row.id.startswith(query["prefix"])]
        listed = "".join(f"<Contents><Key>{one}</Key><Size>1</Size></Contents>" for one in sorted(keys))
        spaced = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        return 200, f"<?xml version='1.0'?><ListBucketResult {spaced}>{listed}</ListBucketResult>".encode(), {}

    def _put(self, key: str, query: dict[str, str], body: bytes, fault: str) -> Answer:
        if upload := query.get("uploadId"):
            self.account.parts[upload][int(query["partNumber"])] = body
            return 200, b"", {"ETag": f'"{len(body)}"'}
        assert self.headers["x-amz-meta-import"] == "car"
        return self._stored(key, body, self.headers.get("x-amz-meta-site", ""), fault)

    def _post(self, key: str, query: dict[str, str]) -> Answer:
        if "uploads" in query:
            self.account.parts["u1"] = {}
            self.account.parts["site"] = {0: self.headers.get("x-amz-meta-site", "").encode()}
            return 200, b"<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>", {}
        if "error-at-end" in self.account.faults:
            self.account.faults.remove("error-at-end")
            return 200, s3_error("InternalError"), {}
        parts = self.account.parts.pop(query["uploadId"])
        data = b"".join(parts[number] for number in sorted(parts))
        return self._stored(key, data, self.account.parts.pop("site")[0].decode(), "")

    def _stored(self, key: str, data: bytes, site: str, fault: str) -> Answer:
        name = unquote(key.partition("/")[2].removesuffix(".car"))
        self.account.store(key, data, name, site, fault)
        row = self.account.rows[key]
        return 200, b"", {} if fault == "no-root" else self._meta(row)

    def _meta(self, row: Row) -> dict[str, str]:
        return {"x-amz-meta-cid": row.root} | ({"x-amz-meta-site": row.site} if row.site else {})


def s3_error(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()


def form(kind: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form, read by its boundary alone."""
    head = Message()
    head["Content-Type"] = kind
    boundary = str(head.get_param("boundary")).encode()
    fields = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        about, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', about)
        assert name
        fields[name[1].decode()] = value.removesuffix(b"\r\n")
    return fields


SERVICES: dict[str, type[Handler]] = {"filebase": Filebase, "pinata": Pinata, "lighthouse": Lighthouse}


@contextmanager
def service(name: str, node: Node | None = None) -> Iterator[Account]:
    """A service on a free loopback port."""
    account = Account(node)
    with listening(type("Served", (SERVICES[name],), {"account": account})) as server:
        account.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield account
        finally:
            account.ended.set()


def settings_of(name: str, url: str) -> str:
    """The table of such a store, without its heading."""
    given = 'key-env = "PUBLISH_S3_KEY"\nsecret-env = "PUBLISH_S3_SECRET"\nbucket = "sites"\n'
    own = given if name == "filebase" else 'token-env = "PUBLISH_UPLOAD_TOKEN"\n'
    return f'kind = "upload"\nservice = "{name}"\napi = "{url}"\n{own}'


ENV = {"PUBLISH_UPLOAD_TOKEN": TOKEN, "PUBLISH_S3_KEY": KEY, "PUBLISH_S3_SECRET": SECRET}


def same(root: Cid, row: Row) -> bool:
    return root.same_block(Cid.parse(row.root))
