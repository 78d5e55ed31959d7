"""The root of a build: edited where little has changed, made anew where much has, and the same either way."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from publisher.build.root import make_root
from publisher.build.rows import Rows
from publisher.cache.store import Cache
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, Link

FOLDERS = 8


class Counting(Cache):
    """Counts the blocks that are put into it."""

    puts = 0

    def put(self, block: Block) -> None:
        self.puts += 1
        super().put(block)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Counting]:
    with Counting(tmp_path / "cache") as opened:
        yield opened


def site(*edited: int, count: int = FOLDERS) -> dict[str, Link]:
    """So many folders of one file each; some of the files are others."""
    texts = {f"{n}/a": b"edited" if n in edited else b"first" for n in range(count)}
    return {path: Link(Cid.make(Codec.RAW, sha256(text)), len(text)) for path, text in texts.items()}


def made(cache: Counting, files: Mapping[str, Link]) -> int:
    """How many blocks were put to come to the right root."""
    before = cache.puts
    assert make_root(files, MODERN, Rows(cache)) == add_tree(files, MODERN, lambda block: None)
    return cache.puts - before


@pytest.mark.parametrize(
    ("files", "puts"),
    [
        (site(), 0),
        (site(0), 1 + 1),
        (site(0, 1), 2 + 1),
        (site(0, 1, 2), FOLDERS + 1),
        (site(count=FOLDERS - 1), 1),
        (site(count=FOLDERS + 1), 1 + 1),
        ({}, 1),
    ],
)
def test_up_to_a_quarter_of_the_files_is_edited_and_more_is_made_anew(
    cache: Counting, files: dict[str, Link], puts: int
) -> None:
    made(cache, site())
    assert made(cache, files) == puts
    assert made(cache, files) == (0 if files else 1)


def test_a_root_that_was_lost_is_made_again(cache: Counting) -> None:
    made(cache, site())
    cache.drop(make_root(site(), MODERN, Rows(cache)).cid)
    assert made(cache, site()) == FOLDERS + 1
