"""Ask the person at the terminal before a step that cannot be undone."""

from __future__ import annotations

from publisher.errors import ConfigError, Unfinished
from publisher.report import Report


def confirm(report: Report, question: str, untouched: str) -> None:
    """Ask `question` and return if the answer is yes.

    If the answer is no, raise Unfinished. Its message ends with `untouched`, for example "nothing was stored or
    signed". Raises ConfigError if there is no terminal on which a person can answer.
    """
    if not report.can_ask():
        raise ConfigError(
            "publish",
            "there is no terminal to ask for a confirmation",
            hint="run with --yes, or look first with --dry-run",
        )
    if not report.ask(question):
        raise Unfinished("publish", f"you did not confirm; {untouched}", hint="run again when you are ready")
