"""Two roots side by side: which pages, and which words. Small sites as values, and what somebody evil would build."""

import io
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.app.context import Session
from publisher.app.differences import write_html
from publisher.cli.text import diff
from publisher.cli.text.diff_rows import rows
from publisher.cli.text.paint import painted
from publisher.cli.text.terminal import columns
from publisher.dag import dag_pb, walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.diff import Difference, File, compare, folded
from publisher.diff.compare import LARGEST
from publisher.diff.page_text import readable
from publisher.diff.sequence import Effort, runs
from publisher.diff.sidebyside import START, document
from publisher.diff.standalone import Root
from publisher.diff.words import Passage, TextPiece, words
from publisher.errors import BlockMissing
from publisher.report import Report
from tests.gateway.sites import Blocks
from tests.timing import grows_at_most

HOSTILE = ["<a '\"", "<!--", "<script ", "<title>", "<main>", "<![CDATA[", "<a href=", "&#x110000;", "</", "url("]


def page(main: str, *, title: str = "T", around: str = "© 2025 我们", head: str = "") -> bytes:
    return (
        f"<!doctype html><title>{title}</title>{head}<nav><a href='/'>Home</a></nav>"
        f"<main>{main}</main><footer>{around}</footer>"
    ).encode()


def difference(old: Mapping[str, bytes], new: Mapping[str, bytes], *, deep: bool = True) -> Difference:
    blocks = Blocks()
    return compare(blocks.get, blocks.add(old), blocks.add(new), deep=deep)


def only(old: bytes, new: bytes, path: str = "index.html") -> File:
    (file,) = difference({path: old}, {path: new}).files
    return file


def told(file: File) -> list[str]:
    """Each passage in one line, as without colours."""
    return [f"{passage.where}: " + painted(list(diff._spans(passage)), colour=False) for passage in file.passages]


def said(found: Difference, *, stat: bool = False, width: int = 0, colour: bool = False) -> list[str]:
    return [painted(line, colour=colour) for line in diff.lines(found, stat=stat, width=width)]


# Which files


def test_pages_that_came_changed_and_went_are_told_by_path() -> None:
    old = {"index.html": page("<p>a"), "posts/a/index.html": page("<p>one"), "gone.png": b"\x89PNG1"}
    new = {"index.html": page("<p>a"), "posts/a/index.html": page("<p>two"), "文章/新.html": page("<p>三")}
    found = difference(old, new)
    assert [(file.what, file.path) for file in found.files] == [
        ("removed", "gone.png"),
        ("changed", "posts/a/index.html"),
        ("added", "文章/新.html"),
    ]


def test_equal_roots_have_no_difference_and_read_nothing() -> None:
    blocks = Blocks()
    root = blocks.add({"a": b"1"})
    assert compare(blocks.get, root, root).files == ()
    assert blocks.asked == []


def test_without_an_old_root_everything_came() -> None:
    blocks = Blocks()
    found = compare(blocks.get, None, blocks.add({"a.html": page(""), "b/c.txt": b"1"}))
    assert [(file.what, file.path) for file in found.files] == [("added", "a.html"), ("added", "b/c.txt")]


def test_the_same_bytes_elsewhere_are_a_move_told_once() -> None:
    picture = b"\x89PNG" + bytes(100)
    found = difference({"a/x.png": picture, "b/x.png": picture, "keep": b"1"}, {"c/x.png": picture, "keep": b"1"})
    assert [(file.what, file.was, file.path) for file in found.files] == [
        ("removed", "", "b/x.png"),
        ("moved", "a/x.png", "c/x.png"),
    ]


def test_of_equal_files_the_one_with_the_same_name_is_the_one_that_moved() -> None:
    found = difference({"a/1.png": b"x", "a/2.png": b"x"}, {"b/2.png": b"x", "b/3.png": b"x"})
    assert [(file.was, file.path) for file in found.files] == [("a/2.png", "b/2.png"), ("a/1.png", "b/3.png")]


