"""Templates that articles choose, the values of cards, and the faults of templates at their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import ContentError, Problem
from publisher.site.settings import SiteSettings
from tests.build.site import SITE, Workshop, article, page


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=2)


def problems(shop: Workshop) -> list[Problem]:
    """What stops the build."""
    with pytest.raises(ContentError) as caught:
        shop.build()
    return list(caught.value.problems)


WIDE = '{% extends "article.html" %}{% block content %}<b>wide</b>{{ super() }}{% endblock %}'


def test_an_article_chooses_its_template(shop: Workshop) -> None:
    shop.write({"templates/wide.html": WIDE, "content/posts/p1.md": article("Post 1", 1, template="wide.html")})
    built = shop.build()
    assert "<b>wide</b>" in shop.text(built, "posts/p1/index.html")
    assert "<b>wide</b>" not in shop.text(built, "posts/p2/index.html")
    shop.write({"templates/wide.html": WIDE.replace("wide", "wider")})
    assert "<b>wider</b>" in shop.text(shop.build(), "posts/p1/index.html")


def test_a_section_chooses_the_template_of_all_its_pages(shop: Workshop) -> None:
    pages = {f"content/guide/{number}.md": page(f"Page {number}") for number in range(4)}
    index = page("Guide", "Text.", template="guide.html", paginate_by="2")
    template = '{% extends "list.html" %}{% block end %}guide{% endblock %}'
    (shop.theme / "section.html").write_text('{% extends "list.html" %}')
    shop.write({**pages, "content/guide/_index.md": index, "templates/guide.html": template})
    built = shop.build()
    for name in ("guide/index.html", "guide/page/2/index.html"):
        assert "guide\n" in f"{shop.text(built, name)}\n"
    assert "guide" not in shop.text(built, "guide/1/index.html").replace("guide/", "")
    shop.write({"content/guide/_index.md": index.replace("template: guide.html\n", "")})
    assert shop.build().root == shop.clean().root


def test_a_missing_template_is_a_warning_until_it_appears(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("Post 1", 1, template="wide.html")})
    (told,) = shop.build().problems
    assert (told.place, told.what, told.kind, told.level) == (
        "content/posts/p1.md:4:11",
        "there is no template 'wide.html'",
        "missing-template",
        "warning",
    )
    shop.write({"templates/wide.html": WIDE})
    built = shop.build()
    assert not built.problems
    assert built.root == shop.clean().root


def test_a_card_has_the_values_of_its_article(shop: Workshop) -> None:
    shown = (
        "{{ card.minutes }}|{{ card.authors|join('+') }}|{{ card.section }}|{{ card.extra.colour }}|{{ card.image }}"
    )
    extra = "{colour: red}"
    (shop.theme / "list.html").write_text("{% for card in page.cards %}[" + shown + "]{% endfor %}")
    picture = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    front = {"authors": "[Ada, Bob]", "extra": extra, "image": "../x.svg"}
    body = "word " * 700
    shop.write({"content/x.svg": picture, "content/posts/p1.md": article("Post 1", 1, body, **front)})
    shop.write({"content/posts/p2.md": article("Post 2", 2, extra=extra)})
    assert shop.text(shop.build(), "index.html") == "[1||posts|red|][3|Ada+Bob|posts|red|x.svg]"
    shop.write({"content/posts/p1.md": article("Post 1", 1, body, **{**front, "extra": "{colour: blue}"})})
    built = shop.build()
    assert "posts|blue|x.svg" in shop.text(built, "index.html")
    assert built.root == shop.clean().root


def test_a_block_that_no_page_shows_is_a_fault_at_its_line(shop: Workshop) -> None:
    text = '{% extends "default/article.html" %}\n\n{% block contnet %}\nx\n{% endblock %}\n'
    shop.write({"templates/article.html": text})
    told = {(problem.place, problem.what.partition(" (on the page")[0]) for problem in problems(shop)}
    what = "the template that this one extends has no block 'contnet'; did you mean content?"
    assert told == {("templates/article.html:3", what)}


def test_a_block_inside_another_one_and_one_of_an_outer_template_are_no_faults(shop: Workshop) -> None:
    text = '{% extends "default/article.html" %}{% block end %}a{% block mine %}b{% endblock %}{% endblock %}'
    shop.write(
        {"templates/article.html": text, "templates/other.html": '{% extends "article.html" %}{% block mine %}c'}
    )
    shop.write({"templates/other.html": '{% extends "article.html" %}{% block mine %}c{% endblock %}'})
    shop.write({"content/posts/p1.md": article("Post 1", 1, template="other.html")})
    built = shop.build()
    assert shop.text(built, "posts/p1/index.html").rstrip().endswith("ac")
    assert shop.text(built, "posts/p2/index.html").rstrip().endswith("ab")


def test_an_unknown_attribute_is_a_fault_at_its_line(shop: Workshop) -> None:
    shop.write({"templates/list.html": "\n\n{% for card in page.cards %}{{ card.minuts }}{% endfor %}"})
    told = {(problem.place, problem.what.partition(" (on the page")[0]) for problem in problems(shop)}
    assert told == {("templates/list.html:3", "a card has no attribute 'minuts'; did you mean minutes?")}


SCRIPT = '<script src="https://cdn.example.org/x.js"></script>'
TOLD = "this loads code from another host: https://cdn.example.org/x.js"


def test_code_of_another_host_is_a_warning_at_its_line(shop: Workshop) -> None:
    frame = (shop.theme / "base.html").read_text()
    shop.write(
        {
            "templates/base.html": f"\n{SCRIPT}{frame}",
            "templates/shortcodes/map.html": SCRIPT.replace("x.js", "map.js"),
            "content/posts/p1.md": article("Post 1", 1, f"text\n\n{SCRIPT.replace('x.js', 'y.js')}\n\n::map"),
        }
    )
    told = [(problem.place, problem.what, problem.kind, problem.level) for problem in shop.build().problems]
    assert told == [
        ("content/posts/p1.md:7:14", TOLD.replace("x.js", "y.js"), "foreign-code", "warning"),
        ("content/posts/p1.md:9:1", TOLD.replace("x.js", "map.js"), "foreign-code", "warning"),
        ("templates/base.html:2", TOLD, "foreign-code", "warning"),
    ]


@pytest.mark.parametrize("text", ["", "a", "<!-- a -->\n\nb", f"{SCRIPT.replace('x.js', 'y.js?a=1&amp;b=2')}"])
@pytest.mark.parametrize("shown", ["page.html", "page.html|upper"])
def test_code_that_a_template_loads_after_the_text_is_told(shop: Workshop, text: str, shown: str) -> None:
    shop.write({"templates/article.html": f"{{{{ {shown} }}}}\n{SCRIPT}", "content/posts/p1.md": article("P", 1, text)})
    told = [problem.place for problem in shop.build().problems if problem.what == TOLD]
    assert told == ["templates/article.html:2"]


def test_code_that_the_text_loads_is_told_once(shop: Workshop) -> None:
    text = SCRIPT.replace("x.js", "y.js?a=1&amp;b=2")
    shop.write({"templates/article.html": "{{ page.html }}", "content/posts/p1.md": article("P", 1, text)})
    assert not [problem for problem in shop.build().problems if problem.path.startswith("templates/")]


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('<link rel="stylesheet" href="//example.org/x.css">', True),
        ('<script src="https:&#47;&#x2f;example.org/x.js"></script>', True),
        ('<script src="https:&sol;&sol;example.org/x.js"></script>', True),
        ('<style>@import url("https://example.org/x.css");</style>', True),
        ('<link rel="canonical" href="https://example.org/">', False),
        ('<script src="/x.js"></script><script>import("https://example.org")</script>', False),
        ('<!-- <script src="https://example.org/x.js"></script> --><a href="https://example.org/">x</a>', False),
        ("<pre>&lt;script src=https://example.org/x.js></pre>", False),
    ],
)
def test_what_loads_code_of_another_host(html: str, told: bool) -> None:
    from publisher.html.foreign import foreign_code

    assert bool(list(foreign_code(html))) is told


def test_the_theme_loads_nothing_from_another_host(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, posts=2)
    from publisher.site.content.scan import theme_folder

    shop.theme = theme_folder()
    settings = SiteSettings(title=SITE.title, url=SITE.url, id="8a0f4f3e-7c1d-4f0e-9b55-2f5f0f0a9d11")
    assert [problem for problem in shop.build(site=settings).problems if problem.kind == "foreign-code"] == []
