"""Which text is sent as UTF-8, and which is left to say itself what it is."""

import pytest

from publisher.dag.unixfs import LEGACY, MODERN, Profile
from publisher.gateway.charset import DECLARATION, LOOK
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Response
from publisher.gateway.respond import respond
from tests.gateway.sites import Blocks, body, get

BLOCKS = Blocks()
TEXT = "<p>日本語のページ"


def ask(name: str, data: bytes, profile: Profile = MODERN, method: str = "GET", **headers: str) -> Response:
    root = BLOCKS.add({name: data}, profile)
    return respond(get(f"/ipfs/{root}/{name}", method=method, **headers), Gateway(PlainReader(BLOCKS.get)))


def kind(name: str, data: bytes) -> str:
    return ask(name, data).headers["Content-Type"]


DECLARED = {
    "charset": '<meta charset="{}">',
    "without quotes": "<meta charset={}>",
    "in single quotes": "<meta name=x charset='{}' />",
    "in capitals": '<META CHARSET="{}">',
    "with spaces": '<meta\n\tcharset = "{}"\n>',
    "http-equiv": '<meta http-equiv="Content-Type" content="text/html; charset={}">',
    "the other way round": "<meta content='text/html;charset={}' http-equiv=content-type>",
    "in capitals and quotes": "<META HTTP-EQUIV=CONTENT-TYPE CONTENT='text/html; CHARSET=\"{}\"'>",
    "behind a comment": "<!-- a page --><meta charset={}>",
    "behind another meta": '<meta name="a" content="x > y"><meta charset={}>',
    "behind one that says nothing": '<meta charset=""><meta charset={}>',
    "as the first attribute of two": "<meta charset={} charset=utf-8>",
}
ENCODINGS = ["Shift_JIS", "EUC-JP", "GBK", "gb2312", "GB18030", "Big5", "windows-1252", "ISO-8859-1", "iso-2022-jp"]
ENCODINGS += ["x-sjis", "KOI8-R", "euc-kr", "windows-31j", "latin1", "macintosh", "us-ascii", "ks_c_5601-1987", "l2"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_page_that_says_its_encoding_is_not_sent_as_another(encoding: str) -> None:
    for written in DECLARED.values():
        page = f"<!doctype html><html><head>{written.format(encoding)}<title>t</title>".encode()
        assert kind("a.html", page) == "text/html"


@pytest.mark.parametrize("how", DECLARED)
@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8", "UTF-16", "uft-8", ""])
def test_a_page_in_utf_8_is_sent_as_utf_8_whatever_the_slip(how: str, encoding: str) -> None:
    page = f"<!doctype html>{DECLARED[how].format(encoding)}{TEXT}".encode()
    assert kind("a.html", page) == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "page",
    [
        "<!-- <meta charset=shift_jis> -->", "<!-- <meta charset=shift_jis>", "<p>meta charset=shift_jis",
        "<meta name=charset content=shift_jis>", "<metadata charset=shift_jis>", "<meta content='charset=shift_jis'>",
        "<meta charset=utf-8><meta charset=shift_jis>", "<meta data-charset=shift_jis>",
    ],
)  # fmt: skip
def test_what_is_no_declaration_says_nothing(page: str) -> None:
    assert kind("a.html", page.encode()) == "text/html; charset=utf-8"


def test_a_declaration_counts_within_the_first_1024_bytes() -> None:
    written = b"<meta charset=shift_jis>"
    for more, says in ((0, "text/html"), (len(written), "text/html; charset=utf-8")):
        assert kind("a.html", b" " * (DECLARATION - len(written) + more) + written) == says


