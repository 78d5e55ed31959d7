"""What other tools' pages link to, looked at as a gateway would serve them."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from publisher.dag.cid import Block
from publisher.dag.unixfs import MODERN
from publisher.errors import StateError
from publisher.intake.batch_writer import BatchWriter
from publisher.intake.folder import add_folder
from publisher.intake.linkcheck import READ, SOME, Pages
from tests.stores.sites import Blocks

CSS = "css/style.css"


def told(files: Mapping[str, str], own: str = "", *, every: bool = True) -> list[str]:
    """The warnings for a site of these files."""
    folders = {"", *("/".join(path.split("/")[:n]) + "/" for path in files for n in range(1, path.count("/") + 1))}
    pages = Pages(list(files), sorted(folders), own, every=every)
    for path, text in files.items():
        pages.look(path, text.encode())
    return list(pages.warnings())


def site(page: str, path: str = "posts/one/index.html") -> dict[str, str]:
    return {path: page, "index.html": "<p>", CSS: "", "文章/index.html": "", "assets/a b.png": "", "about.html": ""}


FINE = [
    '<a href="../../">',
    '<a href="../..">',
    '<a href="../../index.html#top">',
    '<a href="#here">',
    '<a href="?q=1">',
    '<a href="">',
    '<a href="../../文章/">',
    '<a href="../../%E6%96%87%E7%AB%A0/">',
    '<a href="../../%E6%96%87%E7%AB%A0">',
    "<img src='../../assets/a%20b.png'>",
    "<img src=../../assets/a%20b.png>",
    '<link rel="stylesheet" href="../../css/style.css?v=2">',
    '<a href="https://example.org/x"><a href="//example.org/x"><a href="mailto:a@b"><a href="ipns://x">',
    '<a href="./../one/index.html">',
    '<a href="../../css/../about.html">',
    '<pre><code>&lt;a href="/css/x.css"&gt; and href="../../../x"</code></pre>',
    '<script>x.innerHTML = "<a href=" + y + ">" + `<a href="${z}">`; y = \'href="/nowhere"\'</script>',
    '<!-- <a href="/old">-->',
]


@pytest.mark.parametrize("page", FINE)
def test_links_that_work_everywhere_are_no_matter(page: str) -> None:
    assert told(site(page)) == []


WRONG = {
    '<a href="/css/style.css">': "1:10: /css/style.css leads out of the site where a gateway shows it",
    "<a\nhref=/about.html>": "2:6: /about.html leads out",
    '<base href="/">': "1:13: / is a <base>",
    '<a href="../../../x">': "1:10: ../../../x leads out of the site",
    '<a href="../two/">': "1:10: ../two/ leads nowhere",
    '<a href="../../about">': "1:10: ../../about leads nowhere",
    '<a href="../../css/">': "1:10: ../../css/ leads to a folder without index.html",
    '<img src="x.png">': "1:11: x.png leads nowhere",
    '<a href="../&amp;/">': "1:10: ../&/ leads nowhere",
    '<a href="../第二/">': "1:10: ../第二/ leads nowhere",
}


@pytest.mark.parametrize("page", WRONG)
def test_links_that_do_not_are_told_with_their_place(page: str) -> None:
    found = told(site(page))
    assert len(found) == 1
    assert found[0].startswith(f"posts/one/index.html:{WRONG[page]}")


ROOTED = [
    '<a href="/b/">',
    "<a href='/b/'>",
    "<a href=/b/>",
    "<a href=/b/\nclass=x>",
    '<A HREF="/b/">',
    '<a href = "/b/">',
    '<a\nhref\n=\n"/b/">',
    '<a href=" /b/">',
    '<a href="\t\n/b/">',
    '<a href="\x01/b/">',
    '<a href="&#47;b/">',
    "<a href=&#x2F;b/>",
    '<a href="&sol;b/">',
    '<a href="&#32;/b/">',
    '<a href="\\b/">',
    '<a href="&bsol;b/">',
    '<a href="/\n\nb/">',
    '<a href="/b:c/">',
    '<a href="/b c/">',
    '<a href="/it\'s/">',
    '<a href="/b/>',
    '<a href="/b/"',
    '<a title="a > b" href="/b/">',
    "<a title=it's href='/b/'>",
    '<a title="<b>"href="/b/">',
    '<a/href="/b/">',
    '<area href="/b/">',
    '<link rel=stylesheet HREF="/b.css">',
    '<link rel="preload" as="image" imagesrcset="/b.png 2x, c.png 1x" href="../../assets/a%20b.png">',
    '<img src="/b.png">',
    '<img SRC="/b.png">',
    '<img src="../../assets/a%20b.png" srcset="/b.png 2x">',
    '<img srcset="../../assets/a%20b.png, /b.png 2x">',
    '<img srcset="../../assets/a%20b.png 1x,\n/b.png 2x">',
    '<picture><source srcset="&#47;b.webp" type="image/webp"></picture>',
    '<video poster="/b.png">',
    '<audio><source src="/b.mp3"><track src="/b.vtt"></audio>',
    '<form action="/b/">',
    '<form><button formaction="/b/">',
    '<input type="image" src="/b.png">',
    '<object data="/b.swf">',
    '<object archive="c.jar /b.jar">',
    '<embed src="/b.swf"><param name="movie" value="/b.swf">',
    '<applet code="/b.class">',
    '<blockquote cite="/b/">',
    '<body background="/b.png">',
    '<html manifest="/b.appcache">',
    '<head profile="/b/">',
    '<img longdesc="/b/">',
    '<a href="../../" ping="../ /b/">',
    '<meta http-equiv="refresh" content="0; url=/b/">',
    "<META CONTENT='5;URL=\"/b/\"' HTTP-EQUIV=Refresh>",
    '<meta content="0;/b/" http-equiv="refresh">',
    '<meta property="og:image" content="/b.png">',
    '<meta name="twitter:image" content="/b.png">',
    '<meta name="msapplication-TileImage" content="/b.png">',
    '<meta itemprop="image" content="/b.png">',
    '<div style="background:url(/b.png)">',
    "<div style='background: URL( \"/b.png\" )'>",
    '<div style="background:url(&quot;/b.png&quot;)">',
    "<div style=background:url(/b.png)>",
    '<style>body{background:url("/b.png")}</style>',
    "<style>@import '/b.css';</style>",
    "<style>@import url(/b.css);</style>",
    '<style>a{background:image-set("/b.png" 1x, "c.png" 2x)}</style>',
    '<style>a{background:image-set("../../assets/a b.png" 1x, "/b.png" 2x)}</style>',
    "<style>a{background:url(\\2f b.png)}</style>",
    '<svg><a xlink:href="/b/"></a></svg>',
    '<svg><use href="/b.svg#i"/></svg>',
    '<svg><rect fill="url(/b.svg#g)"/></svg>',
    '<svg><image XLINK:HREF="/b.png"/></svg>',
    '<iframe src="/b/">',
    '<iframe srcdoc="<a href=/b/>">',
    '<iframe srcdoc="&lt;a href=&quot;/b/&quot;&gt;">',
    '<script src="/b.js"></script>',
    '<script type="importmap">{"imports": {"b": "/b.js"}}</script>',
    '<script type="module">import b from "/b.js"</script>',
    '<script type="module">\nimport "/b.js"; b()</script>',
    '<script type="speculationrules">{"prefetch": [{"urls": ["/b/"]}]}</script>',
    '<noscript><img src="/b.png"><a href="/b/"></noscript>',
    '<template><form action="/b/"></template>',
    '<!-- x --><p><!----><form action="/b/">',
    '<script>"</scripty>"</script><form action="/b/">',
    '<title>t</title><textarea>t</textarea><form action="/b/">',
]


@pytest.mark.parametrize("page", ROOTED)
def test_links_to_the_root_of_the_host_are_told_in_every_form(page: str) -> None:
    found = told(site(page))
    assert any("leads out of the site where a gateway" in line for line in found), found
    line, col = map(int, found[0].split(":")[1:3])
    assert page.split("\n")[line - 1][col - 1 :]


NOT_ROOTED = [
    '<a href="//host/b/"><form action="//host/b/"><div style="background:url(//host/b.png)">',
    '<a href="/\\host/"><a href="\\\\host/"><a href="/\t/host/">',
    '<img srcset="//host/b.png 2x, https://host/b.png 1x">',
    '<!-- <form action="/b/"> --><!x <form action="/b/">',
    "<!-- > <form action=/b/> --!>",
    '<p>action="/b/" style="url(/b.png)" srcset="/b.png 2x"</p>',
    '<script>x = \'<form action="/b/">\'; y = "url(/b.png)"; import("/b.js")</script>',
    '<script type="application/ld+json">{"url": "/b/"}</script>',
    '<textarea><form action="/b/"></textarea><title><form action="/b/"></title>',
    """<style>a::after { content: "url(/b/) and \\" url(/b/)" } b::after { content: 'src(/b/)' }</style>""",
    '<style>/* url(/b.png) */ a::after { content: "/b/" }</style>',
    '<meta name="description" content="/b/ is where it begins">',
    '<div data-target="/b/" data="/b/" title="/b/" aria-label="/b/">',
    '<form action="{{ site }}/b/"><a href="/{{ page }}/">',
    '<form action="../b/"><form action="?q=/b/"><form action="https://host/b/">',
    '<img alt="/b/" srcset="../../assets/a%20b.png 2x">',
    '<pre><code>&lt;form action="/b/"&gt;</code></pre>',
    '<link rel="canonical" href="/b/"><link href=" /b/feed" rel=alternate>',
]


