"""Lines of Chinese and Japanese that become one."""

import pytest

from publisher.site.markdown.cjk import may_join


@pytest.mark.parametrize(
    ("text", "may"),
    [
        *(("中\na", True), ("a\n中", True), ("\n中", True), ("中\n", True), ("ab中\ncd", True)),
        *(("a\nb", False), ("中", False), ("中a\nb中", False), ("\n", False), ("", False)),
    ],
)
def test_lines_may_join_where_a_wide_character_stands_beside_their_end(text: str, may: bool) -> None:
    assert may_join(text) is may
