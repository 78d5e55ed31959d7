"""Faults that stop nothing: they are told in every build, warm or not, and change no byte of the site."""

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import ContentError
from publisher.site.fault_levels import CheckSettings, lenient
from tests.build.site import Workshop, article

LENIENT = lenient(CheckSettings())
DEAD = article("A", 9, "[x](missing.md) ![y](missing.png) [z](p1.md#nowhere)")


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    shop = Workshop(tmp_path)
    shop.write({"content/posts/a.md": DEAD})
    return shop


def test_a_dead_link_stops_a_build_and_with_lenient_it_does_not(shop: Workshop) -> None:
    with pytest.raises(ContentError):
        shop.build()
    built = shop.build(check=LENIENT)
    assert {(problem.kind, problem.level) for problem in built.problems} == {
        ("dead-link", "warning"),
        ("dead-image", "warning"),
        ("dead-anchor", "warning"),
    }


def test_a_warm_build_tells_what_a_clean_one_tells(shop: Workshop) -> None:
    first = shop.build(check=LENIENT)
    shop.write({"content/posts/b.md": article("B", 10)})
    second = shop.build(check=LENIENT)
    assert second.problems == first.problems == shop.clean(check=LENIENT).problems
    assert second.root == shop.clean(check=LENIENT).root


def test_a_build_without_a_change_tells_them_again(shop: Workshop) -> None:
    first = shop.build(check=LENIENT)
    assert shop.build(check=LENIENT) == replace(first, rendered=0)


def test_another_level_is_heeded_though_no_page_is_made_anew(shop: Workshop) -> None:
    first = shop.build(check=LENIENT)
    with pytest.raises(ContentError):
        shop.build()
    notes = CheckSettings(dead_link="note", dead_image="off", dead_anchor="off")
    built = shop.build(check=notes)
    assert [(problem.kind, problem.level) for problem in built.problems] == [("dead-link", "note")]
    assert (built.root, built.rendered) == (first.root, 0)


def test_a_link_that_leads_somewhere_again_is_told_no_more(shop: Workshop) -> None:
    shop.build(check=LENIENT)
    shop.write({"content/posts/missing.md": article("M", 11)})
    assert "dead-link" not in {problem.kind for problem in shop.build(check=LENIENT).problems}


def test_an_error_comes_with_the_warnings(shop: Workshop) -> None:
    shop.write({"content/posts/broken.md": "---\ntitle: [\n---\n"})
    with pytest.raises(ContentError) as caught:
        shop.build(check=LENIENT)
    assert {problem.level for problem in caught.value.problems} == {"error", "warning"}
    assert caught.value.message == "1 problem"


def test_a_preview_has_all_pages_that_could_be_made(shop: Workshop) -> None:
    shop.write({"content/posts/broken.md": "---\ntitle: [\n---\n"})
    built = shop.build(tolerant=True)
    assert {problem.level for problem in built.problems} == {"error"}
    assert built.urls == {"content/posts/a.md": "posts/a/", "content/posts/broken.md": "posts/broken/"}
    files = shop.files(built)
    assert "posts/a/index.html" in files
    assert "posts/broken/index.html" not in files


def test_a_preview_of_nothing_is_an_error(shop: Workshop) -> None:
    (shop.theme / "base.html").write_text("{% nonsense %}")
    with pytest.raises(ContentError):
        shop.build(tolerant=True)


def test_what_a_preview_shows_is_never_taken_for_a_build(shop: Workshop) -> None:
    shop.build(tolerant=True)
    with pytest.raises(ContentError):
        shop.build()
