"""Measure how the time of a conversion grows if an article has ten times as much of one kind of text.

    python bench/growth.py [WORD ...]

The program prints a line for each kind of text: the processor time of the short and of the long article, and their
ratio. A ratio above LIMIT is marked with `!`. On a busy machine, even plain words come near to LIMIT. If WORD is
given, only the kinds whose names contain one of the given words are measured. To measure all kinds takes some minutes.
"""

import argparse
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from publisher.site.markdown.renderer import Renderer, renderer

LIMIT = 12
"""Ten times the text may take at most this many times the time."""
ENOUGH = 0.02
"""A measured time of at least this many seconds is precise enough."""

SHAPES: dict[str, Callable[[int], str]] = {
    "plain words": lambda n: "word " * n,
    "paragraphs": lambda n: "some words here\n\n" * n,
    "one footnote many times": lambda n: "a[^1] " * n + "\n\n[^1]: x\n",
    "one footnote, a paragraph each": lambda n: "a[^1]\n\n" * n + "\n\n[^1]: x\n",
    "many footnotes": lambda n: (
        "".join(f"a[^{i}] " for i in range(n)) + "\n\n" + "".join(f"[^{i}]: x\n" for i in range(n))
    ),
    "many footnotes apart": lambda n: (
        "".join(f"a[^{i}]\n\n" for i in range(n)) + "\n\n" + "".join(f"[^{i}]: x\n\n" for i in range(n))
    ),
    "unused footnotes": lambda n: "a\n\n" + "".join(f"[^{i}]: x\n\n" for i in range(n)),
    "unknown footnotes": lambda n: "".join(f"a[^{i}] " for i in range(n)),
    "abbreviations": lambda n: "".join(f"*[A{i}]: x\n" for i in range(n)) + "\n" + "".join(f"A{i} " for i in range(n)),
    "abbreviations in a paragraph each": lambda n: (
        "".join(f"*[A{i}]: x\n\n" for i in range(n)) + "\n" + "".join(f"A{i}\n\n" for i in range(n))
    ),
    "one abbreviation many times": lambda n: "*[ABC]: x\n\n" + "ABC " * n,
    "abbreviation between emphasis": lambda n: "*[ABC]: x\n\n" + "ABC *x* " * n,
    "link begun": lambda n: "[a](" * n,
    "links": lambda n: "[a](https://x.example/) " * n,
    "links here": lambda n: "[a](#a) " * n,
    "images": lambda n: "![a](https://x.example/a.png) " * n,
    "image begun": lambda n: "![" * n,
    "image begun with text": lambda n: "![a" * n,
    "image links begun": lambda n: "![a](" * n,
    "bracket open": lambda n: "[" * n,
    "bracket close": lambda n: "]" * n,
    "brackets": lambda n: "[]" * n,
    "bracket nests": lambda n: "[" * n + "]" * n,
    "bracket words": lambda n: "[a] " * n,
    "bracket words, one defined": lambda n: "[a] " * n + "\n\n[b]: https://x.example/\n",
    "reference used": lambda n: "[a][b] " * n + "\n\n[b]: https://x.example/\n",
    "reference unknown": lambda n: "[a][c] " * n + "\n\n[b]: https://x.example/\n",
    "reference begun": lambda n: "[a][" * n + "\n\n[b]: https://x.example/\n",
    "open brackets, one defined": lambda n: "[" * n + "\n\n[b]: https://x.example/\n",
    "link definitions": lambda n: "".join(f"[a{i}]: https://x.example/{i}\n" for i in range(n)),
    "link definitions apart": lambda n: "".join(f"[a{i}]: https://x.example/{i}\n\n" for i in range(n)),
    "link definitions used": lambda n: (
        "".join(f"[a{i}] " for i in range(n)) + "\n\n" + "".join(f"[a{i}]: https://x.example/{i}\n" for i in range(n))
    ),
    "link definitions after words": lambda n: "".join(f"w\n[a{i}]: https://x.example/{i}\n" for i in range(n)),
    "definitions with titles on a line": lambda n: "".join(
        f"[a{i}]:\n  https://x.example/{i}\n  'x'\n" for i in range(n)
    ),
    "toc": lambda n: "[TOC]\n\n" + "".join(f"## A{i}\n\n" for i in range(n)),
    "toc, same": lambda n: "[TOC]\n\n" + "## A\n\n" * n,
    "tocs": lambda n: "[TOC]\n\n" * n + "## A\n\n",
    "tocs and headings": lambda n: "[TOC]\n\n## A\n\n" * (n),
    "headings close": lambda n: "## A\n" * n,
    "setext": lambda n: "A\n===\n\n" * n,
    "heading levels": lambda n: "".join("#" * (i % 6 + 1) + f" A{i}\n\n" for i in range(n)),
    "stars": lambda n: "*" * n,
    "two stars apart": lambda n: "** " * n,
    "stars words": lambda n: "**a " * n,
    "stars words closed": lambda n: "**a** " * n,
    "star open": lambda n: "*a " * n,
    "star inside": lambda n: "a*" * n,
    "three stars": lambda n: "***a " * n,
    "star nests": lambda n: "*a **b " * n,
    "star nests closed": lambda n: "*a " * n + "b* " * n,
    "stars nests closed": lambda n: "**a " * n + "b** " * n,
    "underscores": lambda n: "_" * n,
    "underscore words": lambda n: "_a " * n,
    "two underscore words": lambda n: "__a " * n,
    "underscore inside": lambda n: "a_" * n,
    "star underscore": lambda n: "*_" * n,
    "star underscore words": lambda n: "*a _b " * n,
    "tildes": lambda n: "~" * n,
    "tilde words": lambda n: "~a " * n,
    "two tilde words": lambda n: "~~a " * n,
    "carets": lambda n: "^" * n,
    "caret words": lambda n: "^a " * n,
    "two caret words": lambda n: "^^a " * n,
    "equals": lambda n: "x " + "=" * n,
    "mark words": lambda n: "==a " * n,
    "plus": lambda n: "x " + "+" * n,
    "keys": lambda n: "++ctrl " * n,
    "keys closed": lambda n: "++ctrl+a++ " * n,
    "backticks": lambda n: "`" * n,
    "backtick words": lambda n: "`a " * n,
    "backtick growing": lambda n: " ".join("`" * i for i in range(int((2 * n) ** 0.5))),
    "code words": lambda n: "`a` " * n,
    "shebang code": lambda n: "`#!py a` " * n,
    "quotes nested": lambda n: ">" * n + " a",
    "quotes": lambda n: "> a\n" * n,
    "quotes apart": lambda n: "> a\n\n" * n,
    "quotes lazy": lambda n: "> a\nb\n\n" * n,
    "callouts": lambda n: "> [!NOTE]\n> a\n\n" * n,
    "list": lambda n: "- a\n" * n,
    "list loose": lambda n: "- a\n\n" * n,
    "list numbers": lambda n: "".join(f"{i}. a\n" for i in range(1, n + 1)),
    "list nested": lambda n: "".join("    " * i + "- a\n" for i in range(int((n / 2) ** 0.5))),
    "list nested on one line": lambda n: "- " * n + "a",
    "list nested loose": lambda n: "".join("    " * i + "- a\n\n" for i in range(int((n / 2) ** 0.5))),
    "list paragraphs": lambda n: "- a\n\n" + "    b\n\n" * n,
    "list with code": lambda n: "- a\n\n        b\n\n" * n,
    "tasks": lambda n: "- [ ] a\n" * n,
    "table cells": lambda n: "|" + "a|" * n + "\n|" + "-|" * n + "\n|" + "a|" * n,
    "table rows": lambda n: "|a|b|\n|-|-|\n" + "|a|b|\n" * n,
    "tables": lambda n: "|a|b|\n|-|-|\n|a|b|\n\n" * n,
    "pipes": lambda n: "|" * n,
    "table with code": lambda n: "|a|b|\n|-|-|\n" + "|`a|b`|b|\n" * n,
    "table backticks": lambda n: "|a|b|\n|-|-|\n|" + "`a" * n + "|b|\n",
    "table backslashes": lambda n: "|a|b|\n|-|-|\n|" + "\\|" * n + "|b|\n",
    "lesser": lambda n: "<" * n,
    "lesser words": lambda n: "<a " * n,
    "lesser words at line begin": lambda n: "<a\n" * n,
    "lesser b": lambda n: "a <b" * n,
    "lesser slash": lambda n: "</" * n,
    "lesser closing": lambda n: "</a " * n,
    "lesser exclamation": lambda n: "<!" * n,
    "lesser question": lambda n: "<?" * n,
    "cdata": lambda n: "<![CDATA[" * n,
    "doctype": lambda n: "<!D " * n,
    "tags": lambda n: "<b>" * n,
    "tags closed": lambda n: "<b>a</b> " * n,
    "divs open": lambda n: "<div>\n" * n,
    "divs open in one line": lambda n: "<div>" * n,
    "divs closed": lambda n: "<div>a</div>\n\n" * n,
    "divs with markdown": lambda n: "<div markdown>\na\n</div>\n\n" * n,
    "divs with markdown open": lambda n: "<div markdown>\n\n" * n,
    "paragraphs open": lambda n: "<p>a\n" * n,
    "attributes": lambda n: "<a " + "b=c " * n + ">",
    "attributes quotes": lambda n: "<a b='" * n,
    "attribute spaces": lambda n: "<a" + " " * n + "x",
    "autolinks": lambda n: "<https://x.example/> " * n,
    "autolinks begun": lambda n: "<https://x" * n,
    "mails begun": lambda n: "<a@" * n,
    "mails": lambda n: "a@b.example " * n,
    "mail dots": lambda n: "a." * n + "@",
    "mail dots 2": lambda n: "a@" + "b." * n,
    "at signs": lambda n: "a@" * n,
    "bare links": lambda n: "https://x.example/ " * n,
    "bare link long": lambda n: "https://" + "x." * n,
    "bare link brackets": lambda n: "https://x.example/" + "(" * n,
    "bare link schemes": lambda n: "http://" * n,
    "www": lambda n: "www." * n,
    "www words": lambda n: "www.x.example " * n,
    "comments": lambda n: "<!-- a -->\n\n" * n,
    "comments open": lambda n: "<!-- a\n" * n,
    "comments open in text": lambda n: "a <!-- " * n,
    "comment open, comment end": lambda n: "<!" * n + "-->",
    "ampersands": lambda n: "&" * n,
    "ampersand words": lambda n: "&a" * n,
    "entities": lambda n: "&amp; " * n,
    "entity numbers": lambda n: "&#" * n,
    "colons": lambda n: ":" * n + "a",
    "emoji begun": lambda n: ":a" * n,
    "emoji": lambda n: ":smile: " * n,
    "emoji plus": lambda n: ":+" * n,
    "line long": lambda n: "x" * n,
    "spaces": lambda n: "a" + " " * n + "b",
    "spaces at end": lambda n: "a" + " " * n + "\nb",
    "space lines": lambda n: ("a" + " " * 50 + "\n") * n,
    "tabs": lambda n: "a" + "\t" * n + "b",
    "tabs lines": lambda n: "\ta\n" * n,
    "empty lines": lambda n: "\n" * n,
    "breaks": lambda n: "a  \n" * n,
    "backslashes": lambda n: "\\" * n,
    "backslash breaks": lambda n: "a\\\n" * n,
    "escapes": lambda n: "\\*" * n,
    "braces": lambda n: "{" * n,
    "braces after heading": lambda n: "# a " + "{" * n,
    "braces words": lambda n: "a {b " * n,
    "braces after emphasis": lambda n: "*a*{" * n,
    "attribute lists": lambda n: "*a*{.b} " * n,
    "attribute list long": lambda n: "# a {" + ".b " * n + "}",
    "attribute list hash": lambda n: "# a {" + "#b " * n + "}",
    "attribute list keys": lambda n: "# a {" + "".join(f"k{i}=v " for i in range(n)) + "}",
    "attribute list open quote": lambda n: "# a {" + "k='v " * n + "}",
    "attribute paragraphs": lambda n: "a\n{: .b}\n\n" * n,
    "dollars": lambda n: "$" * n,
    "dollar words": lambda n: "$a " * n,
    "two dollar words": lambda n: "$$a " * n,
    "dollar lines": lambda n: "$$\na\n\n" * n,
    "formulas": lambda n: "$a$ " * n,
    "formula long": lambda n: "$" + "a+" * n + "a$",
    "formula nests": lambda n: "$" + "{" * n + "a" + "}" * n + "$",
    "formula roots": lambda n: "$" + "\\sqrt{" * n + "a" + "}" * n + "$",
    "formula powers": lambda n: "$" + "a^{" * n + "a" + "}" * n + "$",
    "formula fractions": lambda n: "$" + "\\frac{a}{" * n + "a" + "}" * n + "$",
    "formula rows": lambda n: "$$\\begin{matrix}" + "a & b \\\\ " * n + "\\end{matrix}$$",
    "formula lefts": lambda n: "$" + "\\left(" * n + "a" + "\\right)" * n + "$",
    "formula blocks": lambda n: "$$a$$\n\n" * n,
    "formula wrong": lambda n: "$\\frac$ " * n,
    "formulas wrong, each its own": lambda n: "".join(f"$\\frac{i}$ " for i in range(n)),
    "formula wrong long": lambda n: "$" + "a b " * n + "\\frac$",
    "parens tex": lambda n: "\\(" * n,
    "bracket tex": lambda n: "\\[" * n,
    "begin tex": lambda n: "\\begin{a}\n" * n,
    "fences": lambda n: "```\na\n```\n\n" * n,
    "fences open": lambda n: "```\n\n" * (n * 2 + 1),
    "fences of growing length": lambda n: "".join("`" * (i % 40 + 3) + "\na\n" for i in range(n)),
    "fence long": lambda n: "```\n" + "a\n" * n + "```\n",
    "fence long py": lambda n: "```py\n" + "a = 1\n" * n + "```\n",
    "fence open py": lambda n: "```py\n" + "'''\n" * n + "```\n",
    "fences with options": lambda n: "```py hl_lines='1'\na\n```\n\n" * n,
    "fence info long": lambda n: "```" + "a " * n + "\nb\n```\n",
    "fence info braces": lambda n: "```{" + ".a " * n + "\nb\n```\n",
    "fences in quotes": lambda n: "> ```\n> a\n> ```\n\n" * n,
    "fences in lists": lambda n: "- a\n\n    ```\n    a\n    ```\n\n" * n,
    "indented code": lambda n: "    a\n" * n,
    "indented code apart": lambda n: "    a\n\nb\n\n" * n,
    "rules": lambda n: "---\n\n" * n,
    "dashes": lambda n: "- " * n + "\n\na\n" + "-" * n,
    "rule almost": lambda n: "* " * n + "x",
    "definition list": lambda n: "a\n:   b\n\n" * n,
    "definition list close": lambda n: "a\n:   b\n" * n,
    "definition colons": lambda n: "a\n" + ":   b\n" * n,
    "admonitions": lambda n: "!!! note\n    a\n\n" * n,
    "admonitions nested": lambda n: "".join("    " * i + "!!! note\n" for i in range(int((n / 2) ** 0.5))),
    "details": lambda n: "??? note\n    a\n\n" * n,
    "details nested": lambda n: "".join("    " * i + "??? note\n" for i in range(int((n / 2) ** 0.5))),
    "tabs of contents": lambda n: '=== "a"\n    a\n\n' * n,
    "tab sets": lambda n: '=== "a"\n    a\n\nb\n\n' * n,
    "smart": lambda n: "(c) " * n,
    "fractions": lambda n: "1/2 " * n,
    "arrows": lambda n: "-->" * n,
    "liquid": lambda n: "{% x %} " * n,
    "mustaches": lambda n: "{{ x }} " * n,
    "mustaches open": lambda n: "{{ x " * n,
    "wikilinks": lambda n: "[[x]] " * n,
    "wikilinks open": lambda n: "[[x " * n,
    "snippets": lambda n: '--8<-- "x"\n\n' * n,
    "colon fences": lambda n: "::: note\na\n:::\n\n" * n,
    "ids twice": lambda n: "a <b id='x'>\n\n" * n,
    "ids twice in lists": lambda n: "*a*{#x} " * n,
    "ids": lambda n: "".join(f"<a id='x{i}'></a>\n\n" for i in range(n)),
    "wide lines": lambda n: "中文\n" * n,
    "wide emphasis": lambda n: "**中**\n" * n,
    "wide long": lambda n: "中" * n,
    "NUL signs": lambda n: "\x02" * n,
    "placeholders": lambda n: "\x02wzxhzdk:0\x03 " * n,
    "links to nowhere": lambda n: "[a]() " * n,
    "links to nowhere else": lambda n: "".join(f"[a](../../../{i}) " for i in range(n)),
    "links in code too": lambda n: "[a](b.md) `[a](b.md)` " * n,
    "links, other each": lambda n: "".join(f"[a](b{i}.md) " for i in range(n)),
    "parentheses": lambda n: "[a](" + "(" * n + ")" * n + ")",
    "link with angle": lambda n: "[a](<b" * n,
    "link title open": lambda n: "[a](b '" * n,
    "link title open 2": lambda n: "[a](b " + "'" * n,
    "link text long": lambda n: "[" + "a" * n + "](b.md)",
    "links nested": lambda n: "[" * n + "a" + "](b.md)" * n,
    "images nested": lambda n: "![" * n + "a" + "](b.png)" * n,
    "href": lambda n: "href=" * n,
    "href in tags": lambda n: "<a href='b.md'>a</a> " * n,
    "srcset": lambda n: "<img srcset='" + "a.png 1x, " * n + "'>",
    "style urls": lambda n: "<b style='" + "background:url(a.png);" * n + "'>a</b>",
    "url open": lambda n: "<b style='" + "url(" * n + "'>a</b>",
    "style open": lambda n: "<style>" * n,
    "script open": lambda n: "<script>\n" * n,
    "textarea open": lambda n: "<textarea>\n\n" * n,
    "quotes of HTML": lambda n: "<a '" * n,
    "deep emphasis": lambda n: "*a _b " * n + "c_ d* " * n,
}