def test_one_edit_in_a_sharded_folder_of_6000_reads_only_its_way() -> None:
    blocks = Blocks()
    site = {f"posts/{n:05}-with-a-name/index.html": page(f"<p>第 {n} 篇") for n in range(6000)}
    old = blocks.add(site)
    new = blocks.add(site | {"posts/00077-with-a-name/index.html": page("<p>第 77 篇，改了")})
    blocks.asked.clear()
    (file,) = compare(blocks.get, old, new).files
    assert file.path == "posts/00077-with-a-name/index.html"
    assert told(file) == ["main: 第 77 篇{+，改了+}"]
    assert len(blocks.asked) < 30


def test_a_folder_that_grew_into_shards_shows_no_bucket() -> None:
    small = {f"posts/{n:05}-with-a-long-name.html": b"x" for n in range(100)}
    large = {f"posts/{n:05}-with-a-long-name.html": b"x" for n in range(6000)}
    found = difference(small, large)
    assert {file.path for file in found.files} == large.keys() - small.keys()
    assert {file.path for file in difference(large, small).only("removed")} == large.keys() - small.keys()


# Which words


def test_words_not_bytes() -> None:
    old = "<h1>Fox</h1><p>The quick <b>brown</b> fox jumps over the lazy dog.</p><p>Other.</p>"
    new = "<h1>Fox</h1>\n<p>The quick <i>red</i> fox jumps over the very lazy dog.\n<p>Other.</p>"
    file = only(page(old), page(new))
    assert told(file) == [
        "main: The quick [-brown-] {+red+} fox jumps over the {+very+} lazy dog.".replace("] {", "]{")
    ]


@pytest.mark.parametrize(
    ("old", "new", "passage"),
    [
        ("今天天气很好，我们去公园。", "今天天气不好，我们去公园。", "今天天气[-很-]{+不+}好，我们去公园。"),
        ("これはペンです。", "これは本です。", "これは[-ペン-]{+本+}です。"),
        ("สวัสดีครับชาวโลก", "สวัสดีค่ะชาวโลก", "สวัสดี[-ครับ-]{+ค่ะ+}ชาวโลก"),
        ("한국어 문장입니다 여기", "한국어 글입니다 여기", "한국어 [-문장입니다-]{+글입니다+} 여기"),
        ("हिन्दी में लिखा है", "हिन्दी में नहीं लिखा है", "हिन्दी में {+नहीं+} लिखा है"),
    ],
)
def test_every_script_is_compared_by_what_its_readers_read(old: str, new: str, passage: str) -> None:
    assert told(only(page(f"<p>{old}</p>"), page(f"<p>{new}</p>"))) == [f"main: {passage}"]


def test_a_paragraph_that_came_is_one_that_came_and_not_splinters_of_its_neighbours() -> None:
    old = "<p>One thing. Another thing.</p><p>The end.</p>"
    new = "<p>One thing. Another thing.</p><p>A new thing.</p><p>The end.</p>"
    assert told(only(page(old), page(new))) == ["main: {+A new thing.+}"]
    assert told(only(page(new), page(old))) == ["main: [-A new thing.-]"]


def test_a_paragraph_that_came_after_one_that_changed_is_told_apart() -> None:
    old = "<p>The fox jumps over the lazy dog and then sleeps for a while.</p><p>The end.</p>"
    new = "<p>The fox jumps over the lazy dog and then sleeps for a long while.</p><p>Quite new.</p><p>The end.</p>"
    assert told(only(page(old), page(new))) == [
        "main: … dog and then sleeps for a {+long+} while.",
        "main: {+Quite new.+}",
    ]


def test_the_title_is_told_first_and_what_stands_around_last() -> None:
    file = only(page("<p>a b c", title="Old"), page("<p>a b d", title="New", around="© 2026 我们"))
    assert [passage.where for passage in file.passages] == ["title", "main", "around"]


def test_lines_of_code_are_compared_one_by_one() -> None:
    file = only(page("<pre>a = 1\nb = 2\nc = 3</pre>"), page("<pre>a = 1\nb = 5\nc = 3</pre>"))
    assert told(file) == ["main: b = [-2-]{+5+}"]


def test_other_markup_of_the_same_words_is_said_to_be_that() -> None:
    file = only(page("<p>a b"), page("<div class=x>a\n b</div>"))
    assert (file.note, file.passages) == ("markup only", ())


