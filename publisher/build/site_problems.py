"""Find problems that no single page shows: conflicts between addresses, style sheets, dead links of faulty articles."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping

from publisher.build.inputs import Input
from publisher.build.plan_values import record_of
from publisher.errors import Problem, recording_problems
from publisher.regular_files import chunks
from publisher.site.content.records import ArticleRecord
from publisher.site.links.check import MADE, Lookups, article_problems, collisions, long_names, style_problems
from publisher.site.links.same_names import alike, all_folded, of_old
from publisher.site.model import Article
from publisher.site.structure.old_addresses import OldAddress
from publisher.site.structure.pages import ArticlePage, SitePage
from publisher.site.urls import file_of


def dead_links(broken: Iterable[Article], lookups: Lookups) -> list[Problem]:
    """Return a problem for each dead link in articles that have other errors. No page is made for these articles.

    Raises MemoryError, and each PublishError that is not a ContentError.
    """
    problems: list[Problem] = []
    for article in broken:
        with recording_problems(article.source, problems):
            problems += article_problems(article, lookups)
    return problems


def unfit(shown: Mapping[str, ArticleRecord]) -> list[Problem]:
    """Return a problem for each article whose address has `%`, `?` or `#`, which have a special meaning in a URL."""
    found: list[Problem] = []
    for path, record in shown.items():
        url, place = record.article.url, record.article.address_at
        if not any(sign in url for sign in "%?#"):
            continue
        if place != (1, 1) and any(sign in url.rstrip("/").rpartition("/")[2] for sign in "%?#"):
            found.append(
                Problem(path, *place, "the slug holds %, ? or #, which an address cannot show", "write another slug")
            )
        else:
            what = "the name of a folder holds %, ? or #, which an address cannot show"
            found.append(Problem(path, 0, 0, what, "rename the folder"))
    return found


def of_styles(assets: Mapping[str, Input]) -> Iterator[Problem]:
    """Yield the problems of style sheets.

    A site has few style sheets. So a build reads all of them, except if nothing has changed since an earlier build.
    """
    for path, file in assets.items():
        if path.endswith(".css"):
            with contextlib.suppress(OSError):  # the scan of the folder has already reported this file
                yield from style_problems(path, file.label, b"".join(chunks(file.place)).decode(errors="replace"))


def of_addresses(
    content: str,
    pages: Iterable[SitePage],
    assets: Iterable[tuple[str, Input]],
    extras: Iterable[str],
    old: Collection[OldAddress],
) -> list[Problem]:
    """Return the problems of the addresses of the site's files: conflicts, names that are too long, and similar names.

    `content` is the name of the content folder in messages. `pages`, `assets` and `extras` are the files of the site.
    `old` are the old addresses of articles.
    """
    claims = [(path, file.label) for path, file in assets]
    long = long_names(claims)  # only assets: the parser has already checked the names of articles
    claims += ((name, f"{MADE}the site's {name})") for name in extras)
    places: dict[str, tuple[int, int]] = {}
    for page in pages:
        record = record_of(page)
        if record is not None and page.url == record.article.url:  # a home page with an introduction has a record too
            owner = f"{content}/{record.article.source}"
            places[owner] = record.article.address_at
        else:
            owner = f"{MADE}the {page.kind} page)" if not isinstance(page, ArticlePage) else ""
        claims.append((file_of(page.url), owner))
    files = {file for file, _ in claims}
    folders: set[str] = set()
    for file in files:
        while (file := file.rpartition("/")[0]) not in folders:
            folders.add(file)
    # The comparisons of sizes and sets are fast. They usually show that there is no conflict, and so save the calls of
    # `collisions` and `alike`, which take ten times as long.
    same = collisions(claims, places) if len(files) < len(claims) or files & folders else []
    small = all_folded(files)
    near = alike(claims, places) if len(small) < len(files) or small & all_folded(folders) else []
    return [*long, *same, *near, *(of_old(old, content, claims, places) if old else ())]
