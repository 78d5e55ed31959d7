"""Which values hold which addresses, and where in them."""

import pytest

from publisher.html.url_attributes import HOLDERS, in_css, in_tag, meta_name


@pytest.mark.parametrize(
    ("tag", "name", "value", "found"),
    [
        ("a", "href", " x ", [" x "]),
        ("a", "title", "x", []),
        ("object", "data", "x", ["x"]),
        ("div", "data", "x", []),
        ("param", "value", "x", ["x"]),
        ("input", "value", "x", []),
        ("a", "ping", " /x, /y ", ["/x", "/y"]),
        ("img", "srcset", "a.png 1x, b.png 2x,c.png,, d.png", ["a.png", "b.png", "c.png", "d.png"]),
        ("img", "srcset", "data:image/png;base64,AA== 1x, b.png 2x", ["data:image/png;base64,AA==", "b.png"]),
        ("img", "srcset", "a.png calc(1x, 2x), b.png", ["a.png", "b.png"]),
        ("p", "style", "background: url(a.png), url('b.png'), url( \"c.png\" )", ["a.png", "b.png", "c.png"]),
        ("p", "style", "background: url(&quot;a.png&quot;)", ["a.png"]),
        ("path", "fill", "url(#a)", ["#a"]),
        ("path", "alt", "url(#a)", []),
        ("a", "href", "?a=1&copy=2&amp;b", ["?a=1&copy=2&b"]),
    ],
)
def test_addresses_in_an_attribute(tag: str, name: str, value: str, found: list[str]) -> None:
    assert [each.text for each in in_tag(tag, name, value)] == found


@pytest.mark.parametrize(
    ("content", "address"),
    [
        ("0; url=x", "x"),
        ("0;URL='x y'z", "x y"),
        ("0 x", "x"),
        (".5,x", "x"),
        ('1.5; url = "x', "x"),
        ("5", None),
        ("0;", None),
        ("x; url=y", None),
        ("0a; url=y", None),
        ("; url=y", None),
    ],
)
def test_where_a_page_sends_its_reader(content: str, address: str | None) -> None:
    found = [each.text for each in in_tag("meta", "content", content, "refresh")]
    assert found == ([] if address is None else [address])


def test_what_a_meta_element_holds_is_told_by_its_name() -> None:
    assert meta_name({"http-equiv": "Refresh"}) == "refresh"
    assert meta_name({"name": "x", "property": "og:image"}) == "og:image"
    assert meta_name({"name": "keywords", "content": "x"}) == ""
    assert list(in_tag("meta", "content", "3, cats", "")) == []


@pytest.mark.parametrize(
    ("css", "found"),
    [
        ("a{b:url(x)}", [("x", "image")]),
        ("@import 'x'; @import url(y)", [("x", "link"), ("y", "image")]),
        ("/* url(x) */ 'url(y)' url(z", [("z", "image")]),
        ("a{b:image-set('x' 1x, \"y\" 2x)}", [("x", "image"), ("y", "image")]),
        (r"""a{b:"url(x) \\" url(y)}""", [("y", "image")]),
        (r"""a{b:"url(x) \" url(y)"}""", []),
        (r"url(\61\2f b)", [("a/b", "image")]),
    ],
)
def test_addresses_in_a_style_sheet(css: str, found: list[tuple[str, str]]) -> None:
    assert [(each.text, each.kind) for each in in_css(css)] == found


@pytest.mark.parametrize("value", ["a.png 1x, b&amp;c.png 2x", "url(&quot;a&amp;b&quot;) url(&#99;)", "&amp;"])
def test_an_address_stands_where_it_is_said_to_stand(value: str) -> None:
    name = "srcset" if "1x" in value else "style" if "(" in value else "href"
    spans = [value[each.start : each.stop] for each in in_tag("img", name, value)]
    assert spans in (["a.png", "b&amp;c.png"], ["a&amp;b", "&#99;"], ["&amp;"])


def test_names_are_in_lower_case() -> None:
    assert all(name == name.lower() for name in HOLDERS)
