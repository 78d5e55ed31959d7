import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.content.article_files import HEAD, is_article
from publisher.site.file_names import date_in, readable, without_date, without_ending

FRONT = b"---\ntitle: T\n---\n"


@pytest.mark.parametrize("path", ["a.md", "a.MARKDOWN", "b/a.mdown", "a.mkd", "a.MDX", ".md"])
def test_a_markdown_ending_makes_an_article(path: str) -> None:
    assert is_article(path)


@pytest.mark.parametrize("path", ["a.mdxx", "a.txt", "md", "a.md.png", "a", "a.html", "a.css"])
def test_another_ending_does_not(path: str) -> None:
    assert not is_article(path)


@pytest.mark.parametrize("path", ["a.html", "a.HTM"])
def test_html_is_an_article_when_it_begins_with_closed_front_matter(path: str) -> None:
    assert is_article(path, FRONT + b"<p>")
    assert is_article(path, b"\xef\xbb\xbf" + FRONT.replace(b"\n", b"\r\n"))
    assert is_article(path, b"+++\nx = 1\n+++")
    assert is_article(path, b"---\n---\n")
    assert is_article(path, b"---\n...")
    assert not is_article(path, b"---\ntitle: T\n")
    assert not is_article(path, b"\n" + FRONT)
    assert not is_article(path, b"<p>\n" + FRONT)
    assert not is_article(path, b"---\nx: ---\n")
    assert not is_article("a.css", FRONT)


def test_the_front_matter_of_html_has_an_end() -> None:
    closed = b"---\n" + b"#" * (HEAD - 8) + b"\n---"
    assert is_article("a.html", closed)
    assert not is_article("a.html", b"---\n#" + closed[4:])


@given(st.binary(max_size=100))
def test_any_beginning_is_answered(head: bytes) -> None:
    assert is_article("a.html", b"---\n" + head + b"\n---\n")
    assert is_article("a.html", head) in (True, False)


@given(st.text(max_size=30))
def test_any_name_is_answered(path: str) -> None:
    assert path.startswith(without_ending(path))
    assert without_date(path) in path
    assert len(readable(path)) <= 2 * len(path)
    assert date_in(path) is None or any(sign.isdigit() for sign in path)
