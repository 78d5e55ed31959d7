"""Checks of links: those of articles against the site, addresses against each other, and those of finished pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from publisher.errors import Problem
from publisher.html import links
from publisher.site import urls
from publisher.site.file_names import is_markdown
from publisher.site.links.likeness import Anchors, Paths
from publisher.site.links.resolve import Base, name_in, readings
from publisher.site.model import Article, Reference
from publisher.site.urls import LONGEST_NAME


@dataclass(frozen=True, slots=True)
class Found:
    """The target of a link: its URL, and the content path of its article; that is empty for any other file."""

    url: str
    source: str


@dataclass(frozen=True, slots=True)
class Lookups:
    """The questions that a check asks about the rest of the site. A builder can record them with their answers.

    A reading is one of the paths that a link may mean, see resolve.py. The last two serve only for the hint of a fault.
    """

    find: Callable[[str], Found | None]
    """Returns what lies at a reading; None if nothing does."""
    is_draft: Callable[[str], bool]
    """Returns whether a reading is an article that is left out as a draft."""
    has_anchor: Callable[[str, str], bool]
    """Returns whether the article at a content path has this id."""
    paths: Paths
    """All content paths and, with a leading slash, all addresses."""
    anchors: Callable[[str], Anchors]
    """Returns all ids of the article at a path."""


def article_problems(article: Article, look: Lookups) -> list[Problem]:
    """Return the problems of the links and images of one article."""
    own = Anchors(article.anchors)
    return [problem for reference in article.references if (problem := _reference(article, own, reference, look))]


def _reference(article: Article, own: Anchors, reference: Reference, look: Lookups) -> Problem | None:
    path, fragment, _ = urls.split(reference.target)
    if path == article.source:
        found: Found | None = Found(article.url, path)
    else:
        each = readings(path, Base(article.source, article.url))
        found = next((there for reading in each if (there := look.find(reading))), None)

    def problem(what: str, hint: str, kind: str) -> Problem:
        return Problem(article.source, reference.line, reference.col, what, hint, kind=kind)

    if found is None:
        return problem(*_dead(path, article, reference.kind, look))
    source = found.source
    if fragment and source and not _has_anchor(article, source, fragment, look):
        known = own if source == article.source else look.anchors(source)
        where = "here" if source == article.source else f"in {source}"
        return problem(f"there is no anchor #{fragment} {where}", _nearest_anchor(fragment, known), "dead-anchor")
    return None


FILLED_IN = ("{{", "{%")
"""With these Liquid, Jinja and others begin what they replace."""


def _dead(path: str, article: Article, kind: str, look: Lookups) -> tuple[str, str, str]:
    """What is said of a link to nothing, what to do, and its kind of fault."""
    if any(sign in path for sign in FILLED_IN):
        what = f"only another tool can fill in this link: {path}"
        return what, "write the path of the file, as in `other.md`", "foreign-syntax"
    named = name_in(path)
    if named is not None:
        return f"no article is called {named[0]}", "write the name of a file, a title or an alias", "dead-link"
    if any(map(look.is_draft, readings(path, Base(article.source, article.url)))):
        return f"this link leads to a draft: {path}", "publish the draft too, or remove the link", "dead-link"
    if path.startswith("../"):
        return f"this link leaves the content folder: {path}", "put the file into the content folder", f"dead-{kind}"
    what = "there is no such image" if kind == "image" else "there is no such file or article"
    return f"{what}: {path}", _hint(path, article, look), f"dead-{kind}"


OLD = "if the article has moved, add this address to its `aliases:`"


def _hint(path: str, article: Article, look: Lookups) -> str:
    """What is most like it; else what can be done about a path of this form."""
    hint = _nearest_path(path, article.source, look)
    is_file = "." in path.rpartition("/")[2] and not path.endswith((".html", ".htm"))
    if is_file or hint.startswith("did you mean"):
        return hint
    return OLD if path.startswith("/") else "write the path of the article's file, as in `other.md`"


def _has_anchor(article: Article, source: str, fragment: str, look: Lookups) -> bool:
    return fragment in article.anchors if source == article.source else look.has_anchor(source, fragment)


def _nearest_path(wanted: str, article: str, look: Lookups) -> str:
    """Return a hint with the most similar path, written as that article has to write it, or else advice."""
    near = look.paths.like(wanted)
    if near and not wanted.startswith("/"):
        near = posixpath.relpath(near, posixpath.dirname(article) or ".")
    if near:
        return f"did you mean {near}?"
    if wanted.startswith("/") or wanted.endswith(("/", ".html", ".htm")):
        return "write the path of the article's file, as in `other.md`"
    return "put the file there, or correct the path"


def _nearest_anchor(wanted: str, known: Anchors) -> str:
    near = known.like(wanted)
    return f"did you mean #{near}?" if near else "correct the anchor, or give a heading this id with {#name}"


Places = Mapping[str, tuple[int, int]]
"""Content path -> the line and column that set the address of the article there."""


def _is_article(owner: str, places: Places) -> bool:
    return owner in places or is_markdown(owner)


def _way_out(places: Places, *owners: str) -> str:
    """Return the hint for two files at one address. Only an article can get another address; a file is at its name."""
    articles = [owner for owner in owners if _is_article(owner, places)]
    if len(articles) == len(owners):
        return "give one of the two another `slug:`"
    return f"give {articles[0]} another `slug:`, or rename the other" if articles else "rename one of the two"


def collisions(claims: Iterable[tuple[str, str]], places: Places = MappingProxyType({})) -> list[Problem]:
    """Return what is wrong with addresses. A claim is (file of the site, content path or other name of its owner).

    Two claims on one file are a fault, and so is a file at the place of a folder that another file needs.
    """
    owners: dict[str, list[str]] = {}
    for file, owner in claims:
        owners.setdefault(file, []).append(owner)
    found: set[Problem] = set()
    for file, claimed in owners.items():
        first, *others = sorted(claimed)
        what = f"the address /{_url(file)} is taken by {_placed(first, places)}"
        found |= {Problem(other, *places.get(other, NOWHERE), what, _way_out(places, other, first)) for other in others}
        parts = file.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder in owners:
                own = depth == len(parts) - 1 and _is_article(first, places)
                found.add(_folder_problem(folder, min(owners[folder]), first, own, places))
    return sorted(found)


NOWHERE = (0, 0)
"""The place of a file without lines."""


def _folder_problem(folder: str, owner: str, inside: str, own: bool, places: Places) -> Problem:
    """Return the problem of a file that is also a folder. `own`: the slug of `inside` makes the folder.

    A page that the program makes has no source, so the problem then names the other file.
    """
    hint = _way_out(places, owner, inside) if own else "rename the file or the folder"
    if owner.startswith(MADE):
        what = f"the address of this file needs a folder /{folder}, but that is the file of {owner}"
        return Problem(inside, *places.get(inside, NOWHERE), what, hint)
    what = f"/{folder} must also be a folder, for {_placed(inside, places)}"
    return Problem(owner, *places.get(owner, NOWHERE), what, hint)


MADE = "("
"""The names of files that the program makes begin with it: `(the tags page)`."""


def _placed(owner: str, places: Places) -> str:
    return ":".join([owner, *map(str, places.get(owner, ()))])


def long_names(claims: Iterable[tuple[str, str]]) -> list[Problem]:
    """Return a problem for each file with a name that is too long for usual file systems."""
    return [
        Problem(
            owner,
            0,
            0,
            f"this name has {len(long.encode())} bytes, and at most {LONGEST_NAME} are allowed",
            "make the name shorter",
        )
        for file, owner in claims
        if (long := urls.too_long(file))
    ]


def _url(file: str) -> str:
    return file.removesuffix("index.html") if file == "index.html" or file.endswith("/index.html") else file


_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


@cache
def _leaving(depth: int) -> re.Pattern[str]:
    up = rf"(?:\./)*(?:\.\./){{{depth + 1}}}"
    return re.compile(rf"[=(]\s*[\"']?\s*(?:/(?!/)|[^\"'\s>]*\\|{up}|[^\"'\s>:]*[^./\"'\s>]/\.\./)")


# These patterns only choose the pages to tokenise. Each begins with the one character that it needs, so that a search
# passes over all others at once.
_ROOTED = re.compile(r"/(?<=[=(\"'\s]/)(?!/)")
_UP_AND_DOWN = re.compile(r"/(?<=[^./\"'\s>]/)\.\./")
_BACKSLASH = re.compile(r"\\[^\"'\s>=(]*+\s*+[\"']?\s*+[=(]")  # for a page read backwards


def _may_leave(html: str, depth: int) -> bool:
    """Return whether a pattern of `_leaving` can match.

    That pattern takes four times as long, and most pages have no match.
    """
    if "../" * (depth + 1) in html or _ROOTED.search(html) or _UP_AND_DOWN.search(html):
        return True
    return "\\" in html and bool(_BACKSLASH.search(html[::-1]))


_SIGNS = (b"srcset", b"http-equiv", b"<base", b"@import", b"url(&")
"""Signs of addresses that `_leaving` does not see."""


def _suspect(html: str, depth: int) -> bool:
    """Return whether a page has the signs that every leaving link has.

    To read it as HTML takes twenty times as long.
    """
    lower = html.encode(errors="surrogatepass").lower()  # bytes, since only ASCII counts; this is three times as fast
    signs = any(sign in lower for sign in _SIGNS) or urls.NUL in html
    return signs or (_may_leave(html, depth) and bool(_leaving(depth).search(html)))


def page_problems(path: str, html: str) -> list[Problem]:
    """Return the links of a finished page that leave the mount, as problems.

    Such a link has no mark, so a template or raw HTML is at fault. `path` is the page's file in the site. Code samples
    with such links are text and are not checked.
    """
    depth = path.count("/")
    if not _suspect(html, depth):
        return []
    found: list[Problem] = []
    if urls.NUL in html:
        at = html.index(urls.NUL)
        found.append(
            Problem(
                path,
                *_at(html, at),
                "the program left the mark of a link in the page",
                "report this fault of the program",
            )
        )
    for link in links.links(html):
        if link.tag == "base":
            what = "a <base> element changes where every link of the page leads"
            found.append(Problem(path, *_at(html, link.start), what, "remove the element"))
            continue
        if not _out_of_the_mount(link, depth):
            continue
        text = link.text.strip()
        hint = "write {{ link('/...') }} in a template, and a path relative to the file in an article"
        found.append(Problem(path, *_at(html, link.start), f"this link leaves the site's folder: {text}", hint))
    return found


def style_problems(path: str, label: str, css: str) -> list[Problem]:
    """Return the addresses in a style sheet that leave the mount, as problems.

    `path` is its place in the site, `label` its name in messages.
    """
    return [
        Problem(
            label,
            *_at(css, link.start),
            f"this address leaves the site's folder: {link.text.strip()}",
            "write the address relative to this file",
        )
        for link in links.style_links(css)
        if _out_of_the_mount(link, path.count("/"))
    ]


def _out_of_the_mount(link: links.HtmlLink, depth: int) -> bool:
    text = link.text.strip().replace("\\", "/")
    return not _OUTSIDE.match(text) and _leaves(text, depth)


def _leaves(text: str, depth: int) -> bool:
    if text.startswith("/"):
        return True
    for part in re.split("[?#]", text, maxsplit=1)[0].split("/"):
        depth += -1 if part == ".." else 1 if part not in ("", ".") else 0
        if depth < 0:
            return True
    return False


def _at(html: str, start: int) -> tuple[int, int]:
    return html.count("\n", 0, start) + 1, start - html.rfind("\n", 0, start)