def test_links_are_told_from_the_root_of_the_site() -> None:
    old, new = page("<p>a<a href='../b/'>x</a><img src=p.png>"), page("<p>a<a href='../c/#d'>x</a><img src=q.png>")
    file = only(old, new, "posts/a/index.html")
    assert [link.target for link in file.gone] == ["/posts/b/", "/posts/a/p.png"]
    assert [link.target for link in file.come] == ["/posts/c/#d", "/posts/a/q.png"]


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/%E8%8C%B6/#%e4%b8%80", "/茶/#一"),
        ("/a%20b%2Fc%3F", "/a%20b%2Fc%3F"),  # these mean something else when they stand as themselves
        ("/%FF%E8%8C/", "/%FF%E8%8C/"),  # no UTF-8
        ("/%E2%80%AE", "/%E2%80%AE"),  # turns the line around
    ],
)
def test_letters_of_a_link_are_shown_as_themselves(target: str, shown: str) -> None:
    assert readable(target) == shown
    found = difference({"a.html": page("<p>x")}, {"a.html": page(f"<p><a href='{target}'>x</a>")})
    assert f"{{+{shown}+}}" in "".join(said(found))
    assert rows(found)["changed"][0]["links"]["added"] == [target]


def test_texts_are_told_by_their_lines_and_other_files_by_their_size() -> None:
    old = {"a.css": b"a\nb\nc\n", "p.png": b"\x89PNG", "LICENSE": b"x\n", "crlf.txt": b"a\r\n"}
    new = {"a.css": b"a\nB\nc\nd\n", "p.png": b"\x89PNG2", "LICENSE": b"x\ny\n", "crlf.txt": b"a\n"}
    files = {file.path: file for file in difference(old, new).files}
    assert files["a.css"].lines == (2, 1)
    assert files["LICENSE"].lines == (1, 0)
    assert files["crlf.txt"].note == "line ends only"
    assert (files["p.png"].lines, files["p.png"].before, files["p.png"].after) == (None, 4, 5)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_english_is_divided_the_same_beside_chinese(text: str) -> None:
    text = " ".join(text.split())
    assert words(text) == words(f"{text} 文")[:-1]


# What many pages share


def test_the_same_words_on_many_pages_are_told_once() -> None:
    old = {f"p{n}/index.html": page(f"<p>text {n}") for n in range(500)}
    new = {path: data.replace(b"2025", b"2026") for path, data in old.items()}
    new["p7/index.html"] = new["p7/index.html"].replace(b"text 7", b"text seven")
    found = folded(difference(old, new))
    (same,) = found.same
    assert len(same.paths) == 500
    assert said(found) == [
        "500 pages changed",
        "M p7/  +1 -1 words",
        "M 500 pages, the same change: p0/  p1/  p10/  p100/ and 496 more",
        "",
        "500 pages, the same change: p0/  p1/  p10/  p100/ and 496 more",
        "  around the page: © [-2025-]{+2026+} 我们",
        "",
        "p7/",
        "  text [-7-]{+seven+}",
    ]


@pytest.mark.parametrize(("pages", "groups"), [(2, 0), (3, 1)])
def test_two_are_not_many(pages: int, groups: int) -> None:
    old = {f"p{n}/index.html": page(f"<p>text {n}") for n in range(pages)}
    new = {path: data.replace(b"2025", b"2026") for path, data in old.items()}
    assert len(folded(difference(old, new)).same) == groups


def test_words_around_a_shared_change_that_differ_are_left_out() -> None:
    old = {f"p{n}.html": page("<p>x", title=f"Page {n} · Site") for n in range(3)}
    new = {f"p{n}.html": page("<p>x", title=f"Page {n} · 新站") for n in range(3)}
    (same,) = folded(difference(old, new)).same
    assert [piece.kind for piece in same.passages[0].pieces] == ["cut", "removed", "added"]


