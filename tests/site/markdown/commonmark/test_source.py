"""Positions of the parser become positions in the source."""

import re

from hypothesis import example, given
from hypothesis import strategies as some

from publisher.site.markdown.commonmark.source import Source

TEXTS = some.text(alphabet="ab\r\n\x0b\x0c\x1c\x85\u2028ü中", max_size=20)


@given(TEXTS)
@example("")
@example("a\r\n")
def test_lines_end_exactly_at_the_line_endings_of_commonmark(text: str) -> None:
    data = text.encode()
    ends = [match.end() for match in re.finditer(rb"\r\n?|\n", data)]
    source = Source(text, 1)
    for number, start in enumerate([0, *ends, len(data)], 1):
        assert source.offset(number, 1) == start
    assert source.offset(len(ends) + 9, 1) == len(data)
