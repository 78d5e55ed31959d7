"""Links that begin with / become relative where that is certain, and every other byte stays."""

import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.dag import walk
from publisher.dag.unixfs import MODERN
from publisher.html.places import places
from publisher.intake.folder import AddedFolder, add_folder
from publisher.intake.relative import relative_page, relative_style
from publisher.intake.relative_folder import RelativeCounts, RelativeLinks
from publisher.intake.script_paths import ScriptPaths
from tests.stores.sites import Blocks

KNOWN = {b"", b"index.html", b"b", b"b/index.html", b"b.png", b"b.css", b"it's", b"b:c", "文章".encode(), b"p/q", b"p"}
HERE = "p/q/index.html"


def page(html: str, path: str = HERE) -> str:
    return relative_page(html, path, KNOWN).data().decode()


def why(html: str, path: str = HERE) -> list[str]:
    changed = relative_page(html, path, KNOWN)
    assert not changed.slashes, changed.data()
    return [link.why.split()[1] for link in changed.left]


@pytest.mark.parametrize(
    ("written", "path", "made"),
    [
        ('<a href="/">', "index.html", '<a href="./">'),
        ('<a href="/b:c">', "index.html", '<a href="./b:c">'),
        ('<a href="/?q=1#x">', "about.html", '<a href="./?q=1#x">'),
        ('<a href="/b/?a=1&amp;b=2#c">', HERE, '<a href="../../b/?a=1&amp;b=2#c">'),
        ("<A  HREF = '/b'\n\tid=x >", HERE, "<A  HREF = '../../b'\n\tid=x >"),
        ("<a href=/>x</a>", HERE, "<a href=../../>x</a>"),
        ("<img src=/b.png alt=/b.png>", HERE, "<img src=../../b.png alt=/b.png>"),
        ('<a href="  /b">', HERE, '<a href="  ../../b">'),
        ('<a href="/it&#39;s">', HERE, '<a href="../../it&#39;s">'),
        ('<a href="/文章/"><a href="/%E6%96%87%E7%AB%A0">', "x", '<a href="./文章/"><a href="./%E6%96%87%E7%AB%A0">'),
        ('<img srcset="/b.png 1x, c.png 2x,\n/b.png 3x">', "p/x", '<img srcset="../b.png 1x, c.png 2x,\n../b.png 3x">'),
        ('<link rel=preload imagesrcset="/b.png 2x">', "x", '<link rel=preload imagesrcset="./b.png 2x">'),
        ('<meta http-equiv=refresh content="0; url=/b/">', "x", '<meta http-equiv=refresh content="0; url=./b/">'),
        ("<p style=\"background:url('/b.png')\">", "p/x", "<p style=\"background:url('../b.png')\">"),
        ("<p style=background:url(&quot;/b.png&quot;)>", "x", "<p style=background:url(&quot;./b.png&quot;)>"),
        ("<style>@import '/b';a{b:url( /b.png )}</style>", "x", "<style>@import './b';a{b:url( ./b.png )}</style>"),
        ('<svg><use xlink:href="/b.png#i"/></svg>', "x", '<svg><use xlink:href="./b.png#i"/></svg>'),
        ('<form action="/b/"><video poster=/b.png>', "x", '<form action="./b/"><video poster=./b.png>'),
        ('<link rel="alternate stylesheet" href="/b.css">', "x", '<link rel="alternate stylesheet" href="./b.css">'),
        ('\ufeff<a title="é" href="/b">', "x", '\ufeff<a title="é" href="./b">'),
        ('<base href="/"><a href="/b"><a href="#x">', HERE, '<base href="../../"><a href="./b"><a href="#x">'),
        ('<base id=x><base href="/b/"><img src=/b.png>', "x", '<base id=x><base href="./b/"><img src=../b.png>'),
        ('<base href=".."><img src=/b.png>', HERE, '<base href=".."><img src=../b.png>'),
        ('<base href="../"><a href="/b"><base href="/">', "p/x", '<base href="../"><a href="./b"><base href="/">'),
    ],
)  # fmt: skip
def test_only_the_slash_at_the_beginning_of_a_link_changes(written: str, path: str, made: str) -> None:
    assert page(written, path) == made


@pytest.mark.parametrize(
    "html",
    [
        '<a href="//b/"><a href="/\\b/"><a href="b/"><a href="https://b/b"><a href="#/b"><a href="?/b">',
        '<!-- <a href="/b"> --><textarea><a href="/b"></textarea><title><a href="/b"></title>',
        "<script>x = '<a href=\"/b\">'; y = 'url(/b.png)'; import('/b.png')</script>",
        '<script type="application/json">{"src": "/b.png"}</script>',
        '<pre>&lt;a href="/b"&gt;</pre><p title="/b" data-src="/b.png" data="/b">href="/b"</p>',
        '<a href="b" href="/b">',
        '<link rel=canonical href="/b"><link rel=alternate hreflang=de href="/b"><link rel=preconnect href="/">',
        "<style>/* url(/b.png) */ a::after { content: 'url(/b.png)' }</style>",
        '<plaintext><a href="/b">',
    ],
)
def test_what_is_no_link_of_the_site_is_not_even_counted(html: str) -> None:
    changed = relative_page(html, HERE, KNOWN)
    assert (changed.data().decode(), changed.slashes, changed.left) == (html, (), ())


