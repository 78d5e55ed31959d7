"""Sections, terms, archives, the menu and data files as pages of a site, and what one more article changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import ContentError
from publisher.site.content.scan import theme_folder
from publisher.site.settings import SiteSettings
from publisher.site.structure_settings import TAGS, MenuEntry, NavEntry, Taxonomy
from tests.build.site import SITE, Workshop, article, page

TERMS = (
    replace(TAGS, feed=True),
    Taxonomy("authors", ("authors",)),
    Taxonomy("series", ("series",), reading=True),
    Taxonomy("categories", ("categories", "category"), feed=False),
)
EVERYTHING = replace(SITE, taxonomies=TERMS, archives=True, related=2)


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """A site with the default theme, and no article."""
    shop = Workshop(tmp_path, posts=0)
    shop.theme = theme_folder()
    return shop


def changed(shop: Workshop, site: SiteSettings, name: str, text: str) -> set[str]:
    """Which files differ after one more article, without the article's own page."""
    before = shop.files(shop.build(site=site))
    shop.write({name: text})
    built = shop.build(site=site)
    after = shop.files(built)
    assert built.root == shop.clean(site=site).root
    return {path for path in after if before.get(path, after[path]) != after[path]}


@pytest.mark.parametrize("count", [9, 33])
def test_one_more_post_changes_as_many_files_whatever_the_size_of_its_section(shop: Workshop, count: int) -> None:
    shop.write({"content/posts/_index.md": page("Blog")})
    for n in range(1, count + 1):
        more = {"series": "S"} if n % 2 else {}
        shop.write({f"content/posts/p{n:02}.md": article(f"P{n}", n % 27 + 1, tags="[t]", author="Ada", **more)})
    text = article("New", 28, "[l](p03.md)", tags="[t]", author="Ada", categories="[C]", series="S")
    assert changed(shop, EVERYTHING, "content/posts/zz.md", text) == {
        *("index.html", "feed.xml", "sitemap.xml"),
        *("posts/index.html", "posts/feed.xml"),
        *("tags/index.html", "tags/t/index.html", "tags/t/feed.xml"),
        *("authors/index.html", "authors/ada/index.html", "authors/ada/feed.xml"),
        *("categories/index.html", "series/index.html"),
        *("archives/index.html", "archives/2026/index.html", "archives/2026/01/index.html"),
        *series_of(count),
        *{f"posts/p{count if count < 27 else 26:02}/index.html"},
    }


