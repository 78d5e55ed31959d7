"""Addresses in the files of other tools, at their bytes."""

import pytest

from publisher.html.places import Place, css_places, manifest_places, places
from tests.timing import grows_at_most


def at(data: bytes, found: list[Place]) -> list[tuple[bytes, str]]:
    """What stands in the bytes where each begins, and what it means."""
    return [(data[each.start :][: len(each.written)], each.text) for each in found]


def test_a_place_counts_bytes() -> None:
    data = "<p>文章<a href='文'><style>b{c:url(章\\6587)}</style><b style='d:url(é)'>".encode()
    found = list(places(data))
    assert at(data, found)[:2] == [("文".encode(), "文"), ("章\\6587".encode(), "章文")]
    assert (found[2].text, found[2].start) == ("é", data.index(b"d:url"))


def test_bytes_that_are_no_text_keep_their_place() -> None:
    data = b"\xff\0<a href='\xfe/x'>"
    assert [(each.start, each.written) for each in places(data)] == [(11, b"\xfe/x")]


def test_texts_of_json_have_the_place_of_the_whole_text() -> None:
    data = b'{"name": "a/x/b", "scope": "/x"}'
    (found,) = manifest_places(data)
    assert (found.start, found.text) == (data.index(b'/x"}'), "/x")
    page = b'<script type=importmap>{"imports": {"a": "/x"}}</script>'
    assert [(each.text, each.start) for each in places(page)][-1] == ("/x", page.index(b"/x"))


def test_documents_in_documents_are_read_three_deep() -> None:
    page = "<a href=x>"
    for _ in range(3):
        page = "<iframe srcdoc='" + page.replace("&", "&amp;").replace("'", "&#39;") + "'>"
    assert [each.text for each in places(page.encode())] == ["x"]
    page = "<iframe srcdoc='" + page.replace("&", "&amp;").replace("'", "&#39;") + "'>"
    assert list(places(page.encode())) == []


def importmap(count: int) -> bytes:
    texts = ", ".join(f'"/{number}"' for number in range(count))
    return f"<script type=importmap>[{texts}]</script>".encode()


HOSTILE = [b"<", b"<a href='", b"<!--", b"<style>url(", b"url('", b"image-set(", b"/*", b"\\", b"<img srcset='a("]
HOSTILE += [b"@import '", b"<script type=module>import '", b"[", b"<iframe srcdoc='<a ", b"<p style='a(&quot;"]
HOSTILE += [b"\0", b"\xff", b"<meta name=", b'"\\']


@pytest.mark.parametrize("read", [places, css_places, manifest_places])
@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.whole
def test_what_is_broken_takes_time_by_its_length(read: object, piece: bytes) -> None:
    assert callable(read)

    def read_all(size: int) -> None:
        for _ in read(piece * (size // len(piece))):
            pass

    assert grows_at_most(read_all, (1 << 18, 1 << 20), 16, 0.3)


def test_a_map_of_many_imports_takes_time_by_its_length() -> None:
    assert len(list(places(importmap(50_000)))) == 50_000
    assert grows_at_most(lambda size: list(places(importmap(size))), (5_000, 50_000), 24, 0.3)
