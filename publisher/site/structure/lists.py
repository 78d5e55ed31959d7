"""Divide a list of articles into pages that lead to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from publisher.site.content.records import ArticleRecord
from publisher.site.structure.pages import ListPage


def paginated(first: ListPage, size: int) -> list[ListPage]:
    """Return the pages of a list. `first` is the first page, with all articles. A page has `size` articles.

    Only the first page has the introduction and the list of sections. If the article that introduces the list has
    chosen a template, all pages of the list use this template. For the home page, only the first page uses it.
    """
    if first.intro and first.kind != "home":
        first = replace(first, template=first.intro.article.template)
    return _newest_first(first, size) if first.by_date else _in_order(first, size)


def _newest_first(page: ListPage, size: int) -> list[ListPage]:
    """Return the pages of a list whose newest articles come first.

    All pages except the first have exactly `size` articles. The first has at least `size` articles, or all if there are
    fewer, and always fewer than 2 * `size`. So most new articles change only the first page. One in `size` new articles
    also adds a page, and the page after the added page gets a link to it.
    """
    posts = page.posts
    older = max(len(posts) // size - 1, 0)
    first = len(posts) - older * size

    def at(number: int) -> str:
        return f"{page.url}page/{number}/" if number else page.url

    pages = [replace(page, posts=tuple(posts[:first]), older_url=at(older) if older else None)]
    for number in range(older, 0, -1):
        start = first + (older - number) * size
        newer = at(number + 1) if number < older else page.url
        below = at(number - 1) if number > 1 else None
        pages.append(_other(page, at(number), number, posts[start : start + size], newer, below))
    return pages


def _in_order(page: ListPage, size: int) -> list[ListPage]:
    """Return the pages of a list that is read from its beginning. All pages except the last have `size` articles."""
    posts = page.posts
    last = max(-(-len(posts) // size), 1)

    def at(number: int) -> str:
        return f"{page.url}page/{number}/" if number > 1 else page.url

    pages = [replace(page, posts=tuple(posts[:size]), older_url=at(2) if last > 1 else None)]
    for number in range(2, last + 1):
        below = at(number + 1) if number < last else None
        shown = posts[(number - 1) * size : number * size]
        pages.append(_other(page, at(number), number, shown, at(number - 1), below))
    return pages


def _other(
    page: ListPage, url: str, number: int, posts: Sequence[ArticleRecord], newer: str, older: str | None
) -> ListPage:
    """Return a page after the first one."""
    return replace(
        page,
        kind="list" if page.kind == "home" else page.kind,
        url=url,
        number=number,
        posts=tuple(posts),
        newer_url=newer,
        older_url=older,
        intro=None,
        sections=(),
    )
