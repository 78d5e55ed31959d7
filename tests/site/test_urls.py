import html as entities
import unicodedata
from urllib.parse import unquote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site import urls

NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/"), min_size=1, max_size=12
).filter(lambda s: s not in {".", ".."})
URLS = st.builds(
    lambda parts, slash: "/".join(parts) + ("/" if parts and slash else ""), st.lists(NAMES, max_size=4), st.booleans()
)


def nowhere(path: str) -> str | None:
    return None


@given(URLS, URLS)
def test_a_relative_reference_leads_from_any_page_to_any_other_under_every_mount(start: str, end: str) -> None:
    for mount in ("http://h/", "http://h/ipfs/bafy/"):
        reached = urljoin(mount + urls.encode(start), urls.relative(start, end))
        assert reached == mount + urls.encode(end)


@pytest.mark.parametrize(
    ("start", "end", "way"),
    [
        ("", "posts/a/", "posts/a/"),
        ("posts/a/", "", "../../"),
        ("posts/a/", "posts/b/", "../b/"),
        ("posts/a/", "posts/a/", "./"),
        ("posts/a/", "posts/a/x.png", "x.png"),
        ("404.html", "style.css", "style.css"),
        ("", "", "./"),
        ("", "a:b/", "a%3Ab/"),
        ("posts/a/", "posts/写作/", "../%E5%86%99%E4%BD%9C/"),
    ],
)
def test_the_way_between_two_pages(start: str, end: str, way: str) -> None:
    assert urls.relative(start, end) == way


@given(NAMES, st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8))
def test_a_target_gives_back_the_parts_it_was_made_of(path: str, fragment: str) -> None:
    assert urls.split(urls.target(path, fragment)) == (path, fragment, "")
    assert urls.split(urls.target(path, fragment, "a=1&b=%23")) == (path, fragment, "a=1&b=%23")


def test_marks_are_replaced_and_nothing_else() -> None:
    code = '<pre>href="/x" {}%00</pre>'
    html = f'<a href="{urls.mark("posts/b.md#写")}">b</a>{code}<img src="{urls.mark("images/a b.png")}">'
    addresses = {"posts/b.md": "posts/b/", "images/a b.png": "images/a b.png"}
    assert list(urls.targets(html)) == ["posts/b.md#写", "images/a b.png"]
    assert urls.place(html, "posts/a/", addresses.get) == (
        '<a href="../b/#%E5%86%99">b</a><pre>href="/x" {}%00</pre><img src="../../images/a%20b.png">'
    )
    assert urls.absolute(html, "https://e.org/", addresses.get) == (
        '<a href="https://e.org/posts/b/#%E5%86%99">b</a><pre>href="/x" {}%00</pre>'
        '<img src="https://e.org/images/a%20b.png">'
    )


def test_an_own_anchor_stays_on_its_page_and_leads_home_from_another() -> None:
    html = urls.mark("posts/a.md#x")
    assert urls.place(html, "posts/a/", {"posts/a.md": "posts/a/"}.get) == "#x"
    assert urls.place(html, "", {"posts/a.md": "posts/a/"}.get) == "posts/a/#x"


def test_an_address_needs_no_look_up_and_keeps_its_query() -> None:
    assert (
        urls.place(urls.mark("/tags/写作/?a=1&b=2#top"), "posts/a/", nowhere)
        == "../../tags/%E5%86%99%E4%BD%9C/?a=1&amp;b=2#top"
    )
    assert urls.place(urls.mark("/"), "posts/a/", nowhere) == "../../"


def test_an_unknown_path_stays_inside_the_mount() -> None:
    assert urls.place(urls.mark("gone.png"), "posts/a/", nowhere) == "../../gone.png"


@given(NAMES, st.text(max_size=5).filter(lambda s: "\0" not in s))
def test_what_is_put_in_needs_no_quoting(name: str, around: str) -> None:
    placed = urls.place(around + urls.mark(urls.target("/" + name)) + around, "", nowhere)
    inner = placed[len(around) : len(placed) - len(around)]
    assert not set(inner) & set("\"'<>& ,\0")
    assert unquote(entities.unescape(inner)) == name


def test_a_mark_that_does_not_end_is_refused() -> None:
    with pytest.raises(ValueError, match="mark"):
        urls.place("a\0b", "", nowhere)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("写作：第一步", "写作-第一步"),
        ("हिन्दी में", "हिन्दी-में"),
        ("Café", "café"),
        ("snake_case v1.2", "snake_case-v1-2"),
        ("İstanbul", unicodedata.normalize("NFC", "i̇stanbul")),
        ("--!--", ""),
    ],
)
def test_slugs_keep_every_script(text: str, slug: str) -> None:
    assert urls.slug(text) == slug


@given(st.text(max_size=20))
def test_a_slug_is_its_own_slug_and_is_nfc(text: str) -> None:
    once = urls.slug(text)
    assert urls.slug(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("path", "own", "url"),
    [
        ("index.md", "", ""),
        ("about.md", "", "about/"),
        ("posts/first.md", "", "posts/first/"),
        ("posts/first/index.md", "", "posts/first/"),
        ("posts/My Trip/index.md", "", "posts/My Trip/"),
        ("posts/My Trip.md", "", "posts/my-trip/"),
        ("posts/2016-9-02-trip.Markdown", "", "posts/trip/"),
        ("posts/2016-09-02.mdx", "", "posts/2016-09-02/"),
        ("posts/2016-13-02-trip.md", "", "posts/2016-13-02-trip/"),
        ("posts/2016-09-02-trip/index.htm", "", "posts/2016-09-02-trip/"),
        ("posts/first.md", "a/b", "posts/a/b/"),
        ("posts/first/index.md", "second", "posts/second/"),
        ("posts/first.md", "写作", "posts/写作/"),
        ("posts/!.md", "", ""),
    ],
)
def test_where_an_article_lives(path: str, own: str, url: str) -> None:
    assert urls.permalink(path, own) == url


def test_pages_are_folders_with_an_index_and_files_are_themselves() -> None:
    assert [urls.file_of(u) for u in ("", "posts/a/", "404.html")] == ["index.html", "posts/a/index.html", "404.html"]
