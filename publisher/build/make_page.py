"""Make pages: render a template, resolve its links, check the page, make its blocks.

This process and its child processes run this code. The children inherit the plan through the fork.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from publisher.build.data_values import UnreadableData
from publisher.build.embedding import with_embeds
from publisher.build.fingerprint import stamp
from publisher.build.layers import find_template, layered
from publisher.build.plan_values import (
    EVERYTHING,
    BuildPlan,
    BuiltPage,
    PageOrder,
    record_of,
    with_our_ids,
)
from publisher.dag.unixfs import add_file
from publisher.errors import Problem, recording_problems
from publisher.html.foreign import code_of, foreign_code
from publisher.site.content.records import whole
from publisher.site.links import check
from publisher.site.links.resolve import Base
from publisher.site.model import Parsed
from publisher.site.recorded_reads import Reader
from publisher.site.structure.pages import ArticlePage, SitePage
from publisher.site.templates.compiled import CompiledTheme
from publisher.site.templates.faults import Unplaced
from publisher.site.templates.lazy_values import PageLookups, no_records
from publisher.site.templates.render import Templates
from publisher.site.templates.views import TEMPLATES, View, view
from publisher.site.urls import absolute, file_of, place, split, targets


class PageMaker:
    """Makes pages. Each process has one PageMaker, so that each template is compiled once per process."""

    def __init__(self, plan: BuildPlan, pages: Sequence[SitePage]) -> None:
        self._plan = plan
        self._pages = pages
        related = plan.related.to if plan.site.settings.related else no_records
        lookups = PageLookups(plan.backlinks.to, related, plan.site.navigation.tree, self._data)
        self._templates = Templates(
            lambda name: find_template(plan.layers, name), plan.values, lookups, CompiledTheme(stamp())
        )
        self._taxonomies = tuple(terms.taxonomy.name for terms in plan.site.terms)
        self._lookups = plan.addresses.lookups()

    def __call__(self, orders: list[PageOrder]) -> list[BuiltPage]:
        """Make some pages, in the order of `orders`. Their problems are in the results.

        Raises MemoryError, and each PublishError that is not a ContentError.
        """
        return [self._one(*order) for order in orders]

    def _one(self, number: int, body: bytes, embedded: Mapping[str, bytes]) -> BuiltPage:
        page = self._pages[number]
        made = BuiltPage(number)
        with recording_problems(self._owner(page), made.problems):
            record = record_of(page)
            reader = Reader()
            parsed = self._parsed(page.url, whole(record, body), embedded, reader) if record else None
            self._make(made, page, parsed, reader)
        return made

    def _parsed(self, url: str, parsed: Parsed, embedded: Mapping[str, bytes], reader: Reader) -> Parsed:
        """Return an article with the texts of its embeds, for the page with the URL `url`."""
        return with_embeds(parsed, embedded, self._plan, lambda html, address: place(html, url, address), reader)

    def _make(self, made: BuiltPage, page: SitePage, parsed: Parsed | None, reader: Reader) -> None:
        shown_view = view(page, self._plan.site.settings.language, parsed, self._taxonomies)
        try:
            html = self._templates.render(shown_view, reader)
            pointed = dict.fromkeys(targets(html))
            base = self._plan.addresses.base(parsed.article) if parsed else None
            self._note(reader, pointed, parsed, base)
            finished = self._finish(html, pointed, shown_view, base)
            data = finished.encode()
        except Unplaced as error:
            made.faults.append(error.problem)
            return
        except ValueError as error:  # the template has cut a link mark, or has printed half of a surrogate pair
            what = f"{type(error).__name__}: {error}"
            made.faults.append(Problem(self._label(shown_view.kind), 0, 0, what, "correct the template"))
            return
        made.problems += self._check(shown_view, parsed, html, finished)
        made.faults += self._dead_links(shown_view, pointed, parsed, base)
        made.reads = reader.reads()
        made.link = add_file([data], self._plan.profile, made.blocks.append)

    def _data(self, name: str) -> Any:
        """Return the values of a data file. Raises KeyError if there is none, and Unplaced if it cannot be read."""
        try:
            return self._plan.data.read(name)
        except UnreadableData as error:
            raise Unplaced(error.problem) from error

    def _finish(self, html: str, pointed: Iterable[str], shown_view: View, base: Base | None) -> str:
        def address(path: str) -> str | None:
            return self._plan.addresses.of(path, base)

        html = with_our_ids(html, pointed, self._plan.addresses, base)
        if shown_view.kind == "404":  # hosts serve this page at any depth, so its links must begin at the root
            return absolute(html, "/", address)
        return place(html, shown_view.url, address)

    def _note(self, reader: Reader, pointed: Mapping[str, None], parsed: Parsed | None, base: Base | None) -> None:
        """Record the target of each link as a fact.

        A link to the article itself needs no fact, because the key of the page contains a digest of the article.
        """
        own = parsed.article.source if parsed else ""
        addresses = self._plan.addresses
        asked = dict.fromkeys(reference.target for reference in parsed.article.references) if parsed else {}
        for target in {**pointed, **asked}:
            path = split(target)[0]
            if own and path == own:
                continue
            for name in addresses.asked(target, base):
                reader.note(f"@{name}")
            if addresses.meant(path, base) is None:
                reader.note(EVERYTHING)  # the hint for a dead link may suggest any path of the site

    def _check(self, shown_view: View, parsed: Parsed | None, rendered: str, html: str) -> list[Problem]:
        """Return the problems of a page, apart from the errors of its templates.

        `rendered` is the page with link marks, and `html` is the finished page.
        """
        problems: list[Problem] = []
        if parsed:
            found = check.article_problems(parsed.article, self._lookups)
            problems += (replace(problem, path=f"{self._plan.content}/{problem.path}") for problem in found)
            problems += self._missing_template(parsed)
        problems += self._foreign_code(shown_view, parsed, rendered)
        if shown_view.kind == "404":  # the links of this page begin at the root, as `_finish` explains
            return problems
        return problems + check.page_problems(file_of(shown_view.url), html)

    def _missing_template(self, parsed: Parsed) -> Iterator[Problem]:
        """Yield a problem if the article chose a template that does not exist."""
        chosen = parsed.article.template
        if chosen and layered(self._plan.layers, chosen) is None:
            where = f"{self._plan.content}/{parsed.article.source}"
            what, hint = f"there is no template {chosen!r}", "correct the name, or make that file in templates/"
            yield Problem(where, *parsed.article.template_at, what, hint, kind="missing-template")

    def _foreign_code(self, shown_view: View, parsed: Parsed | None, rendered: str) -> Iterator[Problem]:
        """Yield a problem for each script and style sheet of another host that a template loads.

        The article stage has already reported those that the text of an article loads.
        """
        own = parsed.html if parsed else ""
        for address in dict.fromkeys(foreign_code(_without(rendered, own))):
            if address not in own:
                label, line = self._templates.place_of_text(shown_view, address)
                yield Problem(label, line, 0, *code_of(address), kind="foreign-code")

    def _dead_links(
        self, shown_view: View, pointed: Mapping[str, None], parsed: Parsed | None, base: Base | None
    ) -> Iterator[Problem]:
        """Yield a problem for each dead link that a template wrote.

        A template wrote each link of the page that is not a link of the article.
        """
        reported = {reference.target for reference in parsed.article.references} if parsed else set()
        for target in pointed:
            if target not in reported and self._plan.addresses.meant(split(target)[0], base) is None:
                label, line = self._templates.place_of_link(shown_view, target) or (self._label(shown_view.kind), 0)
                yield Problem(label, line, 0, f"the link {target} leads to nothing", "correct the template")

    def _owner(self, page: SitePage) -> str:
        """Return the name of a page in messages: the name of its article, or of its template if it shows no article."""
        if isinstance(page, ArticlePage):
            return f"{self._plan.content}/{page.record.article.source}"
        introduction = record_of(page)
        return f"{self._plan.content}/{introduction.article.source}" if introduction else self._label(page.kind)

    def _label(self, kind: str) -> str:
        file = layered(self._plan.layers, TEMPLATES[kind])
        return file.label if file else TEMPLATES[kind]


def _without(rendered: str, own: str) -> str:
    """Return a page without the text `own` of its article, which is most of the page and need not be searched again.

    If the text has a comment, or is not in the page as it is, return the whole page.
    """
    at = rendered.find(own[:100])
    if "<!--" in own or not rendered.startswith(own, at):
        return rendered
    return f"{rendered[:at]}\n{rendered[at + len(own) :]}"
