"""A process that a test starts, ends and kills."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TAKEN = b"address already in use"
LAST_LINES = 2000
"""Bytes at the end of a log in which a daemon says why it ended."""


@dataclass(slots=True, kw_only=True)
class Daemon:
    """What a node and a peer of a cluster have in common."""

    process: subprocess.Popen[bytes] | None = None

    def launch(
        self, args: Sequence[str | Path], env: Mapping[str, str], log: Path, answers: Callable[[], bool], seconds: float
    ) -> bool:
        """Start it, and whether it answers within so many seconds; if not, nothing of it is left running.

        A port that was free when it was chosen may meanwhile belong to a connection of another process. Such
        connections end, so the daemon is started again until the time is over.
        """
        until = time.monotonic() + seconds
        while not self._launch_once(args, env, log, answers, until):
            self.kill()
            if time.monotonic() > until or TAKEN not in log.read_bytes()[-LAST_LINES:]:
                return False
            time.sleep(0.5)
        return True

    def _launch_once(
        self, args: Sequence[str | Path], env: Mapping[str, str], log: Path, answers: Callable[[], bool], until: float
    ) -> bool:
        with log.open("ab") as out:
            self.process = subprocess.Popen(args, env=env, stdout=out, stderr=out)
        while not answers():
            if self.process.poll() is not None or time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def stop(self) -> None:
        """End it politely, then for certain."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """SIGKILL: what a power cut leaves behind."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
        self.process = None
