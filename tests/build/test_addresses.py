"""Addresses that cannot be: two of one, a file where a folder has to be, a name that no file system holds."""

from pathlib import Path

import pytest

from publisher.cli import main
from tests.build.site import Workshop, article, page

SLUG = "give one of the two another `slug:` or `permalink:`"


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=1)


def test_two_articles_at_one_address_are_told_with_the_place_of_both(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 1, slug="same"), "content/posts/b.md": article("B", 1, slug="same")})
    told = [f"content/posts/b.md:4:7: the address /posts/same/ is taken by content/posts/a.md:4:7; {SLUG}"]
    assert shop.faults() == told
    assert shop.faults() == told  # the articles are known now


def test_an_article_without_a_slug_is_told_at_its_beginning(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A"), "content/posts/b.md": article("B", 1, tags="[x]", slug="a")})
    shop.write({"content/c.md": page("C"), "content/c/index.md": page("C too")})
    assert shop.faults() == [
        f"content/c/index.md:1:1: the address /c/ is taken by content/c.md:1:1; {SLUG}",
        f"content/posts/b.md:5:7: the address /posts/a/ is taken by content/posts/a.md:1:1; {SLUG}",
    ]


def test_names_that_are_one_text_in_unicode_are_one_address(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 1, slug="é"), "content/posts/b.md": article("B", 1, slug="e\u0301")})
    (fault,) = shop.faults()
    assert fault == f"content/posts/b.md:4:7: the address /posts/é/ is taken by content/posts/a.md:4:7; {SLUG}"


def test_a_slug_that_moves_down_a_line_makes_one_page_anew(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 1, slug="x")})
    before = shop.build()
    shop.write({"content/posts/a.md": article("A", 1, draft="false", slug="x")})
    after = shop.build()
    assert (after.root, after.rendered) == (before.root, 1)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"content/a/index.html": "x", "content/a.md": page("A")},
            "content/a/index.html: the address /a/ is taken by content/a.md:1:1; "
            "give content/a.md another `slug:`, or rename the other",
        ),
        (
            {"content/posts/x.md": article("A", permalink="/tags/one/")},
            "content/posts/x.md:4:12: the address /tags/one/ is taken by (the tag page); "
            "give content/posts/x.md another `slug:` or `permalink:`",
        ),
        (
            {"content/a.md": page("A", slug="feed.xml")},
            "content/a.md:3:7: the address of this file needs a folder /feed.xml, "
            "but that is the file of (the site's feed.xml); give content/a.md another `slug:` or `permalink:`",
        ),
        (
            {"content/robots.txt/x.png": "x"},
            "content/robots.txt/x.png: the address of this file needs a folder /robots.txt, "
            "but that is the file of (the site's robots.txt); "
            "rename the file or the folder",
        ),
        (
            {"content/404.html/index.md": page("A")},
            "content/404.html/index.md:1:1: the address of this file needs a folder /404.html, "
            "but that is the file of (the 404 page); "
            "give content/404.html/index.md another `slug:` or `permalink:`",
        ),
        (
            {"content/posts/a.md": article("A", permalink="/tags/")},
            "content/posts/a.md:4:12: the address /tags/ is taken by (the tags page); "
            "give content/posts/a.md another `slug:` or `permalink:`",
        ),
        (
            {"content/a.md": page("A", permalink="/page/1/")}
            | {f"content/posts/more{n}.md": article("More", n) for n in range(1, 7)},
            "content/a.md:3:12: the address /page/1/ is taken by (the list page); "
            "give content/a.md another `slug:` or `permalink:`",
        ),
        (
            {"content/a.md": page("A", permalink="/404.html")},
            "content/a.md:3:12: the address /404.html is taken by (the 404 page); "
            "give content/a.md another `slug:` or `permalink:`",
        ),
        (
            {"content/a.md": page("A", permalink="/404.html"), "content/404.html": "x"},
            "content/a.md:3:12: the address /404.html is taken by content/404.html; "
            "give content/a.md another `slug:`, or rename the other",
        ),
        (
            {"content/a.md": page("A", permalink="/_redirects")},
            "content/a.md:3:12: the address of this file needs a folder /_redirects, "
            "but that is the file of (the site's _redirects); give content/a.md another `slug:` or `permalink:`",
        ),
        (
            {"content/tags/index.html": "x"},
            "content/tags/index.html: the address /tags/ is taken by (the tags page); rename the file",
        ),
        (
            {"content/a": "x", "content/b.md": page("A", slug="a")},
            "content/a: /a must also be a folder, for content/b.md:3:7; "
            "give content/b.md another `slug:`, or rename the other",
        ),
    ],
)
def test_an_article_and_something_else_at_one_address(shop: Workshop, files: dict[str, str], told: str) -> None:
    shop.write(dict(files))
    assert shop.faults() == [told]