def series_of(count: int) -> set[str]:
    """The last page of the series, its feed, and the part before the new one."""
    parts = [n for n in range(1, count + 1) if n % 2]
    last, pages = max(parts, key=lambda n: (n % 27, n)), -(-len(parts) // 3)
    return {"series/s/feed.xml", f"posts/p{last:02}/index.html", f"series/s/page/{pages}/index.html"}


def test_one_more_page_in_an_ordered_section_changes_its_tree_and_nothing_else(shop: Workshop) -> None:
    for folder in ("guide", "other"):
        shop.write({f"content/{folder}/_index.md": page(folder)})
        shop.write({f"content/{folder}/c{n}.md": page(f"C{n}", weight=str(n)) for n in range(1, 4)})
    shop.write({"content/posts/p.md": article("P")})
    found = changed(shop, SITE, "content/guide/c4.md", page("C4", weight="4"))
    guide = {f"guide/{name}index.html" for name in ("", "c1/", "c2/", "c3/")}
    assert found - {"guide/page/2/index.html"} == {*guide, "sitemap.xml"}


def test_the_pages_of_a_section_have_crumbs_a_sidebar_and_the_page_after_them(shop: Workshop) -> None:
    shop.write({"content/guide/_index.md": page("The guide", "How.")})
    shop.write({f"content/guide/c{n}.md": page(f"C{n}", weight=str(n)) for n in (1, 2)})
    built = shop.build()
    index, first = (shop.text(built, f"guide/{name}index.html") for name in ("", "c1/"))
    assert "<p>How.</p>" in index
    assert '<a href="c1/">C1</a></h2>' in index
    assert '<nav class="crumbs"' in first
    assert '<a href="../">The guide</a>' in first
    assert '<a href="./" aria-current="page">C1</a>' in first
    assert 'rel="next" href="../c2/"' in first
    assert '<nav class="tree"' not in shop.text(built, "index.html")
    assert "C1" not in shop.text(built, "404.html")


def test_a_section_without_an_index_has_a_page_in_the_menu(shop: Workshop) -> None:
    shop.write({"content/field-notes/a.md": page("A")})
    built = shop.build()
    assert "<h1>Field notes</h1>" in shop.text(built, "field-notes/index.html")
    assert '<a href="field-notes/">Field notes</a>' in shop.text(built, "index.html")


def test_a_file_of_the_author_replaces_the_page_of_a_section(shop: Workshop) -> None:
    shop.write({"content/notes/a.md": page("A"), "content/notes/index.html": "<p>mine</p>"})
    assert shop.text(shop.build(), "notes/index.html") == "<p>mine</p>"


def test_a_section_and_a_term_have_feeds_with_absolute_addresses(shop: Workshop) -> None:
    shop.write({"content/notes/_index.md": page("Notes"), "content/notes/a.md": article("A", 3, "[l](b.md)")})
    shop.write({"content/notes/b.md": page("B"), "content/posts/p.md": article("P", 1, tags="[t]")})
    built = shop.build(site=EVERYTHING)
    feed = shop.text(built, "notes/feed.xml")
    assert "<title>Notes · Example</title>" in feed
    assert 'rel="self" type="application/atom+xml" href="https://example.eth.limo/notes/feed.xml"' in feed
    assert "https://example.eth.limo/notes/b/" in feed
    assert "<title>P</title>" in shop.text(built, "tags/t/feed.xml")
    assert "tags/t/feed.xml" not in shop.files(shop.build())


def test_authors_categories_and_series_have_pages_that_articles_link_to(shop: Workshop) -> None:
    shop.write({"content/authors/ada.md": page("Ada", "She walks.")})
    for n, weight in ((1, "2"), (2, "1"), (3, "")):
        more = {"series_weight": weight} if weight else {}
        shop.write({f"content/posts/p{n}.md": article(f"P{n}", n, author="Ada", series="S", category="C", **more)})
    built = shop.build(site=EVERYTHING)
    files = shop.files(built)
    assert "<p>She walks.</p>" in files["authors/ada/index.html"].decode()
    one = files["posts/p1/index.html"].decode()
    assert '<a rel="author" href="../../authors/ada/">Ada</a>' in one
    assert '<a href="../../categories/c/">C</a>' in one
    assert 'Part 2 · <a href="../../series/s/">S</a>' in one
    before, after = one.partition('class="series"')[2].partition("</section>")[0].split("</a>")[1:3]
    assert 'href="../p2/"' in before
    assert 'href="../p3/"' in after
    assert "tags/c/index.html" not in files


def test_categories_are_tags_without_a_taxonomy_of_their_own(shop: Workshop) -> None:
    shop.write({"content/posts/p.md": article("P", category="C")})
    assert "tags/c/index.html" in shop.files(shop.build())


def test_two_spellings_of_a_term_are_told_with_its_taxonomy(shop: Workshop) -> None:
    for n, name in ((1, "One"), (2, "one")):
        shop.write({f"content/posts/p{n}.md": article("P", n, category=name)})
    told = [str(problem) for problem in shop.build(site=EVERYTHING).problems if problem.kind == "tag-spelling"]
    assert len(told) == 1
    assert "the terms of categories 'One' and 'one' have the same address categories/one/" in told[0]


def test_archives_have_a_page_for_each_year_and_month(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 3), "content/posts/b.md": page("B", date="2025-12-31")})
    files = shop.files(shop.build(site=EVERYTHING))
    assert {path for path in files if path.startswith("archives/")} == {
        *("archives/index.html", "archives/2025/index.html", "archives/2025/12/index.html"),
        *("archives/2026/index.html", "archives/2026/01/index.html"),
    }
    assert "<h1>December 2025</h1>" in files["archives/2025/12/index.html"].decode()


def test_related_posts_are_older_and_share_most_terms(shop: Workshop) -> None:
    for n, tags in enumerate(("[a, b]", "[a]", "[a, b]", "[a]", "[a, b]", "[c]"), 1):
        shop.write({f"content/posts/p{n}.md": article(f"P{n}", n, tags=tags)})
    built = shop.build(site=EVERYTHING)

    def related(number: int) -> list[str]:
        found = shop.text(built, f"posts/p{number}/index.html").partition('class="related"')[2].partition("</section>")
        return [f"P{n}" for n in range(1, 7) if f">P{n}<" in found[0]]

    assert [related(n) for n in range(1, 7)] == [[], ["P1"], ["P1", "P2"], ["P2", "P3"], ["P1", "P3"], []]


