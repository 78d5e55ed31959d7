"""Many files at once have the links and blocks that each has alone."""

from collections.abc import Iterator

import pytest

from publisher.concurrency.threads import thread_map
from publisher.dag.cid import Block
from publisher.dag.unixfs import LEGACY, MODERN, Each, Profile, add_bytes, add_each, add_file
from tests.dag.trees import discard

SMALL = Profile("small", 1, 10, 3, True, 256, 300, "block")
LENGTHS = (0, 1, 9, 10, 11, 29, 30, 31, 100, 5)


@pytest.mark.parametrize("each", [map, thread_map], ids=["map", "threads"])
@pytest.mark.parametrize("profile", [SMALL, MODERN, LEGACY], ids=lambda profile: profile.name)
def test_files_have_the_links_and_blocks_that_each_has_alone(profile: Profile, each: Each) -> None:
    files = [(f"第{length}", bytes([length]) * length) for length in LENGTHS]
    together: list[Block] = []
    alone: list[Block] = []
    links = list(add_each(files, profile, together.append, each))
    assert links == [(key, add_file([data], profile, alone.append)) for key, data in files]
    assert links == [(key, add_bytes(data, profile, discard)) for key, data in files]
    assert together == alone


def test_files_are_drawn_one_by_one_where_the_map_does_so() -> None:
    drawn: list[int] = []

    def files() -> Iterator[tuple[int, bytes]]:
        for number in range(10):
            drawn.append(number)
            yield number, b"x"

    made = add_each(files(), MODERN, discard)
    assert drawn == []
    next(made)
    assert drawn == [0]
