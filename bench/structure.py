"""Compare how this program and other tools divide articles into blocks. The articles were written for those tools.

    structure.py FOLDER                         compare each folder in FOLDER as one collection
    structure.py FOLDER --flavour commonmark    use the other flavour of Markdown
    structure.py FOLDER --only NAME --all       compare only the collection NAME, and print each difference

A block is a paragraph, a heading, a list with its first number, an item, a quote, code, a table or a rule. The text in
blocks is not compared, and elements of raw HTML such as `<div>` are no blocks. The reference is CommonMark with the
tables of GFM, as markdown-it-py reads it. For collections that were written for Python-Markdown (`--python NAME ...`),
the reference is that library; `--python` without a name compares them with CommonMark too. Footnotes, lists of
definitions and lines of attributes such as `{: .note }` are left out, because CommonMark has none.

Both pages are read as a browser reads them: a block inside a paragraph ends this paragraph.
"""

import argparse
import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from markdown import Markdown
from markdown_it import MarkdownIt
from structure_blocks import Block, blocks
from structure_causes import cause_of

from publisher.site.content.article_files import is_article
from publisher.site.content.frontmatter.read import read
from publisher.site.file_names import is_html
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer

PYTHON = ("mkdocs-material", "this-week-in-rust")
"""The names of the collections that were written for Python-Markdown, if --python is not given."""

LIBRARY = (
    *("abbr", "admonition", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "toc"),
    *("pymdownx.arithmatex", "pymdownx.betterem", "pymdownx.details", "pymdownx.quotes", "pymdownx.superfences"),
    *("pymdownx.tabbed", "pymdownx.tasklist"),
)
LIBRARY_SETTINGS = {
    "pymdownx.arithmatex": {"generic": True},
    "pymdownx.quotes": {"callouts": True},
    "pymdownx.superfences": {"relaxed_headers": True},
    "pymdownx.tabbed": {"alternate_style": True},
}

_NOTE = re.compile(
    r"^[ ]{0,3}\[\^[^\]\n]+\]:.*\n?(?:(?:[ \t]*\n)*(?: {4}|\t).*\n?|(?![ \t]*$|[ ]{0,3}(?:\[\^|```)).+\n?)*",
    re.MULTILINE,
)

_MEANINGS = re.compile(
    r"^(?![ ]{0,3}(?:[-*+>#]|```|~~~))[^\n]*\S[^\n]*\n\n?"
    r"(?:[ ]{0,3}: +\S.*\n?(?:(?:[ \t]*\n)*(?: {2}|\t).*\n?|(?![ \t]*$).+\n?)*\n*)+",
    re.MULTILINE,
)
"""This pattern matches a term with its meanings, and the blocks that are indented below the meanings."""

_ATTRIBUTES = re.compile(r"^[ \t>]*\{:[^{}\n]*\}[ \t]*\n?", re.MULTILINE)
"""Matches a line of attributes, such as `{: .note }`."""

Render = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where this program and the reference show different blocks: the line, the cause, and both shapes."""

    line: int
    cause: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The result for one article: its path in the collection, and its differences."""

    path: str
    differences: tuple[Difference, ...]


