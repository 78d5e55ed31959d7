"""Which files of the content folder become articles, and that none of these is ever copied as it is."""

from hashlib import sha256
from pathlib import Path

import pytest

from publisher.build.inputs import HTML, Input, html_articles
from publisher.build.rows import Rows
from publisher.cache.store import Cache
from publisher.errors import ContentError
from tests.build.site import Workshop, article, page


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.mark.parametrize("name", ["x.markdown", "x.MD", "x.mdown", "x.mkd", "x.mdx", "x.html", "x.htm"])
def test_a_draft_is_never_copied_whatever_its_ending(shop: Workshop, name: str) -> None:
    shop.write({f"content/posts/{name}": "---\ntitle: Secret\ndraft: true\n---\nSecret plan.\n"})
    assert not any(b"Secret" in data for data in shop.files(shop.build()).values())


@pytest.mark.parametrize("name", ["x.markdown", "x.MD", "x.html"])
def test_every_ending_makes_a_page(shop: Workshop, name: str) -> None:
    shop.write({f"content/{name}": page("X", "[y](y.markdown)" if name != "x.html" else '<a href="y.markdown">y</a>')})
    shop.write({"content/y.markdown": page("Y", f"[x]({name})")})
    files = shop.files(shop.build())
    assert f"{name}" not in files
    assert b'href="../y/"' in files["x/index.html"]
    assert b'href="../x/"' in files["y/index.html"]


def test_a_broken_article_of_any_ending_is_an_error_and_not_copied(shop: Workshop) -> None:
    shop.write({"content/x.markdown": "---\ntitle: [\n---\n", "content/y.html": "---\ntitle: [\n---\n"})
    with pytest.raises(ContentError) as caught:
        shop.build()
    assert {problem.path for problem in caught.value.problems} == {"content/x.markdown", "content/y.html"}


def test_a_link_to_a_draft_says_so_whatever_its_ending(shop: Workshop) -> None:
    shop.write({"content/x.html": page("X", draft="true"), "content/y.md": page("Y", "[x](x.html)")})
    with pytest.raises(ContentError) as caught:
        shop.build()
    assert [problem.what for problem in caught.value.problems] == ["this link leads to a draft: x.html"]


def test_html_without_front_matter_is_copied(shop: Workshop) -> None:
    shop.write({"content/x.html": "<p>\n---\ndraft: true\n---\n"})
    assert shop.files(shop.build())["x.html"] == b"<p>\n---\ndraft: true\n---\n"


def test_html_that_becomes_an_article_is_no_file_any_more_and_back(shop: Workshop) -> None:
    text = "<p>Hello.</p>\n"
    for _ in range(2):
        shop.write({"content/x.html": text})
        assert "x.html" in shop.files(shop.build())
        shop.write({"content/x.html": f"---\ntitle: X\n---\n{text}"})
        files = shop.files(shop.build())
        assert "x.html" not in files
        assert text.encode() in files["x/index.html"]
        with Cache(shop.cache) as cache:
            assert len(cache.recall_all(HTML)) == 1


def test_what_a_file_is_is_not_kept_when_it_changed_meanwhile(tmp_path: Path) -> None:
    place = tmp_path / "x.html"
    place.write_bytes(b"---\n---\n")
    before = Input("x.html", str(place), "content/x.html", sha256(b"<p>").digest())
    now = Input("x.html", str(place), "content/x.html", sha256(b"---\n---\n").digest())
    with Cache(tmp_path / "cache") as cache:
        for file, kept in ((before, 0), (now, 1)):
            assert html_articles({"x.html": file}, Rows(cache)) == [file]
            assert len(cache.recall_all(HTML)) == kept


def test_an_html_article_at_the_top_introduces_the_home_page(shop: Workshop) -> None:
    shop.write({"content/index.html": "---\ntitle: T\n---\n<p>Welcome.</p>\n"})
    assert b"Welcome." in shop.files(shop.build())["index.html"]


def test_what_lies_in_the_folder_of_a_draft_stays_behind_whatever_its_ending(shop: Workshop) -> None:
    draft = article("D", 1).replace("title:", "draft: true\ntitle:")
    shop.write({"content/posts/d/index.markdown": draft, "content/posts/d/x.png": b"x"})
    assert "posts/d/x.png" not in shop.files(shop.build())


def test_a_post_without_a_date_is_listed_last(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": "# Undated\n", "content/posts/b.md": "# Undated too\n"})
    files = shop.files(shop.build())
    oldest = files["page/1/index.html"].decode()
    assert oldest.index("Undated") < oldest.index("Undated too")
    assert b"Undated" not in files["index.html"]


def test_a_template_shows_the_image_of_an_article_from_every_page(shop: Workshop) -> None:
    block = '{% extends "default/article.html" %}{% block end %}<img src="{{ page.image }}">{% endblock %}'
    shop.write({"templates/article.html": block, "content/i/a b.png": b"x"})
    shop.write({"content/posts/x.md": "---\nimage: ../i/a b.png\n---\n"})
    shop.write({"content/posts/y.md": "---\ncover: https://example.org/?a&b\n---\n"})
    files = shop.files(shop.build())
    assert b'<img src="../../i/a%20b.png">' in files["posts/x/index.html"]
    assert b'<img src="https://example.org/?a&amp;b">' in files["posts/y/index.html"]


def test_an_image_that_is_not_there_is_told_with_its_place(shop: Workshop) -> None:
    shop.write({"content/posts/x.md": "---\ntitle: X\nimage: no.png\ndate: 2025-01-01\n---\n"})
    with pytest.raises(ContentError) as caught:
        shop.build()
    assert [problem.place for problem in caught.value.problems] == ["content/posts/x.md:3:8"]


def test_an_article_with_the_front_matter_of_other_tools_has_its_page(shop: Workshop) -> None:
    shop.write({"content/posts/2025-01-02-t.md": "+++\ntitle = 'T'\n[taxonomies]\ntags = ['a']\n+++\nText.\n"})
    shop.write({"content/posts/p.md": "Title: P\nDate: 2025-01-01\nCategory: This Week\n\nText.\n"})
    files = shop.files(shop.build())
    assert {"posts/t/index.html", "posts/p/index.html", "tags/this-week/index.html"} <= files.keys()