@pytest.mark.parametrize(
    ("html", "reasons"),
    [
        ('<a href="/gone"><a href="/b/../b"><a href="/./b">', ["to"] * 3),
        ('<a href="&#47;b"><a href="/&#9;b">', ["written"] * 2),
        ('<meta property="og:image" content="/b.png">', ["in"]),
        ('<a ping="/b"><my-card href="/b"><p src="/b.png">', ["in"] * 3),
        ('<svg><![CDATA[ > <a href="/b"> ]]></svg>', ["in"]),
        ('<base href="https://host/"><a href="/b">', ["on"]),
        ('<base href="/p%2Fq/"><a href="/b">', ["on"]),
        ('<base href="../x%2Fy/"><a href="/b">', ["on"]),
        ('<base href="/gone/"><a href="/b">', ["on"]),
        ('<base href="../../../"><a href="/b">', ["on"]),
        ('<template><base href="/"></template><a href="/b">', ["on"]),
        ('<link rel=stylesheet href="/b.css"><base href="./">', ["on"]),
        ('<p style="--i: url(/b.png)"><style>a{--i:url( "/b.png")}</style>', ["in"] * 2),
        ("<meta http-equiv=content-security-policy content=\"style-src 'sha256-x'\"><p style='a:url(/b.png)'>", ["in"]),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_left_with_its_reason(html: str, reasons: list[str]) -> None:
    assert why(html) == reasons


def test_style_sheets_count_from_their_own_folder() -> None:
    css = b"@namespace url(/b); @import url(/b.css); a{b:url('/b.png?#x')}b{--c: (';' url(/b.png)); d:url(/b.png)}"
    css += b"/* url(/b) */"
    made = relative_style(css.decode(), "p/b.css", KNOWN)
    assert made.data().replace(b"../", b"/") == css
    assert made.data().count(b"../") == 3
    assert [(link.why.split()[2], css[link.start :][:6]) for link in made.left] == [
        ("custom", b"/b); @"),
        ("custom", b"/b.png"),
    ]


def test_offsets_lead_back_to_the_bytes_of_the_file() -> None:
    html = '文<a href="/b">é<img src=/b.png srcset="/b.png 2x"><p style="b:url(/b.png)">文'
    made = relative_page(html, HERE, KNOWN)
    new, old, back = made.data(), html.encode(), made.back()
    for mark in (b"<a", b"<img", b"b.png 2x", b"<p", b"b.png)", b"\xe6\x96\x87"):
        assert back(new.rindex(mark)) == old.rindex(mark)
    assert back(new.index(b"../../b")) == old.index(b"/b")


PIECES = [
    *("<a href=", "<img src=", "<base href=", "<link href=", "<p style=", "<img srcset=", "<iframe srcdoc=", ">", "/>"),
    *("<style>", "</style>", "<script>", "</script>", "<!--", "-->", "<svg>", "<template>", "<textarea>", "<![CDATA["),
    *("url(", "src(", "image-set(", ")", "@import ", "--x:", "/*", "*/", "{", "}", ";", "'", '"', " ", " 2x,", "é"),
    *("/", "/b", "/b/", "/b.png", "/b.css#x", "/p/q?a=/b", "b", "../b", "//h/b", "https://h/b", "/gone", "&#47;b"),
    *(" /b ", "/b/../b", "#a", "", "..", "p/", "/%62", "/b%2Fc/", "/&#47;b", "/\\b", "\\"),
]


def meant(html: bytes, url: str) -> list[str]:
    """Where each address of a page leads, if the page is shown at `url`."""
    found = list(places(html))
    base = next((place.text for place in found if place.tag == "base"), "")
    return [urljoin(urljoin(url, base.strip()), place.text.strip()) for place in found if place.tag != "base"]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(["index.html", HERE, "p/x"]))
def test_each_link_that_changes_leads_to_the_same_file_below_a_root_of_ipfs(html: str, path: str) -> None:
    changed = relative_page(html, path, KNOWN)
    before, after = meant(html.encode(), f"https://h/{path}"), meant(changed.data(), f"https://h/ipfs/R/{path}")
    written = zip(list(places(html.encode())), list(places(changed.data())), strict=True)
    same = [old.text == new.text for old, new in written if old.tag != "base"]
    for old, new, kept in zip(before, after, same, strict=True):
        assert kept or new == old.replace("https://h/", "https://h/ipfs/R/", 1)


SITE = {
    "404.html": '<a href="/">home</a>',
    "app.html": '<a href="/">home</a>',
    "index.html": '<link rel=stylesheet href="/hashed.css" integrity="x"><a href="/posts/one/">\n<a href="/api">',
    "hashed.css": "a{b:url(/b.png)}",
    "css/free.css": "a{b:url(/b.png)}",
    "latin.html": '<a href="/">caf\xe9',
    "b.png": "",
    "posts/one/index.html": '<a href="/">文</a>',
    "large.html": '<a href="/">' + " " * (4 << 20),
    "_redirects": "/x/* /app.html 200\n/old / 301\n",
    "main.js": 'fetch("/posts/one/")',
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode("latin-1" if path == "latin.html" else "utf-8"))
    return folder


def add(folder: Path, *, relative: bool) -> tuple[AddedFolder, dict[str, bytes], list[str]]:
    blocks, said = Blocks(), list[str]()
    added = add_folder(folder, MODERN, blocks.put, said.append, relative=relative, judge=lambda _: {"app.html"})
    files = walk.files(blocks.get, added.root)
    return added, {path: b"".join(walk.cat(blocks.get, link.cid)) for path, link in files}, said


def test_a_folder_keeps_every_file_that_may_not_change_and_says_why(tmp_path: Path) -> None:
    folder = write(tmp_path, SITE)
    before = {path: (folder / path).read_bytes() for path in SITE}
    added, files, said = add(folder, relative=True)
    changed = {path for path, data in files.items() if data != before[path]}
    assert changed == {"index.html", "css/free.css", "posts/one/index.html"}
    assert files["posts/one/index.html"].decode() == '<a href="../../">文</a>'
    assert added.relative == RelativeCounts(links=4, files=3, left=4)
    assert {path: (folder / path).read_bytes() for path in SITE} == before
    told = [line for line in said if "left as" in line]
    assert [line.split(", because")[0] for line in told] == [
        "404.html:1:10: /: left as it is",
        "hashed.css:1:9: /b.png: left as it is",
        "index.html:2:10: /api: left as it is",
        "left as they are",
    ]
    assert "(and 1 more link in 2 files)" in told[0]
    assert told[3].endswith("large.html and 1 more file")
    assert any(line.startswith("index.html:2:10: /api leads out of the site") for line in said)
    assert not any("--relative" in line for line in said)


def test_a_path_in_a_script_is_told_where_the_file_of_the_author_has_it(tmp_path: Path) -> None:
    html = "<a href=/b.png></a>" * 9 + "<script>fetch('/b.png')</script>"
    _, files, said = add(write(tmp_path, {"index.html": html, "b.png": ""}), relative=True)
    assert len(files["index.html"]) == len(html) + 9
    assert f"index.html:1:{html.index('/b.png', -30) + 1}: /b.png: scripts in a file contain a path" in said[0]


def test_the_first_link_is_told_whatever_the_names_of_the_files_are() -> None:
    files = {
        "a:z.html": '<a href="/api">',
        "a:b.html": '<a href="/api">',
        "c.js": 'fetch("/x")',
        "a:a.js": 'fetch("/x")',
    }
    names = ("index.html", *sorted(files))
    for order in (names, names[::-1]):
        changes, scripts = RelativeLinks(KNOWN), ScriptPaths(KNOWN)
        for name in order:
            text = files.get(name, "").encode()
            changes.change(name, text)
            scripts.script(name, text)
        assert [line.partition(" ")[0] for line in changes.warnings()] == ["a:b.html:1:10:"]
        assert [line.partition(" ")[0] for line in scripts.warnings()] == ["a:a.js:1:8:"]


def test_without_the_option_the_number_of_links_that_fail_is_said(tmp_path: Path) -> None:
    folder = write(tmp_path, SITE)
    added, files, said = add(folder, relative=False)
    assert added.relative == RelativeCounts()
    assert files["index.html"].decode() == SITE["index.html"]
    assert said[-1].startswith("8 links that begin with / fail below /ipfs/ROOT/ of a gateway; --relative makes")
    assert "main.js:1:8: /posts/one/: scripts in a file contain a path at the root of the host" in said[0] + said[1]


def test_the_root_does_not_depend_on_the_order_on_the_disk(tmp_path: Path) -> None:
    one = write(tmp_path / "one", SITE)
    two = write(tmp_path / "two", dict(reversed(SITE.items())))
    assert add(one, relative=True)[0].root == add(two, relative=True)[0].root


@pytest.mark.parametrize(
    "part", ["<a href='/b'>", "--a:", "<base href=/>", "<style>--a:url(/b.png", "<![CDATA[", "<p style='--a:("]
)
def test_a_hostile_page_takes_linear_time(part: str) -> None:
    html = part * ((1 << 19) // len(part))
    start = time.process_time()
    relative_page(html, HERE, KNOWN)
    relative_style(html, HERE, KNOWN)
    RelativeLinks(KNOWN).change("x.html", html.encode())
    assert time.process_time() - start < 8
