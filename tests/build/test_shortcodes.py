"""An article is made again when a shortcode or a file that it has read changes, and only then."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from publisher.errors import ContentError
from publisher.site.settings import FLAVOURS, MarkdownSettings
from tests.build.site import SITE, Workshop, article

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path, posts=4)
    made.write(
        {
            "templates/shortcodes/box.html": "<div>{{ body }}</div>",
            "content/posts/p1.md": article("Post 1", 1, ":::box\none\n:::"),
            "content/posts/p2.md": article("Post 2", 2, "Text.\n\n::include{file=/part.txt}"),
        }
    )
    made.write({"content/part.txt": "first part"})
    return made


def test_a_change_of_a_shortcode_makes_the_articles_that_call_it(shop: Workshop) -> None:
    shop.build()
    shop.write({"templates/shortcodes/box.html": "<p>{{ body }}</p>"})
    built = shop.build()
    assert built.rendered == 1
    assert built.root == shop.clean().root


def test_a_change_of_an_included_file_makes_the_articles_that_include_it(shop: Workshop) -> None:
    assert "first part" in shop.text(shop.build(), "posts/p2/index.html")
    shop.write({"content/part.txt": "second part"})
    built = shop.build()
    assert "second part" in shop.text(built, "posts/p2/index.html")
    assert built.rendered == 1
    assert built.root == shop.clean().root


def test_a_shortcode_reads_the_data_of_the_site(shop: Workshop) -> None:
    team = "<ul>{% for one in site.data.team %}<li>{{ one.name }}</li>{% endfor %}</ul>"
    shop.write({"templates/shortcodes/team.html": team, "data/team.csv": "name\nAda\nKurt\n"})
    shop.write({"content/posts/p3.md": article("Post 3", 3, "::team"), "data/other.toml": "a = 1\n"})
    assert "<li>Ada</li><li>Kurt</li>" in shop.text(shop.build(), "posts/p3/index.html")
    shop.write({"data/other.toml": "a = 2\n"})
    assert shop.build().rendered == 0
    shop.write({"data/team.csv": "name\nAda\nEmmy\n"})
    built = shop.build()
    assert "<li>Ada</li><li>Emmy</li>" in shop.text(built, "posts/p3/index.html")
    assert built.rendered == 1
    assert built.root == shop.clean().root


@pytest.mark.parametrize(
    ("template", "data", "what"),
    [
        ("{{ site.data.team.a }}", "a = 1\nb = nan", "data/team.toml:2:5: nan is no number that a page can show"),
        ("{{ site.data.none.a }}", "a = 1", "site.data has no attribute 'none'"),
        ("{{ site.title }}", "a = 1", "site has no attribute 'title'; it has data"),
    ],
)
def test_a_fault_of_data_in_a_shortcode_is_at_the_call(shop: Workshop, template: str, data: str, what: str) -> None:
    shop.write({"templates/shortcodes/team.html": template, "data/team.toml": data})
    shop.write({"content/posts/p3.md": article("Post 3", 3, "::team")})
    with pytest.raises(ContentError) as caught:
        shop.build()
    (problem,) = caught.value.problems
    assert problem.place == "content/posts/p3.md:5:1"
    assert what in problem.what


def test_a_shortcode_that_appears_is_seen(shop: Workshop) -> None:
    shop.write({"content/posts/p3.md": article("Post 3", 3, ":::later\nx\n:::")})
    (problem,) = shop.build().problems
    assert (problem.place, problem.kind) == ("content/posts/p3.md:5:1", "foreign-syntax")
    shop.write({"templates/shortcodes/later.html": "<i>{{ body }}</i>"})
    built = shop.build()
    assert not built.problems
    assert built.root == shop.clean().root


def test_a_fault_of_a_call_is_at_its_line(shop: Workshop) -> None:
    shop.write({"content/posts/p3.md": article("Post 3", 3, "a\n\n::box{colour=red}")})
    with pytest.raises(ContentError) as caught:
        shop.build()
    (problem,) = caught.value.problems
    assert problem.place == "content/posts/p3.md:7:1"
    assert problem.what == "box has no argument colour"


def test_a_file_with_a_secret_is_not_included(shop: Workshop) -> None:
    shop.write({"content/part.txt": KEY})
    with pytest.raises(ContentError) as caught:
        shop.build()
    told = {problem.place: problem.what for problem in caught.value.problems}
    assert told["content/posts/p2.md:7:1"] == "content/part.txt holds a secret and is not included"
    assert "b3BlbnNz" not in str(caught.value.problems)


@pytest.mark.parametrize("hidden", ["content/.env", "publish.toml", "static/x.txt"])
def test_only_files_of_content_and_templates_are_included(shop: Workshop, hidden: str) -> None:
    shop.write(
        {hidden: "hidden words", "content/posts/p2.md": article("Post 2", 2, f"::include{{file=/{hidden[8:]}}}")}
    )
    with pytest.raises(ContentError, match="problem") as caught:
        shop.build()
    assert ["there is no file" in problem.what for problem in caught.value.problems] == [True]


@pytest.mark.parametrize("stage", ["uses", "article", "body"])
def test_rows_may_be_lost(shop: Workshop, stage: str) -> None:
    first = shop.build()
    db = sqlite3.connect(shop.cache / "cache.sqlite")
    db.execute("DELETE FROM memo WHERE stage IN (?, 'whole')", (stage,))
    db.commit()
    db.close()
    assert shop.build().root == first.root


BODIES = [
    "Text.", ":::box\n*x*\n:::", "::line{a=b}", ":::later\nx\n:::", "::include{file=/part.txt}",
    "::include{file=common.md}", "```\n:::box\n```\n", ":::details[T]\n::line{a=c}\n:::", "::include{file=p1.md}",
]  # fmt: skip
TEMPLATES = ["<div>{{ body }}</div>", "<p>{{ body }}</p>", "{% include 'part.html' ignore missing %}{{ body }}", ""]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_warm_equals_clean_over_edits_of_shortcodes(shop: Workshop, flavour: str) -> None:
    """Edits of articles, shortcodes and included files, in any order: a warm build has the root of a clean one."""
    chance = random.Random(flavour)
    site = SITE.__class__(title="Example", url=SITE.url, markdown=MarkdownSettings(flavour=flavour))
    for _ in range(30):
        for _ in range(chance.randint(1, 3)):
            _edit(shop, chance)
        options = {"site": site, "tolerant": True, "workers": 1}
        assert shop.build(**options).root == shop.clean(**options).root


def _edit(shop: Workshop, chance: random.Random) -> None:
    kind = chance.choice(["article", "template", "part", "remove"])
    if kind == "article":
        number = chance.randint(1, 4)
        shop.write({f"content/posts/p{number}.md": article(f"Post {number}", number, chance.choice(BODIES))})
    elif kind == "template":
        name = chance.choice(["box", "later"])
        shop.write({f"templates/shortcodes/{name}.html": chance.choice(TEMPLATES)})
    elif kind == "part":
        name = chance.choice(["content/part.txt", "templates/common.md", "templates/part.html"])
        shop.write({name: chance.choice(["a", "*b*", "::line{a=x}", "## H\n\n:::box\ny\n:::\n"])})
    else:
        paths = ["templates/shortcodes/later.html", "templates/common.md", "templates/part.html"]
        path = shop.folder / chance.choice(paths)
        if path.exists():
            path.unlink()
    shop.write({"templates/shortcodes/line.html": "<b>{{ a }}</b>"})