MENU = (
    MenuEntry("Second", "https://example.org/", 2.0),
    MenuEntry("First", "guide/a.md", 1.0, (MenuEntry("Below", "/tags/"), MenuEntry("Part", "guide/a.md#part"))),
)


def test_a_menu_has_entries_in_and_outside_of_the_site_with_children(shop: Workshop) -> None:
    shop.write({"content/guide/a.md": page("A", "## Part")})
    menu = shop.text(shop.build(site=replace(SITE, menu=MENU)), "guide/a/index.html").partition("Main menu")[2]
    shown = menu.partition("</nav>")[0]
    assert shown.index(">First<") < shown.index(">Below<") < shown.index(">Second<")
    assert 'href="https://example.org/"' in shown
    assert 'href="#part"' in shown
    assert 'href="../../tags/"' in shown


def test_a_menu_that_leads_to_nothing_and_an_article_without_a_way_to_it_are_told(shop: Workshop) -> None:
    shop.write({"content/a.md": page("A", "[b](b.md)"), "content/b.md": page("B"), "content/c/d.md": page("D")})
    shop.write({"content/posts/p.md": article("P")})
    built = shop.build(site=replace(SITE, menu=(MenuEntry("A", "a.md"),)))
    assert [(one.path, one.kind) for one in built.problems] == [("content/c/d.md", "unreachable")]
    with pytest.raises(ContentError) as caught:
        shop.build(site=replace(SITE, menu=(MenuEntry("A", "a.md"), MenuEntry("E", "/e/"))))
    assert "menu: the address /e/ of 'E' leads to nothing" in str(list(caught.value.problems)[-1])


def test_the_lists_of_terms_and_the_pages_of_terms_lead_to_articles(shop: Workshop) -> None:
    shop.write({"content/a.md": page("A", tags="[one]"), "content/b.md": page("B", authors="[Ada]")})
    shop.write({"content/c.md": page("C", tags="[one, two]"), "content/posts/p.md": article("P")})
    for menu, lost in (("/tags/", ["b.md"]), ("/authors/", ["a.md", "c.md"]), ("/tags/two/", ["b.md"])):
        built = shop.build(site=replace(EVERYTHING, menu=(MenuEntry("All", menu),)))
        assert [one.path.removeprefix("content/") for one in built.problems] == lost


def test_without_a_menu_of_the_author_every_article_can_be_reached(shop: Workshop) -> None:
    shop.write({f"content/{name}.md": page(name) for name in ("a", "b/c", "d/e/f", "posts/_index", "posts/x/_index")})
    assert shop.build().problems == ()


def test_a_summary_file_orders_the_pages_and_is_no_page(shop: Workshop) -> None:
    shop.write({"content/SUMMARY.md": "# Book\n\n- [One](1.md)\n  - [Two](2.md)\n- [Gone](3.md)\n"})
    shop.write({"content/1.md": page("I"), "content/2.md": page("II")})
    site = replace(SITE, nav_file="SUMMARY.md")
    with pytest.raises(ContentError) as caught:
        shop.build(site=site)
    assert [str(one) for one in caught.value.problems] == [
        "content/SUMMARY.md:5:3: the nav names '3.md', which is no article; did you mean 2.md?"
    ]
    shop.write({"content/3.md": page("III", draft="true")})
    files = shop.files(shop.build(site=site))
    assert not [path for path in files if "summary" in path.lower()]
    assert 'rel="next" href="../2/"' in files["1/index.html"].decode()
    assert ">Two</a>" in files["index.html"].decode()


def test_a_nav_may_name_headings_articles_and_sections(shop: Workshop) -> None:
    shop.write({"content/a.md": page("A"), "content/g/b.md": page("B"), "content/g/c.md": page("C")})
    nav = (NavEntry("Part", "", (NavEntry(page="a.md"),)), NavEntry("Guide", "g/"))
    built = shop.build(site=replace(SITE, nav=nav))
    assert built.problems == ()
    assert 'rel="next" href="../g/"' in shop.text(built, "a/index.html")
    assert "<li>Part</li>" in shop.text(built, "a/index.html")


DATA = (
    '{% extends "default/article.html" %}{% block body %}'
    "{{ site.data.people[0].name }} {{ site.extra.colour }}{% endblock %}"
)