class Over(BaseException):
    """The conversion has exceeded its time limit. A BaseException passes through handlers of Exception in a library."""


def stop(*_: object) -> None:
    raise Over


def measure(made: Renderer, text: str, most: float) -> float:
    """Return the processor time of converting `text`, in seconds. Raises Over after `most` seconds."""
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    start = time.process_time()
    try:
        made.render("posts/a.md", text, 1)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - start


def growth(made: Renderer, shape: Callable[[int], str]) -> tuple[int, float, float]:
    """Return the number of repetitions in the short text, its time, and the time for ten times as many, in seconds.

    The last time is infinite if the conversion of the long text exceeded its time limit.
    """
    number = 50
    while (few := measure(made, shape(number), 60)) < ENOUGH and number < 300_000:
        number *= 2
    few = min(few, measure(made, shape(number), 60), measure(made, shape(number), 60))
    many = float("inf")
    with suppress(Over):
        many = measure(made, shape(10 * number), 3 * LIMIT * max(few, ENOUGH))
    return number, few, many


def main(words: list[str]) -> None:
    """Measure each kind of text whose name contains one of `words`, and print a line. Without words, measure all."""
    signal.signal(signal.SIGVTALRM, stop)
    made = renderer()
    measure(made, "*a* `b` $c$ :smile:\n\n```py\nd\n```\n", 60)
    for name, shape in SHAPES.items():
        if words and not any(word in name for word in words):
            continue
        number, few, many = growth(made, shape)
        times = many / max(few, 0.001)
        mark = "!" if times > LIMIT else " "
        print(f"{mark} {name:40} {number:7,} {few * 1000:9.1f} ms {many * 1000:10.1f} ms {times:7.1f}", flush=True)
        if many == float("inf"):
            made = renderer()  # the interrupted conversion may have left the old renderer in a wrong state


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="measure only the kinds with one of these words")
    main(parser.parse_args().words)
