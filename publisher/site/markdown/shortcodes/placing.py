"""Find the tokens that stand for calls (see source.py) in the HTML of a body, and put in the HTML of the calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from publisher.fast_dataclass import dataclass
from publisher.html.tokens import TOKEN
from publisher.site.markdown.open_elements import VOID

_CODE = frozenset(("pre", "code", "kbd", "samp", "math", "svg"))
"""Elements in which the text of a call is shown, and not the HTML of the call."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a token that stands for a call, from index `start` to `end` (exclusive) of the HTML.

    `parent` says which element is around the token. It is the index of the start tag of this element among all matches
    of TOKEN in the HTML, or -1 if no element is around the token.
    """

    start: int
    end: int
    parent: int


def places(html: str, word: str) -> dict[str, Place]:
    """Return the place of each token whose first word is `word`, by its second word.

    Tokens inside code are left out, because code shows a call as the author wrote it. If a token occurs twice, its
    first place is returned.
    """
    found: dict[str, Place] = {}
    names: list[str] = []
    numbers: list[int] = []
    times: Counter[str] = Counter()
    wanted = re.compile(rf"<\?{word} ([/=]?\d+)\?>")
    for number, token in enumerate(TOKEN.finditer(html)):
        if name := (token["name"] or "").lower():
            if token["text"] is None and name not in VOID and not (token[0].endswith("/>") and _is_foreign(times)):
                names.append(name)
                numbers.append(number)
                times[name] += 1
        elif name := (token["end"] or "").lower():
            while times[name]:  # an element that has no end tag ends with the element around it
                times[names[-1]] -= 1
                numbers.pop()
                if names.pop() == name:
                    break
        elif (match := wanted.fullmatch(token[0])) and not any(times[code] for code in _CODE):
            found.setdefault(match[1], Place(*token.span(), numbers[-1] if numbers else -1))
    return found


def _is_foreign(times: Counter[str]) -> bool:
    """Return whether the position is in SVG or MathML, where `<name/>` has no content."""
    return bool(times["svg"] or times["math"])


def replaced(html: str, places: Mapping[str, Place], made: Mapping[str, str]) -> str:
    """Return the HTML with `made[name]` in place of each token. A token whose name is not in `made` is removed."""
    parts: list[str] = []
    done = 0
    for name, place in sorted(places.items(), key=lambda pair: pair[1].start):
        parts += (html[done : place.start], made.get(name, ""))
        done = place.end
    return "".join([*parts, html[done:]])


def without_tokens(html: str, word: str) -> str:
    """Return the HTML without the tokens that no call has replaced."""
    return re.sub(rf"<\?{word} [/=]?\d+\?>", "", html) if f"<?{word} " in html else html


def is_whole(places: Mapping[str, Place], number: int) -> bool:
    """Return whether a call begins and ends in the same element."""
    begin, end = places.get(f"{number}"), places.get(f"/{number}")
    return begin is not None and end is not None and begin.parent == end.parent and begin.start < end.start
