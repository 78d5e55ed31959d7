"""Parts of a page that another page shows: where they begin and end, and their ids."""

import pytest

from publisher.html.parts import element_at, section_at, with_prefix

PAGE = (
    '<p id="a">one<br>two</p>\n<h2 id="b">B</h2>\n<div><p>x</p><h2 id="c">C</h2><p>y</p></div>\n'
    '<h3 id="d">D</h3>\n<script>"</div><h2>"</script><img id="e"><ul><li><span id="f"></span>z</li></ul>\n'
    '<h2 id="g">G</h2>\n<p>end</p>\n<div class="footnote"><p>note</p></div>'
)


@pytest.mark.parametrize(
    ("anchor", "name", "html"),
    [
        ("a", "p", '<p id="a">one<br>two</p>'),
        ("b", "h2", '<h2 id="b">B</h2>'),
        ("e", "img", '<img id="e">'),
        ("f", "li", '<li><span id="f"></span>z</li>'),
        ("none", "", ""),
    ],
)
def test_an_element_ends_with_its_end_tag(anchor: str, name: str, html: str) -> None:
    assert element_at(PAGE, anchor) == (name, html)


def test_an_element_without_an_end_tag_ends_with_the_page() -> None:
    assert element_at('<p id="a">one <b>two', "a") == ("p", '<p id="a">one <b>two')


@pytest.mark.parametrize(
    ("anchor", "begins", "ends"),
    [
        ("b", '<h2 id="b">', "</ul>"),
        ("c", '<h2 id="c">', "<p>y</p>"),
        ("d", '<h3 id="d">', "</ul>"),
        ("g", '<h2 id="g">', "<p>end</p>"),
    ],
)
def test_a_section_ends_before_the_next_heading_or_with_the_element_around_it(
    anchor: str, begins: str, ends: str
) -> None:
    found = section_at(PAGE, anchor)
    assert found.startswith(begins)
    assert found.endswith(ends)
    assert found in PAGE
    assert section_at(PAGE, "none") == ""


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p id="a">x</p><a href="#a">y</a>', '<p id="q:a">x</p><a href="#q:a">y</a>'),
        ('<a name="a"></a><a href="#b">y</a>', '<a name="q:a"></a><a href="#b">y</a>'),
        (
            '<input id=a name="n" type="radio"><label for="a">x</label><input name="n">',
            '<input id=q:a name="q:n" type="radio"><label for="q:a">x</label><input name="n">',
        ),
        ('<b id="a"></b><i aria-labelledby="a b">x</i>', '<b id="q:a"></b><i aria-labelledby="q:a b">x</i>'),
        (
            '<svg id="s"><style>#s .x{fill:#sss}</style><path fill="url(#s)"/></svg>',
            '<svg id="q:s"><style>#q\\:s .x{fill:#sss}</style><path fill="url(#q:s)"/></svg>',
        ),
        ("<p id>x</p>", "<p id>x</p>"),
    ],
)
def test_ids_and_the_references_to_them_get_a_prefix(html: str, expected: str) -> None:
    assert with_prefix(html, "q:") == expected