def test_a_slug_that_no_address_can_show_has_its_place(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("A", 1, slug="'100%'")})
    what = "the slug holds %, ? or #, which an address cannot show; write another slug"
    assert shop.faults() == [f"content/posts/p1.md:4:7: {what}"]


HAN = "漢" * 85  # 255 bytes in UTF-8
LONG = f"{HAN}a"
GROWS = "\u0958" * 80  # three bytes each, and six as Unicode composes it
COMPOSED = "\u0915\u093c" * 80

TOO_LONG = {
    "slug": (
        {"content/posts/a.md": article("A", 1, slug=LONG)},
        "posts/a.md:4:7: the slug has 256 bytes",
        "make the slug shorter",
    ),
    "tag": (
        {"content/posts/a.md": article("A", 1, tags=f"[one, {LONG}]")},
        "posts/a.md:4:13: the address made of a tag has 256 bytes",
        "make the tag shorter",
    ),
    "a tag that grows": (
        {"content/posts/a.md": article("A", 1, tags="['" + "#" * 43 + "']")},
        "posts/a.md:4:8: the address made of a tag has 257 bytes",
        "make the tag shorter",
    ),
    "a file name that grows": (
        {f"content/posts/{'Ⱥ' * 86}.md": article("A")},  # two bytes each, and three in lower case
        f"posts/{'Ⱥ' * 86}.md:1:1: the address made of the file name has 258 bytes",
        "add a shorter `slug:`",
    ),
    "a folder that grows": (
        {f"content/{GROWS}/a.md": page("A")},
        f"{COMPOSED}/a.md:1:1: the name of a folder has 480 bytes",
        "rename the folder",
    ),
}


@pytest.mark.parametrize("kind", TOO_LONG)
def test_a_name_that_is_too_long_is_told_with_its_article(shop: Workshop, kind: str) -> None:
    files, told, hint = TOO_LONG[kind]
    shop.write(dict(files))
    assert shop.faults() == [f"content/{told}, and at most 255 are allowed; {hint}"]


def test_a_name_of_just_the_most_bytes_is_built(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 1, slug=HAN, tags=f"[one, {HAN}]"), f"content/{HAN[:-1]}": "x"})
    shop.write({f"content/posts/{'Ⱥ' * 85}.md": article("B")})
    files = shop.files(shop.build())
    assert {f"posts/{HAN}/index.html", f"tags/{HAN}/index.html", f"posts/{'ⱥ' * 85}/index.html"} <= files.keys()


def test_a_file_that_grows_when_it_is_composed_is_told(shop: Workshop) -> None:
    shop.write({f"content/{GROWS}.png": "x"})
    (told,) = shop.faults()
    assert told.endswith(".png: this name has 484 bytes, and at most 255 are allowed; make the name shorter")


@pytest.mark.parametrize("command", ["check", "build"])
def test_the_program_tells_each_article_once(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Workshop(tmp_path, posts=0)
    shop.write({"publish.toml": '[site]\ntitle = "T"\n'})
    shop.write(
        {"content/posts/a.md": article("A", 1, slug=LONG, tags=f"[{LONG}]"), "content/b.md": page("B", slug=LONG)}
    )
    with pytest.raises(SystemExit) as left:
        main(["-C", str(shop.folder), command])
    said = capsys.readouterr().err
    assert left.value.code == 3
    assert [line.partition(": ")[0] for line in said.splitlines() if line.startswith("content")] == [
        "content/b.md:3:7",
        "content/posts/a.md:4:7",
        "content/posts/a.md:5:8",
    ]
    shop.write({"content/posts/a.md": article("A", 1, slug=HAN, tags=f"[{HAN}]"), "content/b.md": page("B", slug=HAN)})
    with pytest.raises(SystemExit) as left:
        main(["-C", str(shop.folder), command, "--all"])
    assert left.value.code == 0
    assert (shop.folder / "_site/posts" / HAN / "index.html").is_file() == (command == "build")


def test_an_old_address_that_is_taken_has_no_rule(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, posts=0)
    shop.write(
        {
            "content/posts/a.md": article("A", 1),
            "content/posts/b.md": article("B", 2, aliases="[/posts/a/, /elsewhere/]"),
        }
    )
    rules = shop.files(shop.build())["_redirects"].decode()
    assert "/elsewhere/ /posts/b/ 301" in rules
    assert "/posts/a/ " not in rules
