"""The HTML document with both versions of each page: nothing in a page can act, and nothing is loaded."""

import io
from pathlib import Path

from publisher.app.context import Session
from publisher.app.differences import write_html
from publisher.dag.cid import Block
from publisher.diff import compare, folded
from publisher.diff.sidebyside import START, document
from publisher.diff.standalone import Root
from publisher.report import Report
from tests.diff.pages import page
from tests.gateway.sites import Blocks


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