@pytest.mark.parametrize("name", ["a.xml", "a.svg", "a.xhtml", "a.rss", "a.atom", "a.xsl"])
def test_xml_that_says_its_encoding_is_not_sent_as_another(name: str) -> None:
    plain = kind(name, b"<x/>").removesuffix("; charset=utf-8")
    assert kind(name, b"<x/>") == f"{plain}; charset=utf-8"
    for encoding in ENCODINGS:
        assert kind(name, f"<?xml version='1.0' encoding='{encoding}'?><x/>".encode()) == plain
        assert kind(name, f'<?xml version="1.0"\n encoding = "{encoding}" standalone="no"?><x/>'.encode()) == plain
    for encoding in ("utf-8", "UTF-8", "utf-16"):
        assert kind(name, f'<?xml version="1.0" encoding="{encoding}"?><x/>'.encode()) == f"{plain}; charset=utf-8"
    assert kind(name, '<?xml version="1.0" encoding="utf-16"?><x/>'.encode("utf-16-le")) == plain
    assert kind(name, b"<x>encoding='shift_jis'</x>") == f"{plain}; charset=utf-8"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.html", "text/html"), ("a.txt", "text/plain"), ("a.css", "text/css"), ("a.js", "text/javascript"),
        ("a.csv", "text/csv"), ("a.md", "text/markdown"), ("a.json", "application/json"), ("a.xml", "application/xml"),
        ("a.vtt", "text/vtt"), ("a.tsv", "text/tab-separated-values"),
    ],
)  # fmt: skip
def test_text_that_says_nothing_is_sent_as_utf_8_only_where_it_is(name: str, plain: str) -> None:
    for encoding in ("shift_jis", "gbk", "euc-jp", "big5", "euc-kr", "utf-16", "utf-32"):
        assert kind(name, "日本".encode(encoding)) == plain, encoding
    assert kind(name, "ein schöner Tag".encode("latin-1")) == plain
    assert kind(name, "日本 ein schöner Tag".encode()) == f"{plain}; charset=utf-8"
    assert kind(name, "日本".encode("utf-8-sig")) == f"{plain}; charset=utf-8"
    assert kind(name, b"") == f"{plain}; charset=utf-8"
    assert kind(name, "a".encode("utf-16")) == plain
    assert kind(name, b"\xfe\xff\0a") == plain


def test_a_style_sheet_that_says_its_encoding_is_not_sent_as_another() -> None:
    assert kind("a.css", b'@charset "shift_jis";b{}') == "text/css"
    for other in (b'@charset "utf-8";', b' @charset "shift_jis";', b"@charset 'shift_jis';", b'@charset "utf-16";'):
        assert kind("a.css", other + b"b{}") == "text/css; charset=utf-8"


def test_the_page_of_a_folder_and_a_name_without_an_ending_are_looked_at_too() -> None:
    page = "<!doctype html><meta charset=shift_jis>日本".encode("shift_jis")
    root = BLOCKS.add(
        {"index.html": page, "bare": page, "bare2": b"<!doctype html><p>x", "_redirects": b"/* /index.html 404"}
    )
    for path in ("/", "/bare", "/absent", "/bare?filename=a.htm"):
        response = respond(get(path, f"{root}.ipfs.localhost"), Gateway(PlainReader(BLOCKS.get)))
        assert response.headers["Content-Type"] == "text/html", path
    said = respond(get("/bare2", f"{root}.ipfs.localhost"), Gateway(PlainReader(BLOCKS.get)))
    assert said.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_character_that_the_end_of_the_look_cuts_is_no_fault_and_one_that_the_file_cuts_is(cut: int) -> None:
    data = b"x" * (LOOK - cut) + "😀日本".encode()
    assert kind("a.txt", data) == "text/plain; charset=utf-8"
    assert kind("a.txt", b"x" * (LOOK - cut - 2) + "日".encode()[:2]) == "text/plain"


def test_only_the_beginning_is_looked_at_and_every_part_has_the_type_of_the_whole() -> None:
    for profile in (MODERN, LEGACY):
        for text, plain in (("日本".encode("shift_jis"), "text/plain"), (b"ascii", "text/plain; charset=utf-8")):
            data = text + b"x" * (3 << 20) + b"\xff"
            whole = ask("a.txt", data, profile)
            assert (whole.headers["Content-Type"], body(whole)) == (plain, data)
            assert ask("a.txt", data, profile, "HEAD").headers == whole.headers
            part = ask("a.txt", data, profile, range="bytes=2000000-2000009")
            assert (part.status, part.headers["Content-Type"], body(part)) == (206, plain, b"x" * 10)


def test_a_part_in_the_middle_reads_no_more_than_the_first_block_and_its_own() -> None:
    data = b"".join(b"%015d\n" % number for number in range(300_000))
    ask("a.txt", data)
    BLOCKS.asked.clear()
    body(ask("a.txt", data, range="bytes=4000000-4000009"))
    assert len(set(BLOCKS.asked)) == 4  # the folder, the file, two blocks of it
