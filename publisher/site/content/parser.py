"""One source file to one article: decode, front matter, Markdown. All faults of a file are told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from publisher.errors import ConfigError, ContentError, Problem
from publisher.site import text, urls
from publisher.site.content import frontmatter
from publisher.site.content.frontmatter import Front
from publisher.site.markdown.base import Renderer
from publisher.site.model import Article, Parsed, Rendered, SiteSettings, SourceFile
from publisher.site.urls import LONGEST_NAME, tag_url

POSTS = "posts/"
"""What lies below this folder is a post and has a date; `posts/index.md` is the folder's own page."""

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_FRONT = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def parse(source: SourceFile, site: SiteSettings, markup: Renderer) -> Parsed:
    """The article in a source file; `markup` is `base.renderer()`, made once a process.

    A function of its arguments: the same article gives the same bytes whatever was parsed before. Links in the HTML are
    marked (see urls.py). Of the settings it uses `language` and `timezone`. Raises ContentError with every fault of the
    file where one of them has no kind: then there is nothing to show. Faults that need the other articles (dead links,
    two pages at one address) are found by check.py.
    """
    front, rendered, problems = _read(source, site, markup)
    url = urls.permalink(source.path, front.values.get("slug", ""))
    if not url and source.path != "index.md":
        problems.append(Problem(source.path, 1, 1, "the file's name leaves nothing for an address", "add a `slug:`"))
    problems += _long_names(source.path, url, front)
    if not all(problem.kind for problem in problems):
        raise ContentError("content", problems)
    return Parsed(_article(source.path, url, front, site, rendered), rendered.html, tuple(problems))


def pointing(source: SourceFile, site: SiteSettings, markup: Renderer) -> Article:
    """Of an article that has faults, what its body points at: this is checked too, so that one run tells everything."""
    front, rendered, _ = _read(source, site, markup)
    draft = front.values.get("draft", False)
    return Article(
        source.path, "", "page", "", "", draft=draft, anchors=rendered.anchors, references=rendered.references
    )


def _read(source: SourceFile, site: SiteSettings, markup: Renderer) -> tuple[Front, Rendered, list[Problem]]:
    decoded, problems = _decode(source)
    found = _FRONT.match(decoded)
    if found is None:
        problems.append(_no_front(source.path, decoded))
        start, front = 0, Front(source.path, "", 1)
    else:
        start, front = found.end(), frontmatter.read(source.path, found.group(1), 2, zone(site.timezone))
        problems += front.problems
        problems += _missing(source.path, front)
    line = decoded.count("\n", 0, start) + 1
    language = front.values.get("language", site.language)
    rendered = markup.render(source.path, decoded[start:], line, language)
    return front, rendered, problems + list(rendered.problems)


def kind_of(path: str) -> str:
    """`post` or `page`, from the content path alone."""
    return "post" if path.startswith(POSTS) and path != POSTS + "index.md" else "page"


def zone(name: str) -> tzinfo:
    """The time zone that dates without one are in. Raises ConfigError."""
    if name == "UTC":
        return UTC
    try:
        return _zone(name)
    except (ValueError, OSError) as error:
        hint = "a name such as `Europe/Paris` or `Asia/Shanghai`"
        raise ConfigError("site.timezone", f"no time zone is called {name!r}", hint=hint) from error


@cache
def _zone(name: str) -> tzinfo:
    """From the tables that are installed with us: those of the machine may differ, and the root would with them."""
    if not _ZONE.fullmatch(name):
        raise ValueError("no name of a time zone")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _article(path: str, url: str, front: Front, site: SiteSettings, rendered: Rendered) -> Article:
    values = front.values
    return Article(
        source=path,
        url=url,
        kind="post" if kind_of(path) == "post" else "page",
        title=values["title"],
        language=values.get("language", site.language),
        date=values.get("date"),
        updated=values.get("updated"),
        tags=values.get("tags", ()),
        authors=values.get("authors") or values.get("author") or (),
        summary=values.get("summary") or text.summary(rendered.opening),
        draft=values.get("draft", False),
        words=rendered.cjk + rendered.words,
        minutes=text.minutes(rendered.cjk, rendered.words),
        toc=rendered.toc,
        anchors=rendered.anchors,
        references=rendered.references,
        extra=values.get("extra", {}),
        address_at=front.places["slug"] if "slug" in values else (1, 1),
    )


def _long_names(path: str, url: str, front: Front) -> Iterator[Problem]:
    """Names of the article's address, and of its tags', that no file system could hold."""

    def problem(place: tuple[int, int], what: str, name: str, hint: str) -> Problem:
        return Problem(path, *place, f"{what} of {len(name.encode())} bytes, and {LONGEST_NAME} is the most", hint)

    long = urls.too_long(url)
    if long and not url.endswith(f"{long}/"):
        yield problem((1, 1), "a folder name", long, "rename the folder")
    elif long and "slug" in front.values:
        yield problem(front.places["slug"], "a slug", long, "make it shorter")
    elif long:
        yield problem((1, 1), "a file name that makes an address", long, "add a shorter `slug:`")
    for tag, place in front.tags.items():
        if long := urls.too_long(tag_url(tag)):
            yield problem(place, "a tag that makes an address", long, "make it shorter")


def _decode(source: SourceFile) -> tuple[str, list[Problem]]:
    """The text, one kind of line end, no byte-order mark. What cannot be read becomes U+FFFD, and a problem."""
    problems: list[Problem] = []
    data = source.data.removeprefix(b"\xef\xbb\xbf")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.append(Problem(source.path, 1, 1, "UTF-16 instead of UTF-8", "save the file as UTF-8"))
        return "", problems
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        decoded = data.decode()
    except UnicodeDecodeError:
        decoded = data.decode(errors="surrogateescape")
        hint = "save the file as UTF-8"
        problems += _bad_characters(source.path, decoded, "[\udc80-\udcff]", "bytes that are not UTF-8", hint)
        decoded = re.sub("[\udc80-\udcff]", "\ufffd", decoded)
    if "\0" in decoded:
        problems += _bad_characters(source.path, decoded, "\0", "a NUL character", "remove it")
        decoded = decoded.replace("\0", "\ufffd")
    return decoded, problems


def _bad_characters(path: str, decoded: str, pattern: str, what: str, hint: str) -> list[Problem]:
    """One problem for each line that has any, at the first."""
    found: list[Problem] = []
    for number, line in enumerate(decoded.split("\n"), 1):
        match = re.search(pattern, line)
        if match:
            found.append(Problem(path, number, match.start() + 1, what, hint))
    return found


def _no_front(path: str, decoded: str) -> Problem:
    hint = "begin with a line `---`, then `title: ...`, then another line `---`"
    if decoded.startswith("+++"):
        return Problem(path, 1, 1, "front matter in TOML", "write it as YAML between two lines `---`")
    if re.match(r"---[ \t]*(\n|\Z)", decoded):
        return Problem(path, 1, 1, "front matter that does not end", "add a line `---` after it")
    return Problem(path, 1, 1, "no front matter", hint)


def _missing(path: str, front: Front) -> list[Problem]:
    """Keys that have to be there; not asked for when the YAML could not be read at all."""
    if not front.places and front.problems:
        return []
    found: list[Problem] = []
    if "title" not in front.places:
        found.append(Problem(path, 1, 1, "no title", "add `title: ...` to the front matter"))
    if "date" not in front.places and kind_of(path) == "post":
        found.append(Problem(path, 1, 1, "a post without a date", "add `date: 2025-01-31` to the front matter"))
    return found
