"""Turn one source file into one article. All faults of the file are reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from publisher.errors import ContentError, Problem
from publisher.fast_dataclass import dataclass, replace
from publisher.html.foreign import code_of, foreign_code
from publisher.site import file_names, text, urls
from publisher.site.content.addresses import address, place_of
from publisher.site.content.decode import decode
from publisher.site.content.frontmatter.interpret import Front
from publisher.site.content.frontmatter.read import read
from publisher.site.content.mdx import foreign_syntax
from publisher.site.content.summary import heading_as_title, summary_of, with_ids
from publisher.site.markdown.html_body import HINTS, render_html
from publisher.site.markdown.links import BadLink, resolve
from publisher.site.markdown.other_ids import other_ids
from publisher.site.markdown.renderer import Renderer
from publisher.site.model import Article, Parsed, Reference, Rendered, SourceFile
from publisher.site.permalinks import PermalinkNames
from publisher.site.settings import SiteSettings
from publisher.site.structure_settings import keys_of
from publisher.site.time_zones import zone
from publisher.site.urls import LONGEST_NAME, tag_url

HOME = "Home"
"""The title of the article of the home page if the author gave it none. The page itself shows the site's title."""


@dataclass(frozen=True, slots=True)
class _Read:
    """The parts of a file (front matter, body and picture) and their problems."""

    front: Front
    body: Rendered
    image: str
    problems: tuple[Problem, ...]


def parse(source: SourceFile, site: SiteSettings, markup: Renderer) -> Parsed:
    """Return the article in a source file. Its HTML has link marks (see urls.py).

    `markup` is the renderer of markdown/renderer.py, which a process makes once. The result depends only on the
    arguments, and not on articles that were parsed before. This function uses only the settings `language`, `timezone`,
    `url`, `permalinks`, `posts` and `taxonomies`. Faults that depend on other articles, such as dead links, are found
    by check.py.

    Raises ContentError with all problems of the file if one of them has an empty `kind`. Such a problem is always an
    error. Raises ConfigError if the time zone is unknown.
    """
    found = _read(source, site, markup)
    front = found.front
    title, body = _title(source.path, front, found.body)
    url, wrong = address(_named(source.path, title, front, site), front, site.permalinks)
    problems = [*found.problems, *wrong]
    problems += _long_names(source.path, url, front, body)
    if not all(problem.kind for problem in problems):
        raise ContentError("content", problems)
    summary, body = summary_of(body)
    article = _article(source.path, url, front, site, body)
    article = replace(article, title=title, summary=front.values.get("summary") or summary, image=found.image)
    return Parsed(article, body.html, tuple(problems), body.reads)


def pointing(source: SourceFile, site: SiteSettings, markup: Renderer) -> Article:
    """Return an article that has only its URL, its draft flag, its links and its anchors.

    Callers use this function if `parse` raises ContentError. So the links of this article can be checked too, and one
    run reports all faults. Raises ConfigError if the time zone is unknown.
    """
    found = _read(source, site, markup)
    title, _ = _title(source.path, found.front, found.body)
    url, _ = address(_named(source.path, title, found.front, site), found.front, site.permalinks)
    draft = found.front.values.get("draft", False)
    anchors, references = found.body.anchors, found.body.references
    return Article(source.path, url, "page", "", "", draft=draft, anchors=anchors, references=references)


def _read(source: SourceFile, site: SiteSettings, markup: Renderer) -> _Read:
    decoded, problems = decode(source)
    front, start = read(source.path, decoded, zone(site.timezone), keys_of(site.taxonomies))
    line = decoded.count("\n", 0, start) + 1
    written = decoded[start:]
    if file_names.is_html(source.path):
        body = render_html(source.path, written, line, site.url)
    else:
        language, flavour = front.values.get("language", site.language), front.values.get("markdown", "")
        body = markup.render(source.path, written, line, language, flavour)
    problems += front.problems
    problems += body.problems
    problems += _foreign_code(source.path, written, line, body)
    if source.path.lower().endswith(".mdx"):
        problems += foreign_syntax(source.path, written, line)
    image, references = _image(source.path, front, site.url, problems)
    return _Read(front, replace(body, references=(*references, *body.references)), image, tuple(problems))


def _foreign_code(path: str, text: str, line: int, body: Rendered) -> Iterator[Problem]:
    """Yield a problem for each script and style sheet of another host that the text of an article loads.

    `text` begins on line `line` of the file. For the call of a shortcode, the body has the problem already.
    """
    told = {problem.what for problem in body.problems}
    for loaded in dict.fromkeys(foreign_code(body.html)):
        what, hint = code_of(loaded)
        index = text.find(loaded)
        if index >= 0 and what not in told:
            above = text.count("\n", 0, index)
            column = index - text.rfind("\n", 0, index)
            yield Problem(path, line + above, column, what, hint, kind="foreign-code")


def _is_home(path: str) -> bool:
    return "/" not in path and file_names.is_index(path)


def _title(path: str, front: Front, body: Rendered) -> tuple[str, Rendered]:
    """Return the title of an article, and its body. If the first block is the title, the body is without this block."""
    written: str = front.values.get("title", "")
    found, rest = ("", body) if written else heading_as_title(body)
    named = HOME if _is_home(path) else file_names.readable(path)
    return written or found or named, replace(rest, toc=with_ids(rest.toc))


