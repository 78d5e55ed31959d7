"""Show the problems of a site as annotations of GitHub Actions. A reviewer sees each of them at its line."""

from __future__ import annotations

from publisher.ci.escaping import command_data, command_property
from publisher.errors import Problem


def annotation(problem: Problem, folder: str = "") -> str:
    """Return the workflow command that shows `problem` at its file and line.

    `folder` is the folder of the site below the top of the repository, with a slash at its end. It is empty if the site
    is at the top.
    """
    command = "notice" if problem.level == "note" else problem.level
    place = f"file={command_property(folder + problem.path)},line={problem.line or 1},col={problem.col or 1}"
    text = f"{problem.what}; {problem.hint}" if problem.hint else problem.what
    return f"::{command} {place}::{command_data(text)}"
