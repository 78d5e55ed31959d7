"""Find syntax that stays in the page as text: syntax of other tools, and references without a definition.

Code may show this syntax on purpose, and only the conversion knows what is code. So this module replaces each candidate
by a unique word, and converts the text a second time. It reports the candidates whose words are outside of code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.math.left_dollars import left_dollars
from publisher.site.urls import NUL

_WORD = "left{}tfel"
_CODE = re.compile(
    r"<(?=[pcstkm!])(?!span)(?:(pre|code|script|style|textarea|kbd|samp|math)\b[^>]*>|!--)", re.IGNORECASE
)
"""Matches the start tag of an element with code, or the beginning of a comment.

The two lookaheads change no match. They make the search faster, because they skip most tags at once.
"""
_ASKED = re.compile(_WORD.format(r"(\d+)"))
_SNIPPET, _NOTE_SIGN, _REFERENCE_SIGN = "8<-", "[^", "]["
_SWALLOWED = re.compile(r"<[a-z][^<>]* -?_-?(?=[ =>])")
"""Matches a start tag with the attribute `_`, which Python-Markdown makes of the `%` in a Liquid tag."""
_ANY = ("{{", "{%", "[[", ":::", _SNIPPET)

# The patterns below take linear time, because each pattern can match a part of a text in only one way.
_SIGNS = re.compile(
    r"(?P<hugo>\{\{[<%](?=[^{}]{0,1000}+\}\}))"
    r"|(?P<mdbook>\{\{\#(?=[^{}]{0,1000}+\}\}))"
    r"|(?P<variable>\{\{(?=[^{}]{0,1000}+\}\}))"
    r"|(?P<liquid>\{%(?=[^{}]{0,1000}+(?<=%)\}))"
    r"|(?P<embed>!\[\[(?=[^\[\]\n]{1,300}+\]\]))"
    r"|(?P<wikilink>(?<!\\)\[\[(?!\^)(?=[^\[\]\n]{1,300}+\]\](?!\()))"
    r"|(?P<snippet>-{1,4}8<-{1,4})"
    r"|(?P<fence>^[ \t>]*+(?P<colons>:::++)(?=[ \t]*[\w{\[.]))",
    re.MULTILINE,
)
_MEANT = {
    "hugo": ("`{{< >}}`, a shortcode of Hugo,", "write the text that it made"),
    "mdbook": ("`{{# }}`, an include of mdBook,", "write the text that it made"),
    "variable": ("`{{ }}`, a variable of a template,", "write its value, or put it into code"),
    "liquid": ("`{% %}`, a tag of Liquid or Jinja,", "write the text that it made, or put it into code"),
    "embed": ("`![[ ]]`, an embed of Obsidian,", "write `![](file.png)`"),
    "wikilink": ("`[[ ]]`, a link of a wiki,", "write `[text](file.md)`"),
    "snippet": ("`--8<--`, a snippet of MkDocs,", "write the text that it made"),
    "fence": ("`:::`, a block of another tool,", "write `!!! note`, or `> [!NOTE]`"),
}
# The lookbehind comes after `[^`, because the search is ten times as fast if a pattern has a fixed beginning.
_NOTE = re.compile(r"\[\^(?<![\\!]\[\^)([^\[\]\n]{1,300})\](?!:)")
_REFERENCE = re.compile(
    r"(?<![\w\])\\])(?<!\]\[)\[(?P<text>(?:[^\[\]\\]|\\.|\[[^\[\]]*+\])*+)\](?P<whole>\[(?P<label>[^\[\]\n]{0,300})\])(?!\()",
    re.ASCII | re.DOTALL,
)

_LABEL = re.compile(r"\]\[([^\[\]\n]{0,300})\]")


@dataclass(frozen=True, slots=True)
class Left:
    """A part of the text, from `start` to `end` (exclusive), that is reported if it stays in the page as text."""

    start: int
    end: int
    kind: str
    what: str
    hint: str


def left(
    text: str,
    html: str,
    notes: Container[str],
    definitions: Container[str],
    convert: Callable[[str], str],
    *,
    wikilinks: bool = False,
    embeds: bool = False,
) -> list[Left]:
    """Return the parts of `text` that stay in the page as text, outside of code, in their order.

    `html` is the HTML of `text`. `notes` has the labels of the footnotes, and `definitions` has the labels of the
    definitions of links. `convert` returns the HTML of any text. If `wikilinks` is set, `[[ ]]` is not reported. If
    `embeds` is set, `![[ ]]` is not reported.
    """
    if not _may_have(text, notes, definitions):
        return []
    found = [
        one
        for one in candidates(text, _outside_of_code(html), notes, definitions)
        if not (wikilinks and text.startswith("[[", one.start)) and not (embeds and text.startswith("![[", one.start))
    ]
    if not found:
        return []
    parts: list[str] = []
    done = 0
    asked: list[Left] = []
    for one in sorted(found, key=lambda one: one.start):
        if one.start >= done:
            parts += (text[done : one.start], _WORD.format(len(asked)))
            asked.append(one)
            done = one.end
    seen = set(_ASKED.findall(_outside_of_code(convert("".join([*parts, text[done:]])))))
    return [one for number, one in enumerate(asked) if str(number) in seen]


def _may_have(text: str, notes: Container[str], definitions: Container[str]) -> bool:
    """Return whether parts of a text may stay as text. Only few articles have such parts and need the other checks."""
    return (
        any(sign in text for sign in _ANY)
        or any(left_dollars(text))
        or (_NOTE_SIGN in text and any(match[1] not in notes for match in _NOTE.finditer(text)))
        or (_REFERENCE_SIGN in text and any(_name(match[1]) not in definitions for match in _LABEL.finditer(text)))
    )


def _name(label: str) -> str:
    return " ".join(label.lower().split())


def candidates(text: str, outside: str, notes: Container[str], definitions: Container[str]) -> Iterator[Left]:
    """Yield the parts of `text` that may stay in the page as text.

    `outside` is the HTML without code. This function searches `text` only for syntax that `outside` has. This saves
    time, because most articles have such syntax only in code.
    """
    # In HTML, the `<` of a snippet is written as `&lt;`. So the snippet is searched in the source.
    shown = any(sign in outside for sign in _ANY) or _SNIPPET in text
    if shown or ("{%" in text and _SWALLOWED.search(outside)):
        for match in _SIGNS.finditer(text):
            meant, hint = _MEANT[match.lastgroup or ""]
            span = match.span("colons" if match["colons"] else 0)
            yield Left(*span, "foreign-syntax", f"{meant} is left as text", hint)
    if "$" in outside:
        yield from (Left(start, end, "foreign-syntax", what, hint) for start, end, what, hint in left_dollars(text))
    if _NOTE_SIGN in outside:
        for match in _NOTE.finditer(text):
            if match[1] not in notes:
                what = f"there is no footnote [^{match[1]}]"
                yield Left(*match.span(), "unknown-reference", what, f"add a line `[^{match[1]}]: ...`")
    if _REFERENCE_SIGN in outside:
        for match in _REFERENCE.finditer(text):
            label = match["label"] or match["text"]
            if _name(label) not in definitions and not label.startswith("^"):
                what = f"no address is defined for [{' '.join(label.split())}]"
                yield Left(*match.span("whole"), "unknown-reference", what, "add a line `[name]: address`")


def _outside_of_code(html: str) -> str:
    """Return the HTML without code, comments and link marks."""
    html = "".join(html.split(NUL)[::2])  # link marks are between two NUL characters
    parts: list[str] = []
    done = 0
    while opened := _CODE.search(html, done):
        parts.append(html[done : opened.start()])
        end = f"</{opened[1]}>" if opened[1] else "-->"
        closed = html.find(end, opened.end())
        if closed < 0:
            return "".join(parts)
        done = closed + len(end)
    return "".join([*parts, html[done:]])
