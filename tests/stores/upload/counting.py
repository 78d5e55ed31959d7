"""An S3 bucket that counts what comes and keeps none of it, for uploads of any size."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.services.listening import listening
from tests.stores.upload.servers import Account

PIECE = 64 << 10


@contextmanager
def counting() -> Iterator[Account]:
    """The bucket. It checks the hash of each part, and says at the end that it has nothing."""
    account = Account()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            left = int(self.headers.get("Content-Length") or 0)
            account.received.append(left)
            digest = hashlib.sha256()
            while left:
                piece = self.rfile.read(min(left, PIECE))
                digest.update(piece)
                left -= len(piece)
            begun = b"<R><UploadId>u</UploadId></R>" if "uploads" in self.path else b"<R></R>"
            good = digest.hexdigest() == self.headers["x-amz-content-sha256"]
            self.send_response(404 if self.command == "HEAD" else 200 if good else 400)
            self.send_header("ETag", '"e"')
            body = b"" if self.command in ("HEAD", "PUT") else begun
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        account.url = f"http://127.0.0.1:{server.server_port}"
        yield account
