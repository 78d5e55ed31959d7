"""Find the front matter of an article and its form: YAML, TOML, JSON or header lines."""

from __future__ import annotations

import json
import re
from typing import Literal

from publisher.fast_dataclass import dataclass
from publisher.site.content.frontmatter import from_headers
from publisher.site.content.frontmatter.value import Unreadable

Form = Literal["yaml", "toml", "json", "headers"]

_YAML = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_OPEN = re.compile(r"---[ \t]*(?:\Z|\n[\w\"'][^\n:]*:(?:[ \t\n]|\Z))|\+\+\+[ \t]*(?:\Z|\n[ \t]*[\w\"'.-]+[ \t]*=)")
_OBJECT = re.compile(r'\{\s*(?:"|\}[ \t]*(?:\n|\Z))')
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class FrontMatterBlock:
    """The front matter of a file."""

    form: Form
    text: str
    """The text without the fences."""
    line: int
    """The line of the file on which `text` begins."""
    end: int
    """The index in the file at which the text of the article begins."""


def find(text: str) -> FrontMatterBlock | None:
    """Return the front matter of a file, or None if it has none. `text` is the whole file.

    Raises Unreadable if the front matter does not end.
    """
    if found := _YAML.match(text):
        return FrontMatterBlock("yaml", found[1], 2, found.end())
    if found := _TOML.match(text):
        return FrontMatterBlock("toml", found[1], 2, found.end())
    if _OPEN.match(text):
        fence = text[:3]
        raise Unreadable(1, 1, "the front matter does not end", f"add a line `{fence}` after the last key")
    if _OBJECT.match(text):
        return _json(text)
    end = from_headers.end(text)
    return FrontMatterBlock("headers", text[:end], 1, end) if end else None


def _json(text: str) -> FrontMatterBlock | None:
    """Return the JSON object at the beginning of a file. Return None if other text follows on its last line.

    If the object is malformed, return the whole file as front matter. Then the reader of JSON reports the fault.
    """
    try:
        _, end = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode(text)
    except (ValueError, RecursionError):
        return FrontMatterBlock("json", text, 1, len(text))
    rest = _REST_OF_LINE.match(text, end)
    return FrontMatterBlock("json", text[:end], 1, rest.end()) if rest else None
