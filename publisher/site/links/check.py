"""Check the links of articles, of finished pages and of style sheets. Find conflicts between addresses."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.html import links
from publisher.site import urls
from publisher.site.file_names import is_markdown
from publisher.site.links.likeness import Anchors, Paths
from publisher.site.links.resolve import Base, name_in, readings
from publisher.site.model import Article, ArticleMetadata, Reference
from publisher.site.urls import LONGEST_NAME


@dataclass(frozen=True, slots=True)
class Found:
    """The page or file to which a link leads. `source` is the content path of its article, or "" for any other file."""

    url: str
    source: str


@dataclass(frozen=True, slots=True)
class Lookups:
    """The functions through which a check reads the rest of the site. A build can record these reads.

    A reading is one of the paths that a link may mean (see resolve.py). Only hints use `paths` and `anchors`.
    """

    base: Callable[[ArticleMetadata], Base]
    """Returns the base of all links in an article."""
    find: Callable[[str], Found | None]
    """Returns the page or file of a reading, or None if there is none."""
    is_draft: Callable[[str], bool]
    """Returns whether a reading is an article that is left out of the build."""
    has_anchor: Callable[[str, str], bool]
    """Returns whether the article at a content path has an anchor."""
    paths: Paths
    """All content paths, and all addresses with a leading slash."""
    anchors: Callable[[str], Anchors]
    """Returns all anchors of the article at a content path."""


def article_problems(article: Article, look: Lookups) -> list[Problem]:
    """Return the problems of the links and images of one article."""
    own = Anchors(article.anchors)
    return [problem for reference in article.references if (problem := _reference(article, own, reference, look))]


def _reference(article: Article, own: Anchors, reference: Reference, look: Lookups) -> Problem | None:
    path, fragment, _ = urls.split(reference.target)
    if path == article.source:
        found: Found | None = Found(article.url, path)
    else:
        each = readings(path, look.base(article))
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
"""The beginnings of expressions that Liquid, Jinja and other template languages replace."""


_LETTER = re.compile(r"(?:.*/)?[a-z]", re.DOTALL)
"""Matches a path whose last part is one small letter, as in `[cache](g)`.

Some sites of Hugo have a template that replaces these links, for example with links to a glossary.
"""


def _dead(path: str, article: Article, kind: str, look: Lookups) -> tuple[str, str, str]:
    """Return the text, the hint and the kind of the problem for a dead link with the path `path`."""
    if any(sign in path for sign in FILLED_IN) or _LETTER.fullmatch(path):
        what = f"only another tool can fill in this link: {path}"
        return what, "write the path of the file, as in `other.md`", "foreign-syntax"
    named = name_in(path)
    if named is not None and kind == "image":
        return f"no picture is called {named.name}", "write the name of a file in the content folder", "dead-image"
    if named is not None:
        return f"no article is called {named.name}", "write the name of a file, a title or an alias", "dead-link"
    if any(map(look.is_draft, readings(path, look.base(article)))):
        if is_markdown(path) or path.endswith(("/", ".html", ".htm")) or "." not in path.rpartition("/")[2]:
            return f"this link leads to a draft: {path}", "publish the draft too, or remove the link", "dead-link"
        return f"this file belongs to a draft: {path}", "publish the draft too, or move the file", f"dead-{kind}"
    if path.startswith("../"):
        return f"this link leaves the content folder: {path}", "put the file into the content folder", f"dead-{kind}"
    what = "there is no such image" if kind == "image" else "there is no such file or article"
    return f"{what}: {path}", _hint(path, article, look), f"dead-{kind}"


OLD = "if the article has moved, add this address to its `aliases:`"


def _hint(path: str, article: Article, look: Lookups) -> str:
    """Return the hint for a dead link. It names the most similar path, or else says how to correct the link."""
    hint = _nearest_path(path, article.source, look)
    is_file = "." in path.rpartition("/")[2] and not path.endswith((".html", ".htm"))
    if is_file or hint.startswith("did you mean"):
        return hint
    return OLD if path.startswith("/") else "write the path of the article's file, as in `other.md`"


def _has_anchor(article: Article, source: str, fragment: str, look: Lookups) -> bool:
    if source != article.source:
        return look.has_anchor(source, fragment)
    return fragment in article.anchors or fragment in dict(article.other_ids)


def _nearest_path(wanted: str, article: str, look: Lookups) -> str:
    """Return a hint that names the most similar path, relative to the article. If there is none, say what to do."""
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
"""Maps the content path of an article to the line and column in its file that set its address."""


def _is_article(owner: str, places: Places) -> bool:
    return owner in places or is_markdown(owner)


def _way_out(places: Places, *owners: str) -> str:
    """Return the hint for two files that have the same address.

    An author can give an article another address and can rename a file. An author cannot change the address of a page
    that the program makes.
    """
    articles = [owner for owner in owners if _is_article(owner, places)]
    if len(articles) == len(owners):
        return "give one of the two another `slug:` or `permalink:`"
    if any(owner.startswith(MADE) for owner in owners):
        return f"give {articles[0]} another `slug:` or `permalink:`" if articles else "rename the file"
    return f"give {articles[0]} another `slug:`, or rename the other" if articles else "rename one of the two"


def collisions(claims: Iterable[tuple[str, str]], places: Places = MappingProxyType({})) -> list[Problem]:
    """Return a problem for each conflict between two addresses.

    A claim is a pair: the path of a file of the site, and its owner. The owner is a content path or a name such as
    `(the tags page)`. Two claims for one file are a conflict. A file is also in conflict with a file that needs a
    folder of the same name. `places` is as in Places.
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
"""The line and column of a problem that concerns a whole file."""