@pytest.mark.parametrize("page", NOT_ROOTED)
def test_what_leads_elsewhere_or_is_no_link_is_no_matter(page: str) -> None:
    assert [line for line in told(site(page)) if "leads out" in line] == []


def test_drawings_and_manifests_are_looked_at_too() -> None:
    files = site("") | {
        "icon.svg": '<svg xmlns="x"><a href="/b/"><rect fill="url(#g)"/></a></svg>',
        "site.webmanifest": '{"name": "/x", "start_url": "/", "icons": [{"src": "/i.png"}]}',
        "assets/manifest.json": '{"icons": [{"src": "i.png"}]}',
        "broken.webmanifest": "[" * 100_000,
    }
    assert sorted(line.split(" leads")[0] for line in told(files)) == [
        "icon.svg:1:25: /b/",
        "site.webmanifest:1:30: /",
        "site.webmanifest:1:53: /i.png",
    ]


def test_what_is_text_on_one_page_is_a_link_on_another_all_the_same() -> None:
    decoys = {
        f"a/{n:03}.html": f'<!-- <a href="/b/"><form action="/c/"> <a href="/decoy/{n}">-->' for n in range(2 * READ)
    }
    found = told(decoys | {"z.html": '<a href="/b/"><form action="/c/">', "index.html": ""})
    assert [line.split(" leads")[0] for line in found] == ["z.html:1:10: /b/", "z.html:1:29: /c/"]