def test_a_style_sheet_of_every_depth_is_one_change() -> None:
    old = {f"{'d/' * n}index.html": page("", head=f"<link rel=stylesheet href='{'../' * n}a.css'>") for n in range(4)}
    new = {path: data.replace(b"a.css", b"b.css") for path, data in old.items()}
    (same,) = folded(difference(old, new)).same
    assert [(same.gone[0].target, same.come[0].target)] == [("/a.css", "/b.css")]


def test_in_the_document_every_page_leads_to_what_changed_in_it() -> None:
    blocks = Blocks()
    old = {f"p{n}/index.html": page(f"<p>text {n}") for n in range(50)}
    new = {path: data.replace(b"2025", b"2026") for path, data in old.items()}
    new |= {path: data.replace(b"text", b"words") for path, data in new.items() if path != "p7/index.html"}
    found = folded(compare(blocks.get, blocks.add(old), blocks.add(new)), many=50)
    made = document(blocks.get, found)
    assert '<a href="#same-0"><bdi>/p7/</bdi></a>' in made
    assert made.count("the same change as 49 other pages</a>") == 50
    assert made.count("are shown side by side") == 1
    assert "<h1>What changed</h1>\n<p>50 changed<br>" in made


# What somebody evil would build


@pytest.mark.parametrize("piece", HOSTILE)
def test_broken_pages_take_time_by_their_length(piece: str) -> None:
    old, new = (piece * (LARGEST // 2 // len(piece)) + end for end in ("<p>a", "<p>b"))
    start = time.process_time()
    only(old.encode(), new.encode())
    assert time.process_time() - start < 20


def test_a_page_with_the_same_change_very_often_takes_time_by_its_length() -> None:
    change = Passage("main", (TextPiece("removed", "a"), TextPiece("added", "b")))
    root = Blocks().add({})

    def work(count: int) -> None:
        files = (File("index.html", "changed", "page", 1, 1, passages=(change,) * count),)
        assert folded(Difference(root, root, files)).files == files

    assert grows_at_most(work, (2_000, 16_000), 20, 0.1)


@pytest.mark.parametrize("raw", [b"\xff\xfe<\x00p\x00", b"<main>\x80\x81</main>", b"\x00" * 50, b""])
def test_bytes_that_are_no_text_are_compared_all_the_same(raw: bytes) -> None:
    assert only(page("<p>a"), raw).what == "changed"
    assert only(raw, page("<p>a"), "noext").what == "changed"


@pytest.mark.parametrize(("size", "note"), [(LARGEST, ""), (LARGEST + 1, "too large to be compared")])
def test_a_page_that_is_too_large_is_told_by_its_size(size: int, note: str) -> None:
    old = b"<main>a</main>"
    assert only(old, (b"<main>b</main>" + bytes(size))[:size]).note == note


def test_a_page_that_unfolds_into_terabytes_is_not_unfolded() -> None:
    blocks = Blocks()
    cid, size = Cid.make(Codec.RAW, sha256(bytes(1 << 20))), 1 << 20
    blocks.emit(Block(cid, bytes(1 << 20)))
    for _ in range(3):
        sizes = b"".join(b"\x20" + _varint(size) for _ in range(100))
        body = b"".join(dag_pb.encode_link(b"", cid.raw, size) for _ in range(100))
        data = b"\x08\x02\x18" + _varint(size * 100) + sizes
        node = body + dag_pb.encode_data(data)
        cid, size = Cid.make(Codec.DAG_PB, sha256(node)), size * 100
        blocks.emit(Block(cid, node))
    folder = dag_pb.encode_link(b"index.html", cid.raw, 1) + dag_pb.encode_data(b"\x08\x01")
    bomb = Block(Cid.make(Codec.DAG_PB, sha256(folder)), folder)
    blocks.emit(bomb)
    old = blocks.add({"index.html": page("<p>a")})
    (file,) = compare(blocks.get, old, bomb.cid).files
    assert (file.note, file.after) == ("too large to be compared", 100**3 << 20)


def _varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def test_a_page_whose_bytes_are_nowhere_does_not_hide_the_others() -> None:
    blocks = Blocks()
    old = blocks.add({"a.html": page("<p>a"), "b.html": page("<p>b")})
    new = blocks.add({"a.html": page("<p>A"), "b.html": page("<p>B")})
    del blocks.held[walk.resolve(blocks.get, old, "a.html")]
    one, two = compare(blocks.get, old, new).files
    assert one.note == "its bytes are not available"
    assert told(two) == ["main: [-b-]{+B+}"]
    del blocks.held[old]
    with pytest.raises(BlockMissing):
        compare(blocks.get, old, new)


def _few_letters(count: int) -> tuple[list[str], list[str]]:
    random = Random(1)
    return [random.choice("abcd") for _ in range(count)], [random.choice("abcd") for _ in range(count)]


def _backwards(count: int) -> tuple[list[str], list[str]]:
    numbers = [str(number) for number in range(count)]
    return numbers, numbers[::-1]


@pytest.mark.parametrize("sides", [_few_letters, _backwards])
def test_sequences_that_have_little_in_common_end_in_time(sides: Callable[[int], tuple[list[str], list[str]]]) -> None:
    start = time.perf_counter()
    runs(*sides(100_000), Effort())
    assert time.perf_counter() - start < 15


def test_without_effort_left_only_the_equal_ends_are_found() -> None:
    old, new = list("a1x2c"), list("a3x4c")
    assert [(run.old, run.length) for run in runs(old, new, Effort())] == [(0, 1), (2, 1), (4, 1)]
    assert [(run.old, run.length) for run in runs(old, new, Effort(0))] == [(0, 1), (4, 1)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from("abcde"), max_size=30), st.lists(st.sampled_from("abcdef"), max_size=30))
def test_runs_are_equal_and_in_order_on_both_sides(old: list[str], new: list[str]) -> None:
    one = two = 0
    for run in runs(old, new, Effort()):
        assert run.length > 0
        assert run.old >= one
        assert run.new >= two
        assert old[run.old : run.old + run.length] == new[run.new : run.new + run.length]
        one, two = run.old + run.length, run.new + run.length


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["cat", "dog", "一", "二", ". ", ", ", "x y z", "。"])), st.data())
def test_both_texts_can_be_read_back_from_a_difference_told_in_full(parts: list[str], data: st.DataObject) -> None:
    other = [part for part in parts if data.draw(st.booleans())] + data.draw(st.lists(st.sampled_from(parts or ["q"])))
    for sides in ((parts, other), (other, parts)):
        old, new = ("".join(words(" ".join(side))) for side in sides)
        file = only(f"<main><p>{old}</main>".encode(), f"<main><p>{new}</main><!-- -->".encode())
        for kind, text in (("added", old), ("removed", new)):
            for passage in file.passages:
                kept = ["".join(p.text for p in passage.pieces if p.kind not in (kind, "cut"))]
                assert all("".join(part.split()) in "".join(text.split()) for part in kept) or any(
                    piece.kind == "cut" for piece in passage.pieces
                )