def _folder_problem(folder: str, owner: str, inside: str, own: bool, places: Places) -> Problem:
    """Return the problem of two files of the site, if the second is below the path of the first.

    Then this path, `folder`, must be a file and a folder. `owner` is the owner of the first file, and `inside` is the
    owner of the second. If `own` is set, the slug of `inside` makes the folder. If the program makes the first file,
    the problem names `inside`, because an author cannot change `owner`.
    """
    hint = _way_out(places, owner, inside) if own else "rename the file or the folder"
    if owner.startswith(MADE):
        what = f"the address of this file needs a folder /{folder}, but that is the file of {owner}"
        return Problem(inside, *places.get(inside, NOWHERE), what, hint)
    what = f"/{folder} must also be a folder, for {_placed(inside, places)}"
    return Problem(owner, *places.get(owner, NOWHERE), what, hint)


MADE = "("
"""The first character of the name of an owner if the program makes the file, as in `(the tags page)`."""


def _placed(owner: str, places: Places) -> str:
    return ":".join([owner, *map(str, places.get(owner, ()))])


def long_names(claims: Iterable[tuple[str, str]]) -> list[Problem]:
    """Return a problem for each file whose path has a name that is too long for most file systems."""
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


# These patterns only find the pages that must be tokenised. Each begins with a fixed character, so the search is fast.
_ROOTED = re.compile(r"/(?<=[=(\"'\s]/)(?!/)")
_UP_AND_DOWN = re.compile(r"/(?<=[^./\"'\s>]/)\.\./")
_BACKSLASH = re.compile(r"\\[^\"'\s>=(]*+\s*+[\"']?\s*+[=(]")  # searched in the reversed text of a page


def _may_leave(html: str, depth: int) -> bool:
    """Return whether the pattern of `_leaving` can match `html`.

    This check saves time. The pattern of `_leaving` takes four times as long, and it matches in few pages.
    """
    if "../" * (depth + 1) in html or _ROOTED.search(html) or _UP_AND_DOWN.search(html):
        return True
    return "\\" in html and bool(_BACKSLASH.search(html[::-1]))


_SIGNS = (b"srcset", b"http-equiv", b"<base", b"@import", b"url(&")
"""Texts in pages that may have links which `_leaving` cannot find."""


def _suspect(html: str, depth: int) -> bool:
    """Return whether a page may have a link that leaves the site.

    If it has none, its HTML need not be tokenised. To tokenise a page takes twenty times as long as this check.
    """
    lower = html.encode(errors="surrogatepass").lower()  # bytes.lower is three times as fast as str.lower
    signs = any(sign in lower for sign in _SIGNS) or urls.NUL in html
    return signs or (_may_leave(html, depth) and bool(_leaving(depth).search(html)))


def page_problems(path: str, html: str) -> list[Problem]:
    """Return a problem for each link of a finished page that leaves the folder of the site.

    A link that was written as a mark never leaves it. So all links with problems come from templates or from raw HTML.
    `path` is the path of the page in the site. Links in samples of code are text, so they are not checked.
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
    """Return a problem for each address in a style sheet that leaves the folder of the site.

    `path` is the path of the style sheet in the site, and `label` is its name in messages.
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
