"""`publish` as often as a test likes: a process that has imported its libraries forks for each run.

What a run is told, its folder, environment, standard streams, exit code and signals are its own, as from a shell; only
the half of its time that goes into imports is saved. That it starts from nothing too is shown where the command itself
is run. The server:  python -m tests.forkserver
"""

import gc
import importlib
import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
IMPORTED = (
    "ipfshttpclient", "jinja2", "markdown", "eth_account", "pygments", "pymdownx", "web3", "yaml",
    "publisher.app.publishing", "publisher.app.rollback", "publisher.cli.commands.publish", "publisher.config",
    "publisher.names.ens.service", "publisher.names.signers.keys", "publisher.site.markdown.python_markdown.engine",
    "publisher.stores.cluster.service", "publisher.stores.kubo.node", "publisher.stores.pinning.service",
    "tests.killer",
)  # fmt: skip
"""What takes time to import, and starts no thread."""
START = 60.0
"""Seconds until the server has imported all that; two on an idle machine."""


@dataclass(frozen=True)
class Forkserver:
    """The server as tests see it. One run at a time."""

    process: subprocess.Popen[str]
    said: Queue[str]

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        killed: tuple[int, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run `publish` to its end, or until it is killed: (N, "before" or "after") is its N-th journal event."""
        with TemporaryDirectory() as place:
            streams = [str(Path(place) / name) for name in ("out", "err")]
            asked = {
                "words": list(words),
                "folder": str(folder),
                "env": dict(env),
                "killed": killed,
                "streams": streams,
            }
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            child = self.hear(10)
            try:
                code = self.hear(timeout)
            except TimeoutError:
                os.kill(child, 9)
                self.hear(10)
                raise
            out, err = (Path(name).read_text(encoding="utf-8") for name in streams)
        return subprocess.CompletedProcess(["publish", *words], code, out, err)

    def hear(self, seconds: float) -> int:
        try:
            return int(self.said.get(timeout=seconds))
        except Empty:
            raise TimeoutError(f"nothing was said within {seconds} s") from None


@pytest.fixture(scope="session")
def forkserver() -> Iterator[Forkserver]:
    """The server, started when the first test asks for it."""
    words = [sys.executable, "-m", "tests.forkserver"]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PUBLISH_")}
    with subprocess.Popen(
        words, cwd=CHECKOUT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        server = Forkserver(process, Queue())

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                server.said.put(line)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            server.hear(START)
            yield server
        finally:
            assert process.stdin is not None
            process.stdin.close()
            reader.join()


def serve() -> None:
    """Fork for each line; say the child's process id, then its exit code as `subprocess` would."""
    for name in IMPORTED:
        importlib.import_module(name)
    assert threading.active_count() == 1
    gc.freeze()  # a look for cycles in a child would copy all of it
    print(0, flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(**json.loads(line))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(
    words: list[str], folder: str, env: dict[str, str], killed: tuple[int, str] | None, streams: list[str]
) -> NoReturn:
    """One run, in the child."""
    code: object = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(env)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in enumerate(streams, 1):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600), number)
        sys.argv = ["publish", *words]
        if killed:
            from tests.killer import publish_until

            publish_until(*killed)
        else:
            from publisher.cli import main

            main()
        code = 0
    except SystemExit as left:
        code = left.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve()
