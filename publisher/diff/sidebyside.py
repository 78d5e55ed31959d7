"""Write a difference as one HTML page that needs no other file. It shows the changed words, and below them both pages.

The compared pages may be hostile. They are shown in sandboxed frames, without scripts, forms or navigation. The content
security policy of the document forbids loading anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from publisher.dag.cid import Get
from publisher.diff.compare import LARGEST, Difference, File, Same
from publisher.diff.kinds import address
from publisher.diff.page_text import PageLink, readable
from publisher.diff.standalone import Root
from publisher.diff.words import Passage

START = "<!doctype html>\n<!-- made by `publish diff --html` -->\n"
"""The beginning of the HTML page. A file with this beginning may be replaced by another run."""
SHOWN = 40
"""The largest number of pages that are shown side by side. Words are shown for all pages."""
ROOM = 48 << 20
"""The largest number of bytes of all pages that are shown. A browser opens a file of this size in a few seconds."""

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'"
)
STYLE = """
:root { color-scheme: light dark; --line: #8884; --gone: #a4001d; --come: #006a32;
  --gone-back: #ffd9dd; --come-back: #cdf3d8; --soft: #5d6470 }
@media (prefers-color-scheme: dark) { :root { --gone: #ff9aa6; --come: #7be39b;
  --gone-back: #4a1119; --come-back: #0d3a1c; --soft: #a3abb8 } }
body { font: 16px/1.6 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  margin: 0 auto; padding: 1.5rem; max-width: 100rem; overflow-wrap: anywhere }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 0 }
header p, .soft { color: var(--soft) } code { font-size: .9em }
table { border-collapse: collapse; margin: 1.5rem 0 } td { padding: .15rem 1rem .15rem 0; vertical-align: top }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.5rem }
.words { max-width: 48rem } .words p { margin: .5rem 0 }
del { color: var(--gone); background: var(--gone-back); text-decoration: line-through }
ins { color: var(--come); background: var(--come-back); text-decoration: underline }
.both { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-top: 1rem }
figure { margin: 0; min-width: 0 } figcaption { color: var(--soft); font-size: .9rem }
iframe { width: 100%; height: min(70vh, 45rem); border: 1px solid var(--line); box-sizing: border-box;
  background: Canvas }
@media (max-width: 50rem) { body { padding: 1rem } .both { grid-template-columns: 1fr } }
@media print { iframe { display: none } }
"""
PLACES = {"title": "Title", "description": "Summary", "main": "", "around": "Around the page"}


def document(get: Get, found: Difference) -> str:
    """Return the HTML page for a difference. Compared pages and files that cannot be read are left out."""
    return START + "".join(_document(get, found))


def _document(get: Get, found: Difference) -> Iterator[str]:
    sets = [(len(found.only(what)), what) for what in ("changed", "added", "removed", "moved")]
    numbers = ", ".join(f"{number:,} {what}" for number, what in sets if number) or "nothing"
    yield f"""<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>What changed: {numbers}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>What changed</h1>
<p>{numbers}<br>from <code>{found.old or "nothing"}</code><br>to <code>{found.new}</code></p>
</header>
<main>
"""
    yield from _table(found)
    for number, same in enumerate(found.same):
        yield f'<section id="same-{number}">\n<h2>{len(same.paths)} pages: the same change</h2>\n{_words(same)}\n'
        paths = "<br>".join(map(_path, same.paths))
        yield f"<details><summary>Which pages</summary><p>{paths}</p></details>\n</section>\n"
    yield from _pages(get, found)
    yield "</main>\n</body>\n</html>\n"


def _table(found: Difference) -> Iterator[str]:
    yield "<table>\n"
    for file in found.files:
        name = _path(file.path)
        if file.passages or file.gone or file.come:
            name = f'<a href="#{_anchor(file)}">{name}</a>'
        elif file.same:
            name = f'<a href="#same-{file.same[0]}">{name}</a>'
        if file.was:
            name = f"{_path(file.was)} → {name}"
        note = f' <span class="soft">{escape(file.note)}</span>' if file.note else ""
        yield f"<tr><td>{file.what}</td><td>{name}{note}</td><td class=soft>{_sizes(file)}</td></tr>\n"
    yield "</table>\n"


def _pages(get: Get, found: Difference) -> Iterator[str]:
    told = [file for file in found.only("changed") if file.kind == "page"]
    own = [file for file in told if file.passages or file.gone or file.come]
    # The first page without changes of its own is shown as an example for the other pages of this kind.
    own += [file for file in told if file not in own][:1]
    olds, news = (Root(get, cid, ROOM // 2) if cid else None for cid in (found.old, found.new))
    for number, file in enumerate(own):
        if number == SHOWN:
            yield f'<p class="soft">Only the {SHOWN} pages above are shown side by side. Below are words only.</p>\n'
        yield f'<section id="{_anchor(file)}">\n<h2>{_path(file.path)}</h2>\n{_words(file)}\n'
        for group in file.same:
            many = f"the same change as {len(found.same[group].paths) - 1:,} other pages"
            yield f'<p class="soft">and <a href="#same-{group}">{many}</a></p>\n'
        if number < SHOWN and olds and news:
            yield f'<div class="both">\n{_frame(olds, file, "before")}{_frame(news, file, "after")}</div>\n'
        yield "</section>\n"


def _frame(root: Root, file: File, when: str) -> str:
    page = root.page(file.path, LARGEST)
    if page is None:
        shown = '<p class="soft">not shown: too large, or not available</p>'
    else:
        title = f"{when}: {escape(address(file.path))}"
        shown = f'<iframe sandbox="" loading="lazy" title="{title}" srcdoc="{escape(page)}"></iframe>'
    return f"<figure><figcaption>{when}</figcaption>{shown}</figure>\n"


def _words(change: File | Same) -> str:
    parts = [_passage(passage) for passage in change.passages]
    parts += [f"<p>{_link(link)}: <del>{_address(link)}</del></p>" for link in change.gone]
    parts += [f"<p>{_link(link)}: <ins>{_address(link)}</ins></p>" for link in change.come]
    return f'<div class="words">{"".join(parts)}</div>'


def _passage(passage: Passage) -> str:
    forms = {
        "same": "{}",
        "removed": "<del>{}</del>",
        "added": "<ins>{}</ins>",
        "cut": '<span class="soft"> … </span>{}',
    }
    place = PLACES[passage.where]
    label = f'<span class="soft">{place}: </span>' if place else ""
    text = "".join(forms[piece.kind].format(escape(piece.text)) for piece in passage.pieces)
    return f"<p>{label}<bdi>{text}</bdi></p>"


def _link(link: PageLink) -> str:
    return f'<span class="soft">{link.kind}</span>'


def _address(link: PageLink) -> str:
    target = readable(link.target)
    target = target if len(target) <= 200 else target[:200] + "…"
    return f"<bdi>{escape(target)}</bdi>"


def _path(path: str) -> str:
    return f"<bdi>{escape(address(path).encode('utf-8', 'replace').decode())}</bdi>"


def _anchor(file: File) -> str:
    return "p-" + file.path.encode("utf-8", "surrogateescape").hex()


def _sizes(file: File) -> str:
    sizes = [f"{size:,}" for size in (file.before, file.after) if size is not None]
    return " → ".join(sizes) + " bytes"
