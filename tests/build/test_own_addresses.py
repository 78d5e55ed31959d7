"""Articles keep the addresses that they have: permalinks, old addresses, static files, and links that mean them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.build import BuildResult
from publisher.errors import ContentError
from publisher.gateway.redirects import find, parse
from publisher.site.fault_levels import CheckSettings, lenient
from publisher.site.settings import MarkdownSettings
from tests.build.site import SITE, Workshop, article, page

LENIENT = lenient(CheckSettings())
BY_DATE = replace(SITE, permalinks=(("posts", "/:year/:month/:slug/"),))
NAMES = replace(SITE, markdown=MarkdownSettings(wikilinks=True))


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=1)


def links_of(shop: Workshop, built: BuildResult, name: str) -> list[str]:
    found = re.findall(r'<p><a href="([^"]*)"|<a href="([^"]*)">l</a>|<img[^>]* src="([^"]*)"', shop.text(built, name))
    return ["".join(each) for each in found]


def test_a_section_has_the_addresses_of_its_pattern(shop: Workshop) -> None:
    shop.write({"content/about.md": page("About", "[l](posts/p1.md)")})
    built = shop.build(site=BY_DATE)
    assert {"2026/01/p1/index.html", "about/index.html"} <= shop.files(built).keys()
    assert links_of(shop, built, "about/index.html") == ["../2026/01/p1/"]
    assert b"https://example.eth.limo/2026/01/p1/" in shop.files(built)["feed.xml"]


def test_a_post_without_a_date_cannot_have_an_address_of_dates(shop: Workshop) -> None:
    shop.write({"content/notes/a.md": page("A")})
    notes = replace(SITE, permalinks=(("notes", "/:year/:slug/"),))
    hint = "add `date: 2025-01-31`, or give the article a `permalink:`"
    what = "the address /:year/:slug/ needs a date, and the article has none"
    assert shop.faults(site=notes) == [f"content/notes/a.md:1:1: {what}; {hint}"]


def test_an_article_may_be_a_file_that_ends_with_html(shop: Workshop) -> None:
    shop.write({"content/posts/x.md": article("X", 2, "[l](p1.md) [l](#h)\n\n## H", permalink="/2016/09/x.html")})
    shop.write({"content/posts/y.md": article("Y", 3, "[l](x.md#h) [l](/2016/09/x.html) [l](/2016/09/x/)")})
    built = shop.build()
    assert "2016/09/x.html" in shop.files(built)
    assert links_of(shop, built, "2016/09/x.html") == ["../../posts/p1/", "#h"]
    there = "../../2016/09/x.html"
    assert links_of(shop, built, "posts/y/index.html") == [f"{there}#h", there, there]


def test_a_permalink_that_is_none_is_told_with_its_place(shop: Workshop) -> None:
    shop.write({"content/a.md": page("A", permalink="/a/../b/")})
    assert [told.split(" has ")[0] for told in shop.faults()] == ["content/a.md:3:12: '/a/../b/'"]


def test_an_old_address_has_a_rule_and_a_small_page(shop: Workshop) -> None:
    shop.write({"content/posts/x.md": article("X & Y", 2, aliases="[/old/x/, /old.html]", redirect_from="/2015/x")})
    files = shop.files(shop.build())
    assert files["_redirects"].decode().splitlines() == [
        "/2015/x/ /posts/x/ 301",
        "/old.html /posts/x/ 301",
        "/old/x/ /posts/x/ 301",
        "/* /404.html 404",
    ]
    moved = find(parse(files["_redirects"]), ("old", "x"))
    assert moved
    assert (moved.status, moved.target) == (301, "/posts/x/")
    stub = files["old/x/index.html"].decode()
    assert 'content="0; url=../../posts/x/"' in stub
    assert '<link rel="canonical" href="https://example.eth.limo/posts/x/">' in stub
    assert '<meta name="robots" content="noindex">' in stub
    assert "X &amp; Y" in stub
    assert "<script" not in stub
    assert 'url=posts/x/"' in files["old.html"].decode()


def test_small_pages_are_in_no_list(shop: Workshop) -> None:
    shop.write({"content/posts/x.md": article("X", 2, aliases="[/old/x/]")})
    files = shop.files(shop.build())
    for name in ("sitemap.xml", "feed.xml", "index.html"):
        assert b"old/x" not in files[name]


def test_the_rules_of_the_author_are_kept_as_they_are(shop: Workshop) -> None:
    shop.write({"static/_redirects": "/a /b 302\n", "content/posts/x.md": article("X", 2, aliases="[/old/]")})
    files = shop.files(shop.build())
    assert files["_redirects"] == b"/a /b 302\n"
    assert "old/index.html" in files


def test_rules_have_no_more_room_than_gateways_read(shop: Workshop) -> None:
    many = ", ".join(f"/{'o' * 200}/{number}/" for number in range(400))
    shop.write({"content/posts/x.md": article("X", 2, aliases=f"[{many}]")})
    files = shop.files(shop.build())
    assert 65_000 < len(files["_redirects"]) <= 64 << 10
    assert parse(files["_redirects"])[-1].status == 404
    assert sum(name.startswith("ooo") for name in files) == 400


def test_an_old_address_that_a_rule_cannot_say_has_its_page(shop: Workshop) -> None:
    shop.write({"content/posts/x.md": article("X", 2, aliases="['/an old one/']")})
    files = shop.files(shop.build())
    assert files["_redirects"] == b"/* /404.html 404\n"
    assert "an old one/index.html" in files


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"content/a.md": page("A", aliases="[/posts/p1/]")},
            "content/a.md:3:10: warning: the old address /posts/p1/ is taken by content/posts/p1.md:1:1; "
            "remove the address from the aliases",
        ),
        (
            {"content/a.md": page("A", aliases="[/tags/]")},
            "content/a.md:3:10: warning: the old address /tags/ is taken by (the tags page); "
            "remove the address from the aliases",
        ),
        (
            {"content/a.md": page("A", aliases="[/o/]"), "content/b.md": page("B", aliases="[/o]")},
            "content/b.md:3:10: warning: the old address /o/ is also an old address of "
            "content/a.md:3:10; keep one of the two",
        ),
        (
            {"content/a.md": page("A", aliases="[/o.html]"), "content/b.md": page("B", aliases="[/o.html/x/]")},
            "content/b.md:3:10: warning: the old address /o.html/x/ is below an old address of content/a.md:3:10; "
            "keep one of the two",
        ),
        (
            {"content/a.md": page("A", aliases="[https://x.org/a]")},
            "content/a.md:3:10: warning: the alias 'https://x.org/a' is no address of this site; "
            "write it as `/2016/09/first/` or `/2016/09/first.html`",
        ),
    ],
)
def test_an_old_address_that_cannot_lead_on_is_told_and_the_page_there_stays(
    shop: Workshop, files: dict[str, str], told: str
) -> None:
    shop.write(dict(files))
    built = shop.build()
    assert [str(problem) for problem in built.problems] == [told]
    assert b"Post 1" in shop.files(built)["posts/p1/index.html"]


def test_an_old_address_of_other_capitals_is_a_rule_alone(shop: Workshop) -> None:
    shop.write({"content/posts/x.md": article("X", 2, aliases="[/Posts/X/]")})
    built = shop.build()
    assert built.problems == ()
    assert b"/Posts/X/ /posts/x/ 301" in shop.files(built)["_redirects"]
    assert "Posts/X/index.html" not in shop.files(built)


def test_static_files_lie_at_the_top(shop: Workshop) -> None:
    shop.write(
        {"static/images/x.png": b"x", "static/notes.md": "raw", "static/.hidden": "x", "static/robots.txt": "mine"}
    )
    shop.write({"content/about.md": page("About", "![p](/images/x.png)")})
    files = shop.files(shop.build())
    assert (files["images/x.png"], files["notes.md"], files["robots.txt"]) == (b"x", b"raw", b"mine")
    assert ".hidden" not in files


def test_a_static_file_where_something_lies_is_a_fault(shop: Workshop) -> None:
    shop.write({"static/posts/p1/index.html": "x", "static/a.png": b"1", "content/a.png": b"2"})
    assert shop.faults() == [
        "static/a.png: the address /a.png is taken by content/a.png; rename one of the two",
        "static/posts/p1/index.html: the address /posts/p1/ is taken by content/posts/p1.md:1:1; "
        "give content/posts/p1.md another `slug:`, or rename the other",
    ]


def test_a_static_file_that_only_a_draft_shows_stays_behind(shop: Workshop) -> None:
    shop.write({"static/x.png": b"x", "content/posts/d.md": article("D", 2, "![p](/x.png)", draft="true")})
    assert "x.png" not in shop.files(shop.build())
    assert "x.png" in shop.files(shop.build(drafts=True))


def test_the_folder_named_like_a_draft_stays_behind_unless_other_articles_are_in_it(shop: Workshop) -> None:
    shop.write({"content/posts/d.md": article("D", 2, draft="true"), "content/posts/d/x.png": b"x"})
    assert "posts/d/x.png" not in shop.files(shop.build())
    shop.write({"content/posts/d/other.md": article("O", 2)})
    assert "posts/d/x.png" in shop.files(shop.build())


@pytest.mark.parametrize(
    "link",
    [
        *("p1.md", "p1.markdown", "p1", "p1/", "p1.html", "%701.md", "p1/index.html", "../p1/", "../../posts/p1.md"),
        *("/posts/p1", "/posts/p1.html", "posts/p1.md", "@/posts/p1.md", "/before/p1/", "/before/p1.html"),
        *("https://example.eth.limo/posts/p1/", "http://EXAMPLE.eth.limo/posts/p1"),
    ],
)
def test_every_usual_way_to_write_a_link_means_the_article(shop: Workshop, link: str) -> None:
    shop.write({"content/posts/p1.md": article("Post", 1, aliases="[/before/p1.html]")})
    shop.write({"content/posts/a.md": article("A", 2, f"[l]({link})")})
    assert links_of(shop, shop.build(), "posts/a/index.html") == ["../p1/"]


def test_letters_count_as_they_are_written(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 2, "[l](P1.md)")})
    assert "there is no such file or article: posts/P1.md" in shop.faults()[0]


def test_the_file_comes_before_the_address(shop: Workshop) -> None:
    shop.write({"content/posts/x.md": article("X", 2, "[l](y.md)", permalink="/old/x/")})
    shop.write({"content/old/x/y.md": page("There")})
    assert links_of(shop, shop.build(), "old/x/index.html") == ["y/"]
    shop.write({"content/posts/y.md": article("Here", 3)})
    built = shop.build()
    assert links_of(shop, built, "old/x/index.html") == ["../../posts/y/"]
    assert built.root == shop.clean().root


def test_a_picture_in_the_folder_named_like_the_article_is_found(shop: Workshop) -> None:
    shop.write({"content/posts/My Trip.md": article("A", 2, "![p](pic.png)"), "content/posts/My Trip/pic.png": b"x"})
    assert links_of(shop, shop.build(), "posts/my-trip/index.html") == ["../My%20Trip/pic.png"]


@pytest.mark.parametrize("name", ["index.md", "_index.md", "README.md"])
def test_the_page_of_a_folder_has_the_address_of_the_folder(shop: Workshop, name: str) -> None:
    shop.write({f"content/{name}": page("Home", "Welcome"), f"content/guide/{name}": page("Guide", "How")})
    shop.write({f"content/posts/{name}": page("Posts", "All")})
    files = shop.files(shop.build())
    assert b"Welcome" in files["index.html"]
    assert b"How" in files["guide/index.html"]
    assert b"All" in files["posts/index.html"]


def test_two_pages_of_one_folder_are_told_with_both(shop: Workshop) -> None:
    two = {"guide/index.md": "a", "guide/README.md": "b", "index.md": "c", "_index.md": "d"}
    shop.write({f"content/{name}": page(title) for name, title in two.items()})
    assert [told.partition(";")[0] for told in shop.faults()] == [
        "content/guide/index.md:1:1: the address /guide/ is taken by content/guide/README.md:1:1",
        "content/index.md:1:1: the address / is taken by content/_index.md:1:1",
    ]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"content/Posts/p1.md": page("A")},
            "content/posts/p1.md:1:1: /posts/p1/index.html and /Posts/p1/index.html, of content/Posts/p1.md:1:1, "
            "differ only in case or in their form of Unicode; "
            "rename one of the two: some file systems can hold only one of them",
        ),
        (
            {"content/A.png": b"1", "content/a.png": b"2"},
            "content/a.png: /a.png and /A.png, of content/A.png, differ only in case or in their form of Unicode; "
            "rename one of the two: some file systems can hold only one of them",
        ),
        (
            {"content/B": b"1", "content/b/x.png": b"2"},
            "content/B: /B and /b/x.png, of content/b/x.png, differ only in case or in their form of Unicode; "
            "rename one of the two: some file systems can hold only one of them",
        ),
    ],
)
def test_names_that_some_hosts_take_for_one_are_told_with_both(
    shop: Workshop, files: dict[str, str | bytes], told: str
) -> None:
    shop.write(files)
    assert shop.faults() == [told]


def test_folders_may_differ_in_capitals_alone(shop: Workshop) -> None:
    shop.write({"content/Posts/other.md": page("A"), "content/straße.md": page("B"), "content/strasse.md": page("C")})
    assert shop.build().problems == ()


def test_a_name_in_brackets_means_an_article(shop: Workshop) -> None:
    body = "[[p1]] [[p1|words]] [[Post 1#A part]] [[other name]] [[#Own `part`]] `[[p1]]`\n\n## Own `part`"
    shop.write({"content/posts/a.md": article("A", 2, body)})
    shop.write({"content/posts/p1.md": article("Post 1", 1, "## A part", aliases="[Other name]")})
    built = shop.build(site=NAMES)
    assert built.problems == ()
    text = shop.text(built, "posts/a/index.html")
    for link in ('../p1/">p1</a>', '../p1/">words</a>', '../p1/#a-part">Post 1 &gt; A part</a>'):
        assert link in text
    assert '../p1/">other name</a>' in text
    assert '"#own-part">Own part</a>' in text
    assert "<code>[[p1]]</code>" in text


def test_beside_an_embed_a_name_in_brackets_is_no_sign_that_was_left(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 2, "one [[p1]] and ![[x.png]]")})
    (problem,) = shop.build(site=NAMES).problems
    assert (problem.kind, problem.col) == ("foreign-syntax", 16)


def test_without_the_setting_brackets_are_text(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 2, "[[p1]]")})
    assert "[[p1]]" in shop.text(shop.build(), "posts/a/index.html")


def test_of_two_articles_of_one_name_the_nearest_is_meant(shop: Workshop) -> None:
    shop.write({"content/a/x.md": page("X"), "content/b/x.md": page("X"), "content/b/c/y.md": page("Y", "[[x]]")})
    built = shop.build(site=NAMES)
    assert links_of(shop, built, "b/c/y/index.html") == ["../../x/"]
    shop.write({"content/b/c/x.md": page("X")})
    nearer = shop.build(site=NAMES)
    assert links_of(shop, nearer, "b/c/y/index.html") == ["../x/"]
    assert nearer.root == shop.clean(site=NAMES).root


def test_a_name_that_nothing_has_is_a_dead_link_with_its_place(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 2, "one [[two]] [l](p1.md) [[nobody|x]]")})
    (first, second) = shop.build(site=NAMES, check=LENIENT).problems
    assert (first.line, first.col, first.kind, first.what) == (5, 7, "dead-link", "no article is called two")
    assert (second.line, second.col) == (5, 26)


def test_what_a_link_meant_before_changes_with_an_article_that_appears(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 2, "[l](new.md)")})
    assert len(shop.build(check=LENIENT).problems) == 1
    shop.write({"content/posts/new.md": article("New", 3)})
    built = shop.build(check=LENIENT)
    assert built.problems == ()
    assert links_of(shop, built, "posts/a/index.html") == ["../new/"]


def test_an_id_of_another_tool_leads_to_the_heading(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 1) + "\n[x](b.md#v-1-0) [y](#own-2)\n\n## Own. 2\n"})
    shop.write({"content/posts/b.md": article("B", 2) + "\n## v 1.0\n"})
    shop.write({"content/c.md": page("C") + "\n[z](posts/b.md#v-1-0) [w](posts/b.md#v-10)\n"})
    files = shop.files(shop.build())
    html = files["posts/a/index.html"].decode()
    assert 'href="../b/#v-10"' in html
    assert 'href="#own-2"' in html
    assert files["c/index.html"].decode().count('href="../posts/b/#v-10"') == 2
    assert b"posts/b/#v-10" in files["feed.xml"]
    shop.write({"content/posts/b.md": article("B", 2) + "\n## v 2.0\n"})
    assert [line.split(";")[0] for line in shop.faults()] == [
        "content/c.md:6:5: there is no anchor #v-1-0 in posts/b.md",
        "content/c.md:6:27: there is no anchor #v-10 in posts/b.md",
        "content/posts/a.md:7:5: there is no anchor #v-1-0 in posts/b.md",
    ]
    shop.write({"content/posts/b.md": article("B", 2) + "\n## v-1-0\n"})
    shop.write({"content/c.md": page("C") + "\n[z](posts/b.md#v-1-0)\n"})
    warm = shop.build()
    assert b'href="../b/#v-1-0"' in shop.files(warm)["posts/a/index.html"]
    assert warm.root == shop.clean().root


def test_a_file_beside_an_article_is_reached_at_the_address_of_the_article(shop: Workshop) -> None:
    shop.write({"content/w/x/index.md": page("X", permalink="/2016/x/"), "content/w/x/p.svg": "<svg/>"})
    shop.write({"content/y.md": page("Y", "![p](/2016/x/p.svg)")})
    assert 'src="../w/x/p.svg"' in shop.files(shop.build())["y/index.html"].decode()
    shop.write({"content/y.md": page("Y", "![p](/2016/x/q.svg)")})
    assert shop.faults()[0].startswith("content/y.md:4:6: there is no such image: /2016/x/q.svg")


def test_a_link_to_a_letter_is_left_to_a_template(shop: Workshop) -> None:
    shop.write({"content/y.md": page("Y", "[cache](g) [x](gg)")})
    with pytest.raises(ContentError) as caught:
        shop.build()
    assert [(fault.what.split(":")[0], fault.kind, fault.level) for fault in caught.value.problems] == [
        ("only another tool can fill in this link", "foreign-syntax", "warning"),
        ("there is no such file or article", "dead-link", "error"),
    ]
