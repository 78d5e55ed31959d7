"""Read lists of attributes, `{#id .class key="value"}`, which follow headings, links, images and code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from publisher.fast_dataclass import dataclass, field

_PART = re.compile(
    r"""\#(?P<id>[^\s{}"'=\#.]+)|\.(?P<name>[^\s{}"'=\#.]+)"""
    r"""|(?P<key>[A-Za-z_:][\w:.-]*)(?:=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'{}]+)))?"""
)
_LIST = re.compile(r"""\{(?:[^{}"']|"[^"]*"|'[^']*')*\}\Z""")


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one attribute list. `id` is "" if the list has no id."""

    id: str = ""
    classes: tuple[str, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    """Maps the name of each other attribute to its value, or to "" if the attribute has no value."""

    def html(self, *own: str) -> str:
        """Return the HTML of the classes and of the other attributes, for a start tag. Leave out the id.

        The classes in `own` come before the classes of the list.
        """
        classes = dict.fromkeys((*own, *self.classes))
        text = f' class="{escape(" ".join(classes))}"' if classes else ""
        return text + "".join(f' {name}="{escape(value)}"' for name, value in self.pairs.items())


NONE = Attributes()


def read(text: str) -> Attributes:
    """Return the attributes in a text, which may have braces around it. Ignore parts that are no attributes."""
    found, classes = "", []
    pairs: dict[str, str] = {}
    for match in _PART.finditer(text.strip().removeprefix("{").removesuffix("}")):
        value = match["double"] or match["single"] or match["bare"] or ""
        if match["id"]:
            found = match["id"]
        elif match["name"]:
            classes.append(match["name"])
        elif match["key"] == "id":
            found = value
        elif match["key"] == "class":
            classes += value.split()
        else:
            pairs.setdefault(match["key"].lower(), value)
    return Attributes(found, tuple(classes), pairs)


def at_the_end(text: str) -> Attributes:
    """Return the attributes of the attribute list at the end of a text, or NONE if there is no list.

    A list does not count if it is the whole text.
    """
    start = text.rfind("{") if text.endswith("}") else -1
    while start > 0:
        if _LIST.match(text, start):
            return read(text[start:])
        start = text.rfind("{", max(start - LONGEST, 0), start)
    return NONE


LONGEST = 1_000
"""The number of characters that `at_the_end` looks back from one `{` to an earlier one.

A value in quotes may contain a `{`. Then the last `{` of a text is inside the list, and the list begins at an earlier
`{`. The limit keeps the search fast.
"""
