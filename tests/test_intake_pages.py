"""What other tools' pages link to, looked at as a gateway would serve them."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from publisher.dag.unixfs import MODERN
from publisher.errors import StateError
from publisher.intake.batches import Batches
from publisher.intake.folder import add_folder
from publisher.intake.pages import READ, SOME, Pages
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
    assert found[3] == "1 more links that begin with /"


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
    assert "pages, but no index.html, so that visitors get a bare listing: posts/" in said


def test_what_batches_cannot_hand_on_is_raised_and_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    for n in range(40):
        (tmp_path / f"{n}").write_bytes(bytes([n]) * (1 << 20))

    def full(blocks: object) -> None:
        raise StateError("cache", "the disk is full")

    with pytest.raises(StateError, match="the disk is full"), Batches(full) as emit:
        add_folder(tmp_path, MODERN, emit, lambda text: None)


def test_batches_hand_on_everything_in_order(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    (tmp_path / "large").write_bytes(bytes(range(256)) * 40_000)
    plain, batched = Blocks(), Blocks()
    add_folder(tmp_path, MODERN, plain.put, lambda text: None)
    with Batches(lambda blocks: [batched.put(block) for block in blocks] and None) as emit:
        add_folder(tmp_path, MODERN, emit, lambda text: None)
    assert list(batched.data.items()) == list(plain.data.items())
