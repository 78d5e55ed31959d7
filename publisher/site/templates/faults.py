"""Turn the errors of the template library into problems with a template and a line."""

from __future__ import annotations

import traceback
from collections.abc import Container

from jinja2 import TemplateError, TemplateNotFound
from jinja2.exceptions import TemplateSyntaxError

from publisher.errors import Problem


class Unplaced(Exception):
    """A template failed. `problem` has the position and the reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def problem_of(error: Exception, name: str, labels: Container[str]) -> Problem:
    """Return a problem for an exception that the template `name` raised.

    The problem has the position of the innermost frame of the traceback that is in a template. `labels` are the names
    that messages and tracebacks use for the templates.
    """
    what = str(error) or type(error).__name__
    if isinstance(error, TemplateSyntaxError):
        return Problem(error.filename or error.name or name, error.lineno, 0, error.message or what)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in labels]
    place, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else (name, 0)
    if isinstance(error, TemplateNotFound):
        return Problem(place, line, 0, f"there is no template {error.message!r}", "correct the name, or make that file")
    if isinstance(error, RecursionError):
        return Problem(
            place, line, 0, "the template extends, includes or calls itself without end", "remove the circle"
        )
    if isinstance(error, TemplateError):
        return Problem(place, line, 0, what)
    detail = "".join(traceback.format_exception(error))
    return Problem(place, line, 0, f"{type(error).__name__}: {what}", detail=detail)