def laughs(form: str) -> str:
    """Return YAML of 300 bytes whose last line would be 10 million values. `form` puts ten aliases into one value."""
    lines = [f"b{n}: &b{n} {form.format(','.join([f'*b{n - 1}'] * 10))}" for n in range(1, 8)]
    return "\n".join(["b0: &b0 {x: 1}", *lines])


def test_data_and_extra_are_facts_and_only_their_readers_are_made_again(shop: Workshop) -> None:
    shop.write({"templates/article.html": DATA, "data/people.csv": "name,age\nAda,3\n", "data/notes.txt": "ignored"})
    shop.write({"content/posts/p.md": article("P"), "content/posts/q.md": article("Q", 2)})
    site = replace(SITE, extra={"colour": "red"})
    assert "Ada red" in shop.text(shop.build(site=site), "posts/p/index.html")
    shop.write({"data/people.csv": "name,age\nBob,3\n"})
    built = shop.build(site=site)
    assert built.rendered == 2
    assert "Bob red" in shop.text(built, "posts/p/index.html")
    site = replace(SITE, extra={"colour": "blue"})
    assert "Bob blue" in shop.text(shop.build(site=site), "posts/p/index.html")
    assert shop.build(site=site).root == shop.clean(site=site).root


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("data/people.csv", "name,age\nAda\n", "data/people.csv:2: this row has 1 values, and the first row has 2"),
        ("data/people.csv", "name,name\nAda,Bob\n", "data/people.csv:1: two columns have the name 'name'"),
        ("data/people.json", '[\n{"name": }]', "data/people.json:2:10: this is not JSON"),
        ("data/people.toml", "a = \n", "data/people.toml:1:5: this is not TOML"),
        ("data/people.yaml", "a:\n  - [b\n", "data/people.yaml:3:1: this is not YAML"),
        ("data/people.yml", "!!set {a}", "data/people.yml: a set of YAML has no order"),
        ("data/people.yml", "a: &a [*a]", "data/people.yml:1:4: this value contains itself"),
        ("data/people.yml", laughs("[{0}]"), "data/people.yml:6:5: the aliases of this value repeat too many values"),
        ("data/people.yml", laughs("{{<<: [{0}]}}"), "data/people.yml:6:14: the aliases of this value repeat too"),
        ("data/people.yml", "\n" + "[" * 100_000, "data/people.yml:2:101: the values are nested too deep"),
        (
            "data/people.yml",
            "- 'x\n  .nan' # .nan\n- [1, -.Inf ]",
            "data/people.yml:3:7: -inf is no number that a page can show",
        ),
        (
            "data/people.toml",
            "[nan]\ninf = 'nan' # nan\na = [1, +nan]",
            "data/people.toml:3:9: nan is no number that a page can show",
        ),
        ("data/people.toml", f"a = {'9' * 5000}", "data/people.toml: this TOML cannot be read: Exceeds the limit"),
        ("data/people.json", '{"NaN":\n 1e999}', "data/people.json:2:2: inf is no number that a page can show"),
        ("data/people.json", "[NaN]", "data/people.json:1:2: nan is no number that a page can show"),
        ("data/people.json", "9" * 5000, "data/people.json: this JSON cannot be read: Exceeds the limit"),
        ("templates/article.html", DATA.replace("people", "nobody"), "site.data has no attribute 'nobody' (on"),
        ("templates/article.html", DATA.replace("[0].name", ".clear()"), "cannot be changed"),
        ("templates/article.html", DATA.replace(".people[0].name", ""), "a template cannot print site.data"),
    ],
)
def test_a_fault_of_a_data_file_or_of_its_reader_has_its_place(shop: Workshop, name: str, text: str, told: str) -> None:
    shop.write({"templates/article.html": DATA, "content/posts/p.md": article("P")})
    if name.startswith("templates"):
        shop.write({"data/people.json": '{"name": "x"}'})
    shop.write({name: text})
    with pytest.raises(ContentError) as caught:
        shop.build(site=replace(SITE, extra={"colour": "red"}))
    assert told in "\n".join(map(str, caught.value.problems))


def test_two_data_files_of_one_name_are_told(shop: Workshop) -> None:
    shop.write({"data/a.json": "[]", "data/a.toml": "", "content/posts/p.md": article("P")})
    with pytest.raises(ContentError) as caught:
        shop.build()
    assert "data/a.toml: this file and a.json have the same name in templates, a" in str(caught.value.problems[0])