def _slug(path: str, front: Front) -> str:
    """Return the slug of the front matter. If there is none, return "". Then the slug is made from the file name.

    If the front matter has the form of header lines, make the slug from the title, as Pelican does.
    """
    written: str = front.values.get("slug", "")
    titled = front.headers and not file_names.is_index(path)
    return written or (urls.slug(front.values.get("title", "")) if titled else "")


def _named(path: str, title: str, front: Front, site: SiteSettings) -> PermalinkNames:
    """Return the values from which the address of an article is made."""
    return PermalinkNames(
        path, title, _slug(path, front), front.values.get("permalink", ""), date_of(path, front, site)
    )


def date_of(path: str, front: Front, site: SiteSettings) -> datetime | None:
    """Return the date of an article, or None if it has none.

    The date comes from the front matter, or else from the file name, or else from the folders of the path or the
    `permalink`.
    """
    written: datetime | None = front.values.get("date") or front.values.get("publish_date")
    address = front.values.get("permalink", "")
    day = None if written else file_names.date_in(path) or file_names.date_of_folders(address)
    return datetime(day.year, day.month, day.day, tzinfo=zone(site.timezone)) if day else written


def _image(path: str, front: Front, home: str, problems: list[Problem]) -> tuple[str, tuple[Reference, ...]]:
    """Return the picture of the article, and a reference to it. check.py checks the target of the reference.

    Return "" and () if the article has no picture. If the address of the picture is wrong, also add a problem to
    `problems`. A picture outside of the site has no reference.
    """
    written: str = front.values.get("image", "")
    if not written:
        return "", ()
    place = front.places["image"]
    try:
        target = resolve(written, path, home)
    except BadLink as error:
        problems.append(Problem(path, *place, f"{error}: {written!r}", HINTS[str(error)], kind="dead-image"))
        return "", ()
    return (urls.mark(target), (Reference(target, "image", *place),)) if target else (written, ())


def _article(path: str, url: str, front: Front, site: SiteSettings, body: Rendered) -> Article:
    values = front.values
    return Article(
        source=path,
        url=url,
        kind=file_names.kind_of(path, site.posts),
        title="",
        language=values.get("language", site.language),
        date=date_of(path, front, site),
        updated=values.get("updated"),
        tags=_tags(front, body),
        authors=values.get("authors", ()),
        draft=values.get("draft", False),
        words=body.cjk + body.words,
        minutes=text.minutes(body.cjk, body.words),
        toc=body.toc,
        anchors=body.anchors,
        other_ids=other_ids(body.toc, frozenset(body.anchors)),
        references=body.references,
        extra=values.get("extra", {}),
        address_at=place_of(front, "permalink", "slug"),
        permalink=values.get("permalink", ""),
        aliases=values.get("aliases", ()),
        aliases_at=place_of(front, "aliases"),
        weight=values.get("weight"),
        publish_date=values.get("publish_date"),
        expires=values.get("expires"),
        unknown_keys=tuple(front.unknown),
        terms=values.get("terms", ()),
        term_weights=values.get("term_weights", ()),
        link_title=values.get("link_title", ""),
        sort_by=values.get("sort_by", ""),
        paginate_by=values.get("paginate_by", 0),
        template=values.get("template", ""),
        template_at=place_of(front, "template"),
    )


def _tags(front: Front, body: Rendered) -> tuple[str, ...]:
    """Return the tags of the front matter, and then the tags in the text.

    Leave out a tag in the text if an earlier tag has the same address.
    """
    found = list(front.values.get("tags", ()))
    known = {tag_url(tag) for tag in found}
    for tag, _ in body.tags:
        if tag_url(tag) not in known:
            known.add(tag_url(tag))
            found.append(tag)
    return tuple(found)


def _long_names(path: str, url: str, front: Front, body: Rendered) -> Iterator[Problem]:
    """Yield a problem for each name in the addresses of an article and its terms that is too long for a file system."""

    def problem(place: tuple[int, int], what: str, name: str, hint: str) -> Problem:
        length = len(name.encode())
        return Problem(path, *place, f"{what} has {length} bytes, and at most {LONGEST_NAME} are allowed", hint)

    long = urls.too_long(url)
    if long and not url.endswith(f"{long}/"):
        yield problem((1, 1), "the name of a folder", long, "rename the folder")
    elif long and "permalink" in front.values:
        yield problem(front.places["permalink"], "a part of the permalink", long, "make the permalink shorter")
    elif long and "slug" in front.values:
        yield problem(front.places["slug"], "the slug", long, "make the slug shorter")
    elif long:
        name = "title" if _slug(path, front) else "file name"
        yield problem((1, 1), f"the address made of the {name}", long, "add a shorter `slug:`")
    terms = [("tag", tag_url(tag), place) for tag, place in (*front.tags.items(), *body.tags)]
    for taxonomy, found in front.terms.items():
        terms += (("term", urls.term_url(taxonomy, term), place) for term, place in found.items())
    for what, term_address, place in terms:
        if long := urls.too_long(term_address):
            yield problem(place, f"the address made of a {what}", long, f"make the {what} shorter")
