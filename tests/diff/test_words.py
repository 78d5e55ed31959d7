"""Which words of a page differ."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.cli.text.diff_rows import rows
from publisher.diff.page_text import readable
from publisher.diff.words import words
from tests.diff.pages import difference, only, page, said, told


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
