"""Encode the result of a build without errors as a row of the cache: counts, root, problems and schedule."""

from __future__ import annotations

import json

from publisher.build.rows import link_of_page, pack_link, unpack_link
from publisher.build.schedule import Schedule
from publisher.dag.unixfs import Link
from publisher.errors import Problem
from publisher.fast_dataclass import astuple, dataclass
from publisher.site.content.problem_rows import pack_problems, unpack_problems

COUNTS = 16
"""The number of bytes of the two counts: eight for the pages, eight for the files."""


@dataclass(frozen=True, slots=True)
class WholeBuild:
    """The result of a build, for the next build with the same inputs."""

    pages: int
    files: int
    link: Link
    problems: tuple[Problem, ...]
    """The problems of the build. The next build sets the levels of the problems again, by its own settings."""
    schedule: Schedule


def pack_whole(whole: WholeBuild) -> bytes:
    """Return the row for a build: the counts, the link with its length, and JSON."""
    link = pack_link(whole.link)
    rest = json.dumps([pack_problems(whole.problems), astuple(whole.schedule)], ensure_ascii=False)
    counts = whole.pages.to_bytes(8, "big") + whole.files.to_bytes(8, "big")
    return counts + bytes([len(link)]) + link + rest.encode()


def unpack_whole(row: bytes) -> WholeBuild:
    """Return the build from a result of `pack_whole`. Raises ValueError if the row is damaged."""
    link = link_of_whole(row)
    problems, schedule = json.loads(row[COUNTS + 1 + len(link) :])
    counts = int.from_bytes(row[:8], "big"), int.from_bytes(row[8:COUNTS], "big")
    return WholeBuild(*counts, unpack_link(link), unpack_problems(problems), Schedule(*schedule))


def link_of_whole(row: bytes) -> bytes:
    """Return the packed link of the root, for `unpack_link`. `row` is a result of `pack_whole`."""
    return link_of_page(row[COUNTS:])
