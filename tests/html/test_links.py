"""The links of a piece of an article's HTML: found, and changed with nothing else."""

import pytest

from publisher.html import links


def changed(html: str) -> str:
    return links.replace(html, lambda link: f"[{link.text}]")


@pytest.mark.parametrize(
    ("html", "result"),
    [
        ("<a href=x>", "<a href=[x]>"),
        ("<a href='a&amp;b' title='x'>", "<a href='[a&b]' title='x'>"),
        ("<i style='background: url(&quot;a&amp;b&quot;)'>", "<i style='background: url(&quot;[a&b]&quot;)'>"),
        (
            "<style>@import 'x'; b{c:url(y)} /* url(z) */</style>",
            "<style>@import '[x]'; b{c:url([y])} /* url(z) */</style>",
        ),
        ("<style>b{c:url(a&amp;b)}</style>", "<style>b{c:url([a&amp;b])}</style>"),
        ("<path fill='url(a.svg#b)'>", "<path fill='url([a.svg#b])'>"),
        ("<meta http-equiv=refresh content='0; url=x'>", "<meta http-equiv=refresh content='0; url=[x]'>"),
        ("<meta name=keywords content='3, cats'>", "<meta name=keywords content='3, cats'>"),
        ("<meta property='og:image' content=x>", "<meta property='og:image' content=x>"),
        (
            "<param value=x><a ping=x><iframe srcdoc='<a href=x>'>",
            "<param value=x><a ping=x><iframe srcdoc='<a href=x>'>",
        ),
        ("<img srcset='a, b 2x'>", "<img srcset='[a], [b] 2x'>"),
        ("<!-- <a href=x> --><script>'<a href=x>'</script>", "<!-- <a href=x> --><script>'<a href=x>'</script>"),
    ],
)
def test_links_are_changed_and_nothing_else(html: str, result: str) -> None:
    assert changed(html) == result


def test_ids_and_names_of_anchors_can_be_jumped_to() -> None:
    assert list(links.ids("<p id='a&amp;b'><A name=c><input name=d><p id=''><p id></p id=e>")) == ["a&b", "c"]
