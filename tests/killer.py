"""`publish`, killed as by a power cut around its N-th journal event."""

import os
import signal
import sys

from publisher.app.context import Session
from publisher.cli.group import publish
from publisher.journal.events import Event
from publisher.journal.log import Journal


class Dying(Journal):
    """Ends the process before or after an event is on the disk."""

    left = 0
    early = False

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


def publish_until(step: int, when: str) -> None:
    """Run the command line of this process; it dies before or after its event `step`, counted from 0."""
    Dying.left, Dying.early = step, when == "before"
    session = DyingSession()
    publish.main(args=sys.argv[1:], prog_name="publish", standalone_mode=False, obj=session)
    session.close()
