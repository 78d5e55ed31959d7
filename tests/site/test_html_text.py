import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.html.text import plain
from tests.timing import grows_at_most


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two</p>", "One two"),
        ("un<b>believ</b>able &amp;<br>true", "unbelievable & true"),
        ("a<!-- <b> -->b<script>c</script ><style>d</style>", "ab"),
        ('<img alt="a > b"><a href=\'x">\'>c</a>', "c"),
        ("1 < 2 <3", "1 < 2 <3"),
        ("x<!-- no end", "x"),
    ],
)
def test_the_words_that_a_reader_sees(html: str, text: str) -> None:
    assert plain(html) == text


@given(st.text(alphabet="<>/!-ab \"'&;", max_size=60))
def test_any_html_has_words_on_one_line(html: str) -> None:
    assert "\n" not in plain(html)


@pytest.mark.parametrize("part", ["<a ", '<a "', "<a '\"", "<!--", "<script>", "</", "<", "<a b='"])
@pytest.mark.whole
def test_broken_html_takes_time_by_its_length(part: str) -> None:
    assert grows_at_most(lambda size: plain(part * (size // len(part))), (10_000, 80_000), 24, 0.3)
