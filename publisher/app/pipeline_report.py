"""Let the report of a command write into a pipeline: annotations, outputs and the summary of the job."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from publisher.app.context import Session
from publisher.ci.annotations import annotation
from publisher.ci.guarded_output import GuardedOutput
from publisher.ci.outputs import outputs_of, outputs_text
from publisher.ci.summary import summary, table

if TYPE_CHECKING:
    from publisher.ci.pipeline import Pipeline
    from publisher.errors import Problem
    from publisher.report import Report


def show_in_pipeline(session: Session) -> None:
    """Let the report write annotations and a summary for the runner of GitHub Actions or of Forgejo.

    After this call, no other text of the command can become a workflow command.
    """
    report, runner = session.report, session.report.err

    def annotate(problem: Problem) -> None:
        folder = below(session.env.get("GITHUB_WORKSPACE", ""), session.site)
        with contextlib.suppress(OSError):  # The command continues even if nobody reads its output any more.
            runner.write(annotation(problem, folder) + "\n")
            runner.flush()

    def at_end(data: Mapping[str, Any]) -> None:
        if data and (name := session.env.get("GITHUB_STEP_SUMMARY")):
            append(report, Path(name), table(data), "job summary")

    report.annotate, report.at_end = annotate, at_end
    report.out = cast(TextIO, GuardedOutput(report.out))
    report.err = cast(TextIO, GuardedOutput(report.err))


def below(top: str, folder: Path) -> str:
    """Return the path from `top` to `folder` with a slash at its end, or "" if `folder` is `top` or is not below it."""
    try:
        path = folder.resolve().relative_to(Path(top).resolve()).as_posix() if top else "."
    except ValueError:
        return ""
    return "" if path == "." else f"{path}/"


def end_step(report: Report, pipeline: Pipeline, title: str, changes: Sequence[str], data: Mapping[str, Any]) -> None:
    """Append the summary and the outputs of a step to the files of the pipeline. `data` is the JSON object."""
    if pipeline.summary is not None:
        append(report, pipeline.summary, summary(data, title, changes), "job summary")
    if pipeline.outputs is not None:
        text = outputs_text(outputs_of(data), f"end-{secrets.token_hex(16)}")
        append(report, pipeline.outputs, text, "outputs of this step")


def append(report: Report, path: Path, text: str, what: str) -> None:
    """Append `text` to a file of the runner. If this fails, only print a warning, because the work is done."""
    try:
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        report.say(f"warning: no {what}: {error.strerror}")
