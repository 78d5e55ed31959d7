"""How a difference is told in a terminal and as JSON."""

import json

from publisher.cli.text.diff_rows import rows
from publisher.cli.text.terminal import columns
from tests.diff.pages import difference, page, said


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
