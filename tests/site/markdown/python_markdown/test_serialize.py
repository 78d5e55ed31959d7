from typing import Any
from xml.etree.ElementTree import Comment, Element, ProcessingInstruction, QName, SubElement

from hypothesis import given
from hypothesis import strategies as st
from markdown.serializers import to_html_string

from publisher.site.markdown.python_markdown.serialize import write

TEXTS = st.none() | st.text(st.sampled_from("a中 &<>\"'\n;#x1&"), max_size=8) | st.just("&amp; & &#x1F; &nope &no;")
TAGS = st.sampled_from(["p", "a", "br", "BR", "img", "script", "STYLE", "td", "input", "div"])
NAMES = st.sampled_from(["class", "href", "checked", "disabled", "id", "download"])
VALUES = TEXTS.map(lambda text: text or "") | NAMES
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=4)


@st.composite
def trees(draw: Any, depth: int = 3) -> Any:
    element = Element(draw(TAGS), draw(ATTRIBUTES))
    element.text, element.tail = draw(TEXTS), draw(TEXTS)
    if depth:
        element.extend(draw(st.lists(trees(depth - 1), max_size=3)))
    return element


@given(trees())
def test_the_bytes_are_those_of_the_library(tree: Any) -> None:
    assert write(tree) == to_html_string(tree)


def test_what_is_no_element_of_html_is_left_to_the_library() -> None:
    bare: Any = {"bare": None}
    name: Any = QName("ns", "x")
    for strange in (Comment("c"), ProcessingInstruction("p"), Element(name), Element("p", bare)):
        root = Element("p")
        root.append(strange)
        SubElement(root, "b").text = "<"
        assert write(root) == to_html_string(root)


def test_depth_is_no_matter() -> None:
    root = deepest = Element("p")
    for _ in range(5000):
        deepest = SubElement(deepest, "i")
    assert write(root).endswith("</i></p>")