# How it is told


def test_a_list_fits_into_60_columns_in_chinese_too() -> None:
    name = "文章/" + "很长的名字" * 12
    found = difference({"a": b"1"}, {"a": b"1", f"{name}/index.html": page("<p>x"), "b" * 90 + ".png": b"\x89PNG"})
    lines = said(found, stat=True, width=60)
    assert all(columns(line) <= 60 for line in lines)
    assert sum("…" in line for line in lines) == 2


def test_a_terminal_obeys_no_page() -> None:
    old = {"a\x1b[31m.html": page("<p>x"), "b": b"1"}
    new = {"a\x1b[31m.html": page("<p>x \x1b]0;owned\x07 \u202eevil", title="\x1b[2J"), "b": b"1"}
    for line in said(difference(old, new)):
        assert line.isprintable()
    colours = "".join(said(difference(old, new), colour=True))
    assert "\x1b]" not in colours
    assert "\x1b[2J" not in colours


def test_colours_take_the_place_of_brackets() -> None:
    found = difference({"a.html": page("<p>x y")}, {"a.html": page("<p>x z")})
    assert said(found, colour=True)[-1] == "  x \x1b[31my\x1b[0m\x1b[32mz\x1b[0m"


def test_as_json_a_page_has_its_address_and_its_words() -> None:
    old = {"posts/a/index.html": page("<p>x y"), "p.png": b"1"}
    told = rows(difference(old, {"posts/a/index.html": page("<p>x z"), "q.png": b"1"}))
    (changed,) = told["changed"]
    assert (changed["path"], changed["url"]) == ("posts/a/index.html", "/posts/a/")
    assert changed["words"] == [
        {"where": "main", "pieces": [{"same": "x"}, {"same": " "}, {"removed": "y"}, {"added": "z"}]}
    ]
    assert [(row["from"], row["path"]) for row in told["moved"]] == [("p.png", "q.png")]
    json.dumps(told)


