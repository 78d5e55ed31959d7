"""Small sites as values, and the text that shows the difference between two of them."""

from collections.abc import Mapping

from publisher.cli.text import diff
from publisher.cli.text.paint import painted
from publisher.diff import Difference, File, compare
from tests.gateway.sites import Blocks


def page(main: str, *, title: str = "T", around: str = "© 2025 我们", head: str = "") -> bytes:
    return (
        f"<!doctype html><title>{title}</title>{head}<nav><a href='/'>Home</a></nav>"
        f"<main>{main}</main><footer>{around}</footer>"
    ).encode()


def difference(old: Mapping[str, bytes], new: Mapping[str, bytes], *, deep: bool = True) -> Difference:
    blocks = Blocks()
    return compare(blocks.get, blocks.add(old), blocks.add(new), deep=deep)


def only(old: bytes, new: bytes, path: str = "index.html") -> File:
    (file,) = difference({path: old}, {path: new}).files
    return file


def told(file: File) -> list[str]:
    """Each passage in one line, as without colours."""
    return [f"{passage.where}: " + painted(list(diff._spans(passage)), colour=False) for passage in file.passages]


def said(found: Difference, *, stat: bool = False, width: int = 0, colour: bool = False) -> list[str]:
    return [painted(line, colour=colour) for line in diff.lines(found, stat=stat, width=width)]
