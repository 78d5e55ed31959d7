"""The one question before something is done that cannot be taken back."""

from __future__ import annotations

from publisher.errors import ConfigError, Unfinished
from publisher.report import Report


def confirm(report: Report, question: str, untouched: str) -> None:
    """Ask, and return when the answer is yes. ConfigError when nobody is there to answer, Unfinished for a no.

    `untouched` says what was left as it was: "nothing was stored or signed".
    """
    if not report.can_ask():
        raise ConfigError("publish", "nobody is here to say yes", hint="run with --yes, or look first with --dry-run")
    if not report.ask(question):
        raise Unfinished("publish", f"not confirmed; {untouched}", hint="run again when you are ready")