def test_the_document_lets_nothing_out_of_a_page() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'></iframe><base href=//evil>"
    evil += "<link rel=stylesheet href=//evil/x.css>"
    blocks = Blocks()
    old = blocks.add({"<b>.html": page("<p>a"), "index.html": page("<p>a")})
    new = blocks.add({"<b>.html": page(f"<p>b{evil}", title="</title><script>2</script>"), "index.html": page("<p>b")})
    made = document(blocks.get, folded(compare(blocks.get, old, new)))
    assert made.startswith(START)
    assert "<script" not in made
    assert "<b>" not in made
    assert "default-src 'none'" in made
    assert made.count("<iframe") == made.count('sandbox="" ') == made.count("</iframe>") == 4
    assert "//evil/x.css" not in made.replace("&", "").split("srcdoc")[1]


def test_what_a_page_needs_is_taken_along_within_a_limit() -> None:
    blocks = Blocks()
    head = "<link rel='stylesheet' href='../s/a.css'><link rel=icon href=i.png>"
    site = {
        "s/a.css": b"body { background: url(bg.png) } </style><script>",
        "s/bg.png": b"\x89PNGbg",
        "p/i.png": b"\x89PNGi",
        "big.png": bytes(600 << 10),
    }
    body = "<img src=i.png srcset='i.png 2x'><img src=../big.png><img src=https://example.org/x.png>"
    old = blocks.add({**site, "p/index.html": page(f"<p>a{body}", head=head)})
    new = blocks.add({**site, "p/index.html": page(f"<p>b{body}", head=head)})
    made = document(blocks.get, compare(blocks.get, old, new))
    assert made.count("data:image/png;base64,iVBORw") == 0
    assert made.count("data:image/png;base64,") == 4
    assert "srcset" not in made
    assert "example.org/x.png" not in made
    assert len(made) < 50_000


def test_a_page_keeps_all_but_what_it_loads() -> None:
    blocks = Blocks()
    html = "<p a=1>x<img alt='&quot;>' SRC=&#105;.png><script>'<p>'</script><base href=/><img src=j.png />"
    root = blocks.add({"p.html": html.encode(), "i.png": b"i"})
    assert Root(blocks.get, root, 1 << 20).page("p.html", 1 << 20) == (
        '<p a=1>x<img alt="&quot;&gt;" src="data:image/png;base64,aQ=="><img src="data:,"/>'
    )


def test_a_style_sheet_keeps_its_strings_and_what_it_has_itself() -> None:
    blocks = Blocks()
    css = b"a{b:url('i.png');c:'url(i.png)';d:url(data:x)}"
    root = blocks.add({"p.html": b"<link href=a.css rel='x StyleSheet' media=print>", "a.css": css, "i.png": b"i"})
    assert Root(blocks.get, root, 1 << 20).page("p.html", 1 << 20) == (
        "<style media=\"print\">a{b:url('data:image/png;base64,aQ==');c:'url(i.png)';d:url(data:x)}</style>"
    )


def test_names_that_are_not_utf8_can_be_told(tmp_path: Path) -> None:
    blocks = Blocks()
    old, new = blocks.add({"a\udcff.html": page("<p>a")}), blocks.add({"a\udcff.html": page("<p>b")})
    session = Session(site=tmp_path, report=Report(io.StringIO(), io.StringIO()))
    for block in blocks.held:
        session.cache().put(Block(block, blocks.held[block]))
    write_html(session, compare(blocks.get, old, new), tmp_path / "x.html")
    session.close()
    assert (tmp_path / "x.html").read_bytes().decode().count("<iframe") == 2
