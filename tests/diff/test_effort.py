"""The work of a comparison has a limit. For a hostile site, it ends with a list and a sentence, not with a timeout."""

from collections.abc import Iterator

import pytest

from publisher.ci.changes import changes
from publisher.cli.text import diff
from publisher.cli.text.paint import painted
from publisher.diff import Difference, File, compare
from publisher.diff.compare import CHANGE, TOO_MUCH
from publisher.diff.page_text import PageLink
from tests.gateway.sites import Blocks

PAGES = 12
LONG = 40_000
STEPS = 20_000 * PAGES
HOSTILE = {
    "links": "".join(f"<a href={number}>" for number in range(LONG // 15)),
    "addresses in one attribute": f'<img srcset="{",".join(f"{number} {number}w" for number in range(LONG // 13))}">',
    "paragraphs": "".join(f"<p>{number}" for number in range(LONG // 8)),
    "tags": "<b>" * (LONG // 3),
    "alternative texts": "<img alt=a>" * (LONG // 11),
    "short words": "<p>" + "a " * (LONG // 2),
    "short sentences": "<p>" + "!?" * (LONG // 2),
    "characters": "<p>" + "山" * (LONG // 3),
}


def pages(text: str, count: int = PAGES) -> dict[str, bytes]:
    return {f"{number:02}.html": f"{text}<p>{number}".encode() for number in range(count)}


def difference(text: str, effort: int, before: str = "<p>It was short.") -> Difference:
    blocks = Blocks()
    old, new = blocks.add(pages(before)), blocks.add(pages(text))
    return compare(blocks.get, old, new, effort=effort)


def said(found: Difference) -> list[str]:
    return [painted(line, colour=False) for line in diff.lines(found, stat=True, width=0)]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_kind_of_page_costs_steps_for_its_length(name: str) -> None:
    compared = [file for file in difference(HOSTILE[name], STEPS).files if file.note != TOO_MUCH]
    assert 1 <= len(compared) <= PAGES // 2


def test_ordinary_pages_cost_little() -> None:
    line = "<p>Paragraph {0} says what it said, and ends with a <a href=/{0}>link</a>."
    text = "".join(line.format(number) for number in range(90))
    found = difference(text.replace("80 says", "80 said"), STEPS, text)
    assert [file.note for file in found.files] == [""] * PAGES
    assert said(found)[0] == "12 pages changed"
    assert changes(found, 10_000)[:2] == ["12 pages changed.", ""]


def test_a_comparison_that_ended_early_says_so() -> None:
    found = difference(HOSTILE["links"], 1)
    left_out = PAGES - 1  # The first page is always compared.
    assert [file.note for file in found.files[1:]] == [TOO_MUCH] * left_out
    what = f"too much has changed: {left_out} files are listed without their changes"
    assert said(found)[1] == what
    assert changes(found, 10_000)[:4] == [f"{said(found)[0]}.", "", f"**{what.capitalize()}.**", ""]


class Counted(tuple[PageLink, ...]):
    """Links that count how often they are read."""

    reads = 0

    def __iter__(self) -> Iterator[PageLink]:
        Counted.reads += 1
        return super().__iter__()


def test_changes_that_do_not_fit_are_not_written() -> None:
    links = Counted(PageLink("link", f"/{number}/") for number in range(40))
    file = File("a/index.html", "changed", "page", 1, 1, come=links)
    root = Blocks().add({})
    lines = changes(Difference(root, root, (file,) * 1_000), 4_000)
    assert len("\n".join(lines)) <= 4_000
    assert "further changes" in lines[-1]
    assert Counted.reads < 10


def test_one_page_with_many_changes_is_not_written_to_its_end() -> None:
    links = tuple(PageLink("link", f"/{number}/") for number in range(CHANGE))
    file = File("a/index.html", "changed", "page", 1, 1, come=links)
    root = Blocks().add({})
    assert changes(Difference(root, root, (file,)), 400) == ["1 page changed.", "", "", "… and 1 further change."]
