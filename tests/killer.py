"""`publish`, killed as by a power cut around its N-th journal event:  python -P killer.py N before|after WORDS...

Without -P, the folder `http` beside this file hides Python's own.
"""

import os
import signal
import sys

from publisher.app.context import Session
from publisher.cli.group import publish
from publisher.journal.events import Event
from publisher.journal.log import Journal


class Dying(Journal):
    """Ends the process before or after an event is on the disk."""

    left = int(sys.argv[1])
    early = sys.argv[2] == "before"

    def append(self, event: Event) -> None:
        Dying.left -= 1
        if Dying.left < 0 and self.early:
            os.kill(os.getpid(), signal.SIGKILL)
        super().append(event)
        if Dying.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingSession(Session):
    """Hands out that journal; all else is as in a real run."""

    def journal(self) -> Journal:
        return Dying(self.state)


if __name__ == "__main__":
    session = DyingSession()
    publish.main(args=sys.argv[3:], prog_name="publish", standalone_mode=False, obj=session)
    session.close()
