"""What an author meant to be more than text: signs of other tools, and references to what is not there.

Whether something is left as text, only the conversion knows: code shows such signs on purpose. So each of them is
replaced by a word of its own, the text is converted once more, and the words that stand outside of code are told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from publisher.site.urls import NUL

_WORD = "left{}tfel"
_READ = re.compile(
    r"<(?P<end>/?)(?P<tag>pre|code|script|style|textarea|kbd|samp|math)\b[^>]*>|(?P<open><!--)|(?P<close>-->)"
    rf"|{NUL}[^{NUL}]*{NUL}|left(?P<number>\d+)tfel",
    re.IGNORECASE,
)

# None of these may take longer than its text is long: nothing in them can be repeated in two ways.
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
    "hugo": ("`{{< >}}`, a shortcode of Hugo,", "write what it stood for"),
    "mdbook": ("`{{# }}`, an include of mdBook,", "write what it stood for"),
    "variable": ("`{{ }}`, a variable of a template,", "write its value, or put it into code"),
    "liquid": ("`{% %}`, a tag of Liquid or Jinja,", "write what it stood for, or put it into code"),
    "embed": ("`![[ ]]`, an embed of Obsidian,", "write `![](file.png)`"),
    "wikilink": ("`[[ ]]`, a link of a wiki,", "write `[text](file.md)`"),
    "snippet": ("`--8<--`, a snippet of MkDocs,", "write the text that it stood for"),
    "fence": ("`:::`, a block of another tool,", "write `!!! note`, or `> [!NOTE]`"),
}
_NOTE = re.compile(r"(?<![\\!])\[\^([^\[\]\n]{1,300})\](?!:)")
_REFERENCE = re.compile(
    r"(?<![\w\])\\])(?<!\]\[)\[(?P<text>(?:[^\[\]\\]|\\.|\[[^\[\]]*+\])*+)\](?P<whole>\[(?P<label>[^\[\]\n]{0,300})\])(?!\()",
    re.ASCII | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Left:
    """Something that stands in the text from `start` to `end`, and is text if nothing came of it."""

    start: int
    end: int
    kind: str
    what: str
    hint: str


def candidates(text: str, notes: Container[str], definitions: Container[str]) -> Iterator[Left]:
    """What may be left as text: signs of other tools, and references with other labels than these."""
    if "{{" in text or "{%" in text or "[[" in text or "8<-" in text or ":::" in text:
        for match in _SIGNS.finditer(text):
            meant, hint = _MEANT[match.lastgroup or ""]
            span = match.span("colons" if match["colons"] else 0)
            yield Left(*span, "foreign-syntax", f"{meant} is left as text", hint)
    if "[^" in text:
        for match in _NOTE.finditer(text):
            if match[1] not in notes:
                what = f"no footnote [^{match[1]}]"
                yield Left(*match.span(), "unknown-reference", what, f"write one, `[^{match[1]}]: ...`")
    if "][" in text:
        for match in _REFERENCE.finditer(text):
            label = match["label"] or match["text"]
            if " ".join(label.lower().split()) not in definitions and not label.startswith("^"):
                what = f"no link is defined as [{' '.join(label.split())}]"
                yield Left(*match.span("whole"), "unknown-reference", what, "write one, `[name]: address`")


def left(text: str, found: list[Left], convert: Callable[[str], str]) -> list[Left]:
    """Those that are text outside of code, by place. `convert` gives the HTML of another text."""
    parts: list[str] = []
    done = 0
    asked: list[Left] = []
    for one in sorted(found, key=lambda one: one.start):
        if one.start >= done:
            parts += (text[done : one.start], _WORD.format(len(asked)))
            asked.append(one)
            done = one.end
    seen = _outside_of_code(convert("".join([*parts, text[done:]]))) if asked else set()
    return [one for number, one in enumerate(asked) if number in seen]


def _outside_of_code(html: str) -> set[int]:
    seen: set[int] = set()
    inside: list[str] = []
    for match in _READ.finditer(html):
        if inside == ["<!--"]:
            if match["close"]:
                inside.clear()
        elif match["open"] and not inside:
            inside.append("<!--")
        elif match["tag"]:
            _enter_or_leave(inside, match["tag"].lower(), bool(match["end"]))
        elif match["number"] and not inside:
            seen.add(int(match["number"]))
    return seen


def _enter_or_leave(inside: list[str], tag: str, end: bool) -> None:
    if not end:
        inside.append(tag)
    elif inside and inside[-1] == tag:
        inside.pop()
