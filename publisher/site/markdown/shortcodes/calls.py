"""Define the call of a shortcode, and what the rest of the program must provide to expand calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Protocol

from publisher.fast_dataclass import dataclass, field

Note = Callable[[str], None]
"""A function that records the name of a fact that was read (see recorded_reads.py)."""

Value = str | bool
"""The value of an argument. `true` and `false` without quotes become a bool. A name without a value is True."""


@dataclass(frozen=True, slots=True)
class Call:
    """The first line of a call, such as `:::figure{src="x.png"}`."""

    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    fault: str = ""
    """The reason why the arguments cannot be read, or "" if they can."""
    hint: str = ""
    at: int = 0
    """The index in the line at which the call begins, or at which its fault is."""


NEAR = 0.81
"""An unknown name is a misspelling if its likeness (0 to 1) to the name of a shortcode is at least this number."""


class BadCall(Exception):
    """A call cannot be shown. `what` is the reason, and `hint` the next step."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


@dataclass(frozen=True, slots=True)
class Included:
    """A file that a call includes. `text` has no front matter."""

    label: str
    """The name of the file in messages."""
    text: str
    code: bool
    """Whether the text is shown as code. Otherwise it is a part of the Markdown of the article."""


INCLUDE = "include"
"""The shortcode that puts the text of a file into the text of the article. It has no template."""


class Shortcodes(Protocol):
    """The shortcodes of a site. Each method records in `note` what it reads."""

    def has(self, name: str, note: Note) -> bool:
        """Return whether there is a shortcode with this name."""
        ...

    def names(self, note: Note) -> tuple[str, ...]:
        """Return the names of all shortcodes, sorted."""
        ...

    def html(self, call: Call, body: str | None, language: str, note: Note) -> str:
        """Return the HTML of a call.

        `body` is a placeholder for the body of the call, or None if the call has no body. The returned HTML contains
        the placeholder where the body belongs. Raises BadCall.
        """
        ...

    def file(self, path: str, note: Note) -> Included | None:
        """Return the file with this path, which begins with `content/` or `templates/`. Return None if there is none.

        Raises BadCall if the file must not be included or cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """The article that contains the calls, with everything else on which the HTML of its calls depends."""

    shortcodes: Shortcodes
    note: Note
    path: str
    """The content path of the article."""
    language: str
    home: str
    """The URL of the site, or ""."""
    native: tuple[str, ...] = ()
    """The names of blocks that the Markdown flavour reads itself. These blocks are between lines of colons too."""

    def nearest(self, name: str) -> str:
        """Return the name of the shortcode of which `name` is a misspelling, or "" if there is none."""
        names = (*self.shortcodes.names(self.note), INCLUDE)
        return next(iter(get_close_matches(name, names, 1, NEAR)), "")
