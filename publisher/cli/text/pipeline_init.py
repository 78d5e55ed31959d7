"""Write the text and the JSON of `publish ci init`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from publisher.formatting import shown

if TYPE_CHECKING:
    from publisher.app.pipeline_init import FileResult, SetUp
    from publisher.ci.steps import Step

DONE = {"written": "new", "replaced": "replaced", "unchanged": "unchanged", "kept": "different, left as it is"}


def file_line(result: FileResult) -> str:
    """Return the line about a file of the pipeline."""
    return f"  {result.file.path}: {DONE[result.done]}"


def step_lines(left: tuple[Step, ...]) -> Iterator[str]:
    """Yield the numbered list of the steps that are left. Each command has a line of its own."""
    if not left:
        yield "nothing is left to do: the next push publishes the site"
        return
    for number, step in enumerate(left, 1):
        yield f"{number}. {shown(step.what)}"
        yield from (f"     {shown(command)}" for command in step.commands)


def row(result: SetUp) -> dict[str, Any]:
    """Return the files and the steps as a JSON object."""
    files = [{"path": each.file.path, "done": each.done, "diff": list(each.file.diff)} for each in result.files]
    left = [{"what": step.what, "commands": list(step.commands)} for step in result.steps]
    return {"kind": result.kind.name, "files": files, "steps": left}
