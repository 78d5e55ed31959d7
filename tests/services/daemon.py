"""A process that a test starts, ends and kills."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True, kw_only=True)
class Daemon:
    """What a node and a peer of a cluster have in common."""

    process: subprocess.Popen[bytes] | None = None

    def launch(
        self, args: Sequence[str | Path], env: Mapping[str, str], log: Path, answers: Callable[[], bool], seconds: float
    ) -> bool:
        """Start it once, and whether it answers within so many seconds; if not, nothing of it is left running."""
        with log.open("ab") as out:
            self.process = subprocess.Popen(args, env=env, stdout=out, stderr=out)
        until = time.monotonic() + seconds
        while not answers():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
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
