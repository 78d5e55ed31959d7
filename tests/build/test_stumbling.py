"""What the program stumbles over in one article is a fault of that article; all the others are looked at."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.build.articles import BODY, ArticleOutcome, Parser
from publisher.build.data_values import DataFiles
from publisher.build.inputs import Input
from publisher.build.shortcodes import SiteShortcodes
from publisher.cache.store import Cache
from publisher.cli import main
from publisher.concurrency import pool
from publisher.errors import ContentError, Problem, StateError, recording_problems
from publisher.hashing import digest
from publisher.site.markdown.renderer import renderer as make_renderer
from tests.build.site import SITE, Workshop, article


def stumble(over: str, error: Callable[[], BaseException]) -> Parser:
    """A parser whose memory of highlighted code fails for the code of one article."""

    def recall(key: bytes) -> bytes | None:
        if key == digest(b"x", hashlib.sha256(f"python\0{over}".encode()).hexdigest()):
            raise error()
        return None

    return Parser(b"x", SITE, recall, SiteShortcodes(({}, {}), {}, (), DataFiles({}), SITE))


@pytest.fixture
def inputs(tmp_path: Path) -> list[Input]:
    found = []
    for number in range(40):
        place = tmp_path / f"a{number}.md"
        place.write_text(
            article("T", 1, f"one\n\n[x](b.md)\n\n```python\nnumber_{number}\n```\n\ntwo"), encoding="utf-8"
        )
        found.append(Input(f"posts/a{number}.md", str(place), place.name, hashlib.sha256(place.read_bytes()).digest()))
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_one_article_is_told_with_its_line_and_all_others_are_made(inputs: list[Input], workers: int) -> None:
    parser = stumble("number_7", lambda: AssertionError("第 7 篇\n没有"))
    outcomes: Iterator[ArticleOutcome] = pool.spread(parser, pool.chunks(inputs, workers), workers)
    done = list(outcomes)
    (problem,) = [problem for outcome in done for problem in outcome.problems]
    assert (problem.path, problem.line) == ("posts/a7.md", 10)  # the code itself
    assert problem.what.startswith("this program fails here, at test_stumbling.py:")
    assert problem.what.endswith(": AssertionError: 第 7 篇 没有")
    assert "-v" in problem.hint
    assert "Traceback" in problem.detail
    assert "recall" in problem.detail
    assert [path for outcome in done for path in outcome.failed] == ["posts/a7.md"]
    assert sum(len(outcome.made) for outcome in done) == 39


def test_nesting_that_has_no_end_is_told_in_other_words(inputs: list[Input]) -> None:
    outcome = stumble("number_7", RecursionError)(inputs[:9])
    assert [(problem.path, problem.what) for problem in outcome.problems] == [
        ("posts/a7.md", "the article is nested too deeply")
    ]


@pytest.mark.parametrize("error", [MemoryError(), StateError("cache", "the disk is full")])
def test_what_is_no_fault_of_the_article_goes_through(inputs: list[Input], error: Exception) -> None:
    def fail() -> Exception:
        return error

    with pytest.raises(type(error)):
        stumble("number_7", fail)(inputs[:9])


def test_a_line_is_looked_for_only_in_what_is_quickly_converted() -> None:
    def recall(key: str, make: Callable[[], str]) -> str:
        raise LookupError

    code = "\n```python\nx\n```\n"
    renderer = make_renderer(recall)
    (near,) = renderer.render("a.md", "word\n" * 9 + code, 1).problems
    (far,) = renderer.render("a.md", "word\n" * 20_001 + code, 1).problems
    assert (near.line, far.line) == (11, 0)


def test_an_article_is_rendered_as_ever_after_one_that_made_it_stumble() -> None:
    def recall(key: str, make: Callable[[], str]) -> str:
        if len(calls) < 20:
            calls.append(key)
            raise LookupError
        return make()

    calls: list[str] = []
    renderer = make_renderer(recall)
    while renderer.render("a.md", "> one\n\n- ```python\n  x\n  ```\n\n```python\nx\n```", 1).problems:
        pass
    text = "one\n\n- two\n\nthree `#!python x`"
    assert renderer.render("a.md", text, 1) == make_renderer().render("a.md", text, 1)


def spoil(shop: Workshop, title: str) -> None:
    """The kept body of one article becomes something that nobody wrote; its checksum is right."""
    with Cache(shop.cache) as cache:
        for key, row in cache.recall_all("article").items():
            if f'"{title}"'.encode() in row:
                assert key
                cache.remember(BODY, row[:32], b"spoilt")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_and_a_feed_name_the_article(tmp_path: Path, workers: int) -> None:
    shop = Workshop(tmp_path, posts=3)
    shop.write({f"content/more/a{number}.md": article(f"More {number}") for number in range(30)})
    shop.build()
    spoil(shop, "Post 2")
    spoil(shop, "More 4")
    (shop.theme / "base.html").write_text("{% block content %}{% endblock %}{{ nothing_2 if page.title == 'Post 3' }}")
    with pytest.raises(ContentError) as caught:
        shop.build(workers=workers)
    problems = caught.value.problems
    assert [problem.path for problem in problems] == [
        "content/more/a4.md",
        "content/posts/p2.md",
        "default/base.html",
    ]
    assert all("zlib.error" in problem.detail for problem in problems[:2])
    assert problems[2].what == "'nothing_2' is undefined (on the page /posts/p3/)"


def test_the_feed_alone_names_the_article(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, posts=3)
    shop.build()
    spoil(shop, "Post 2")
    with pytest.raises(ContentError) as caught:
        shop.build(site=replace(SITE, title="Other", feed_items=2))
    assert {problem.path for problem in caught.value.problems} == {"content/posts/p2.md"}


def test_a_template_may_raise_anything(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, posts=3)
    shop.write({"templates/article.html": "<p>\n{{ cycler() }}"})
    with pytest.raises(ContentError) as caught:
        shop.build()
    (problem,) = caught.value.problems
    place = "templates/article.html:2: RuntimeError: at least one item has to be provided"
    assert str(problem) == f"{place} (on the page /posts/p1/ and 2 more)"
    assert "Traceback" in problem.detail


def test_v_says_where_the_program_stumbled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Workshop(tmp_path, posts=3)
    shop.cache = shop.folder / ".publish/cache"
    shop.write({"publish.toml": '[site]\ntitle = "T"\n'})
    call("-C", str(shop.folder), "check")
    spoil(shop, "Post 2")
    shop.write({"templates/article.html": "{{ page.title }}"})
    for options, traced in (((), False), (("-v",), True)):
        assert call("-C", str(shop.folder), "check", *options) == 3
        said = capsys.readouterr().err
        assert "content/posts/p2.md: this program fails here, at " in said
        assert ("Traceback" in said and "records.py" in said) == traced


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


def test_detail_is_no_part_of_what_a_problem_is() -> None:
    assert Problem("a", 1, 1, "x", detail="one") == Problem("a", 1, 1, "x", detail="two")
    assert "one" not in str(Problem("a", 1, 1, "x", detail="one"))


def fail(error: Exception) -> None:
    raise error


def test_faults_that_are_known_keep_their_words() -> None:
    problems: list[Problem] = []
    with recording_problems("a.md", problems):
        fail(ContentError("content", [Problem("a.md", 2, 3, "known")]))
    with recording_problems("b.md", problems):
        fail(ValueError("unknown"))
    assert [problem.path for problem in problems] == ["a.md", "b.md"]
    assert (problems[0].line, problems[0].what) == (2, "known")