def test_the_same_in_every_form_and_page_is_counted_once_a_page() -> None:
    page = '<a href="/b/"><form action="/b/"><div style="background:url(/b/)"><a href="/b/">'
    found = told({f"p/{n:03}/index.html": page for n in range(100)})
    assert found == [
        "p/000/index.html:1:10: /b/ leads out of the site where a gateway shows it below /ipfs/ROOT/;"
        " write it relative to the page (and on 99 more pages)"
    ]


HOSTILE = {
    "tags": "<a ",
    "quotes": '<a href="',
    "attributes": 'href="/b" action=/c ',
    "in one tag": "<link " + 'href="/b" ' * 3,
    "comments": "<!-- ",
    "raw": "<style><script><title>",
    "urls": "<b style='url(",
    "import": "<style>@import ",
    "sets": "<style>image-set(",
    "srcset": "<img srcset='/a, (",
    "modules": "<script type=module>\nimport\nimport ",
    "srcdoc": "<iframe srcdoc='&lt;iframe srcdoc=&quot;",
    "meta": "<meta property=og:og:og: content=/b>",
    "entities": "<a href=&#47&#47;b>",
    "brackets": "<script type=importmap>[[[[",
    "distinct": None,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_that_means_harm_takes_a_time_that_grows_as_it_does(name: str) -> None:
    def page(size: int) -> bytes:
        part = HOSTILE[name]
        if part is None:
            return "".join(f"<form action=/b/{n}>" for n in range(size // 20)).encode()
        return (part * (size // len(part))).encode()

    def took(size: int) -> float:
        pages, data = Pages(["p.html"], [""], every=True), page(size)
        start = time.process_time()
        pages.look("p.html", data)
        lines = list(pages.warnings())
        assert len(lines) <= 12
        return time.process_time() - start

    took(1000)
    assert took(1 << 20) < 6


def test_root_links_are_right_in_the_page_for_what_is_missing() -> None:
    assert told(site('<a href="/about.html">', "404.html")) == []


def test_style_sheets_are_looked_at_too() -> None:
    files = site("") | {
        CSS: "a { background: url(/img/x.png) }\n@import 'gone.css'; /* url(/no) */ b { src: url(data:x) }"
    }
    assert [line.partition(" lead")[0] for line in told(files)] == [
        "css/style.css:1:21: /img/x.png",
        "css/style.css:2:10: gone.css",
    ]


def test_links_to_the_sites_own_address_lead_away_from_the_copy() -> None:
    own = "https://example.eth.limo/"
    page = f'<link rel="canonical" href="{own}posts/one/"><link rel=alternate href={own}feed.xml>'
    assert told(site(page), own) == []
    found = told(site(page + f'<script src="{own}x.js">'), own)
    assert len(found) == 1
    assert "https://example.eth.limo/x.js leads to the site's own address" in found[0]


def test_hundreds_of_the_same_are_one_line() -> None:
    files = {
        f"p/{n:03}/index.html": '<link href="/style.css"><a href="/a"><a href="/b"><a href="/c">' for n in range(300)
    }
    found = told(files)
    assert len(found) == 4
    assert all("(and on 299 more pages)" in line for line in found[:3])
    assert found[3] == "1 more link that begins with /"


def test_each_page_with_another_fault_is_told_in_few_lines_and_little_time() -> None:
    text = "<p>文章</p>\n" * 2000
    files = {f"p/{n:04}/index.html": f'{text}<a href="/only/{n}">{text}' for n in range(400)}
    start = time.process_time()
    found = told(files)
    assert time.process_time() - start < 3
    assert len(found) == 4
    assert found[3] == f"{400 - 3} more links that begin with /"
    assert READ < 400


@pytest.mark.parametrize(("count", "looked"), [(SOME, SOME), (SOME + 1, SOME // 2 + 1)])
def test_of_a_large_site_some_pages_are_looked_at(count: int, looked: int) -> None:
    files = {f"p/{n:05}/index.html": '<a href="/a">' for n in range(count - 1)} | {"index.html": ""}
    found = told(files, every=False)
    assert ("--check" in found[0]) == (looked < count)
    if looked < count:
        assert found[0].startswith(f"of {count:,} pages, the links of {looked:,} were looked at")
    assert "--check" not in told(files)[0]


def test_a_folder_that_is_added_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "index.html").write_text('<a href="posts/first.html"><a href="/x">')
    (tmp_path / "posts/first.html").write_text('<a href="../"><a href="link.html">')
    (tmp_path / "posts/link.html").symlink_to("first.html")
    said: list[str] = []
    add_folder(tmp_path, MODERN, Blocks().put, said.append)
    assert [line.partition(" leads")[0] for line in said if "leads" in line] == ["index.html:1:37: /x"]
    assert "these folders have pages but no index.html, so visitors get a bare listing: posts/" in said


def test_what_batches_cannot_hand_on_is_raised_and_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    for n in range(40):
        (tmp_path / f"{n}").write_bytes(bytes([n]) * (1 << 20))

    def full(blocks: object) -> None:
        raise StateError("cache", "the disk is full")

    with pytest.raises(StateError, match="the disk is full"), BatchWriter(full) as emit:
        add_folder(tmp_path, MODERN, emit, lambda text: None)


def test_batches_hand_on_everything_in_order(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    (tmp_path / "large").write_bytes(bytes(range(256)) * 40_000)
    plain, batched = Blocks(), Blocks()
    add_folder(tmp_path, MODERN, plain.put, lambda text: None)

    def put_many(blocks: Sequence[Block]) -> None:
        for block in blocks:
            batched.put(block)

    with BatchWriter(put_many) as emit:
        add_folder(tmp_path, MODERN, emit, lambda text: None)
    assert list(batched.data.items()) == list(plain.data.items())