def commonmark() -> Render:
    """Return the function from Markdown to HTML that is the reference for most collections."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render


def python_markdown() -> Render:
    """Return the function from Markdown to HTML for collections that were written for Python-Markdown."""
    md = Markdown(extensions=list(LIBRARY), extension_configs=LIBRARY_SETTINGS)
    return lambda text: md.reset().convert(text)


def ours(flavour: str) -> Render:
    """Return a function from Markdown to the HTML of this program. All code and all drawings are replaced with `x`.

    The function raises RuntimeError if the article has faults and no HTML.
    """
    markup = renderer(lambda key, make: "<pre>x</pre>", options=_options(flavour))

    def render(text: str) -> str:
        found = markup.render("a.md", text, 1)
        if not found.html and found.problems:
            raise RuntimeError(str(found.problems[0]))
        return found.html

    return render


def _options(flavour: str) -> MarkdownOptions:
    return MarkdownOptions(flavour=flavour)


def compare(text: str, our_html: str, their_html: str) -> Iterator[Difference]:
    """Yield the places at which the blocks of two pages differ. `text` is the Markdown from which both were made."""
    mine, wanted = blocks(our_html), blocks(their_html)
    left, right = [one.shape for one in mine], [one.shape for one in wanted]
    if left == right:
        return
    lines = text.split("\n")
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            line = _line(lines, [*wanted[c:d], *mine[a:b]], [*wanted[:c]])
            cause = cause_of(lines, line, " ".join(left[a:b]), " ".join(right[c:d]))
            yield Difference(line, cause, " ".join(left[a:b]), " ".join(right[c:d]))


def _line(lines: list[str], found: list[Block], before: list[Block]) -> int:
    """Return the line, counted from 1, on which the first block of `found` probably begins.

    `before` has the blocks that come before it in the article.
    """
    start = 0
    for block in before:
        start = _search(lines, block.words, start)
    return 1 + next((_search(lines, block.words, start) for block in found if block.words), start)


def _search(lines: list[str], words: str, start: int) -> int:
    for number in range(start, len(lines)):
        if words and words in re.sub(r"\W+", "", lines[number]):
            return number
    return start


def without_notes(text: str) -> str:
    """Return the text without footnotes. CommonMark has no footnotes, and this program shows them at the end."""
    return _NOTE.sub("", text)


def without_definitions(text: str) -> str:
    """Return the text without lists of definitions, because CommonMark has no such lists."""
    return _MEANINGS.sub("", text) if "\n:" in text else text


def without_attributes(text: str) -> str:
    """Return the text without lines of attributes, because Jekyll and MkDocs do not show them."""
    return _ATTRIBUTES.sub("", text) if "{:" in text else text


def articles(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the path of each article in `folder`, and its Markdown without the front matter."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or is_html(name) or not is_article(name):
            continue
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").removeprefix("\ufeff")
        _, start = read(name, text, UTC)
        yield name, text[start:]


def compare_collection(folder: Path, reference: Render, render: Render, *, common: bool) -> Iterator[Compared]:
    """Compare each article of a collection and yield the results. `common` says that the reference is CommonMark."""
    for path, text in articles(folder):
        if common:
            text = without_definitions(text)
        try:
            html = render(text)
        except RuntimeError as error:
            yield Compared(path, (Difference(1, f"not shown: {error}", "", ""),))
            continue
        shown = without_notes(without_attributes(text) if common else text)
        yield Compared(path, tuple(compare(text, html, reference(shown))))


def main() -> None:
    """Print a table of the collections, and a table of the causes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--flavour", default="python", help="python (the default) or commonmark")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these collections alone")
    parser.add_argument("--python", nargs="*", default=PYTHON, metavar="NAME", help="written for Python-Markdown")
    parser.add_argument("--all", action="store_true", help="print each difference too")
    options = parser.parse_args()
    render = ours(options.flavour)
    causes: Counter[str] = Counter()
    places: Counter[str] = Counter()
    total = differing = 0
    print("| collection | articles | differ | share |\n| --- | ---: | ---: | ---: |")
    for folder in sorted(path for path in options.folder.iterdir() if path.is_dir()):
        if options.only and folder.name not in options.only:
            continue
        reference = python_markdown() if folder.name in options.python else commonmark()
        found = list(compare_collection(folder, reference, render, common=folder.name not in options.python))
        wrong = [one for one in found if one.differences]
        total, differing = total + len(found), differing + len(wrong)
        print(
            f"| {folder.name} | {len(found)} | {len(wrong)} | {100 * len(wrong) / max(len(found), 1):.1f} % |",
            flush=True,
        )
        for one in wrong:
            causes.update({each.cause for each in one.differences})
            places.update(each.cause for each in one.differences)
            for each in one.differences if options.all else ():
                print(f"  {folder.name}/{one.path}:{each.line}: {each.cause}: [{each.ours}] for [{each.theirs}]")
    print(f"| all | {total} | {differing} | {100 * differing / max(total, 1):.1f} % |")
    print("\n| cause | articles | places |\n| --- | ---: | ---: |")
    for cause, count in causes.most_common():
        print(f"| {cause} | {count} | {places[cause]} |")


if __name__ == "__main__":
    main()
