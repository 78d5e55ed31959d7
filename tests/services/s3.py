"""A real S3 server on loopback that checks signatures: the Versity gateway over a folder."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.binaries import binary
from tests.services.cluster import HOST, free_ports
from tests.services.daemon import Daemon

KEY, SECRET, REGION = "KEYOFTHETEST", "secret/of+the=test", "eu-test-1"
START = 20.0


@dataclass(slots=True)
class S3Server(Daemon):
    """The server. Each folder below `folder` is a bucket, and each object is a file."""

    folder: Path
    url: str = ""

    def bucket(self, name: str) -> Path:
        """Make an empty bucket and return its folder."""
        place = self.folder / name
        place.mkdir()
        return place

    def start(self) -> None:
        """Start the server and wait until it answers."""
        (port,) = free_ports(1)
        self.url = f"http://{HOST}:{port}"
        log = self.folder.parent / "s3.log"
        access = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
        args: list[str | Path] = [
            binary("versitygw"),
            "--port",
            f"{HOST}:{port}",
            "--region",
            REGION,
            "posix",
            self.folder,
        ]
        if not self.launch(args, {**os.environ, **access}, log, self._answers, START):
            raise AssertionError("versitygw: " + log.read_text(errors="replace")[-2000:])

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.url, timeout=2)
        except urllib.error.HTTPError:
            return True  # It refuses a request without a signature.
        except OSError:
            return False
        return True


@pytest.fixture(scope="session")
def shared_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One server for all tests of a run."""
    folder = tmp_path_factory.mktemp("s3") / "buckets"
    folder.mkdir()
    server = S3Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
