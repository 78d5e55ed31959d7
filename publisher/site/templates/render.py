"""Render pages from templates and views. Record each fact and file that a template reads, even if it does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from publisher.site.model import Card, Heading, TagCard
from publisher.site.page_links import MenuItem, PageLink, TreeNode
from publisher.site.recorded_reads import Reader
from publisher.site.structure.pages import SeriesPart
from publisher.site.templates.compiled import CompiledTheme
from publisher.site.templates.environment import FindTemplate, Loader, Sandbox
from publisher.site.templates.faults import Unplaced, problem_of
from publisher.site.templates.lazy_values import RELATED, CardsFact, DataFacts, PageLookups, TreeFact, no_records
from publisher.site.templates.sandbox import Direct
from publisher.site.templates.site_values import MonthCard, TaxonomyCard, YearCard
from publisher.site.templates.views import BACKLINKS, TEMPLATES, ArticleView, ListView, PlainView, View
from publisher.site.urls import mark
from publisher.site.words import words

STYLE = "assets/style.css"
"""The style sheet of the theme. Its text is copied into `404.html`, so this page needs no other file."""


NO_LOOKUPS = PageLookups()


class Templates:
    """The templates of one build. Each template is compiled when it is first used.

    `site` maps each NAME to the value of `site.NAME` in a template. `compiled` keeps compiled templates for later runs.
    """

    def __init__(
        self,
        find: FindTemplate,
        site: Mapping[str, Any],
        lookups: PageLookups = NO_LOOKUPS,
        compiled: CompiledTheme | None = None,
    ) -> None:
        self._find = find
        self._site = site
        self._lookups = lookups
        self._labels: dict[str, str] = {}
        self._loader = Loader(find, self._labels)
        self._environment = Sandbox(self._loader, _VALUES, compiled)

    def render(self, view: View, reader: Reader) -> str:
        """Return the HTML of a page with link marks. Record in `reader` all facts that the template reads.

        Raises Unplaced if a template fails. Raises MemoryError if there is too little memory.
        """
        try:
            return self._html(view, reader, LinkFunction())
        except (Unplaced, MemoryError):
            raise
        except Exception as error:  # a template can call functions, so it can raise any exception
            raise Unplaced(problem_of(error, self._name(view), self._labels)) from error

    def place_of_link(self, view: View, target: str) -> tuple[str, int] | None:
        """Return the template (its name in messages) and the line that write the first link to `target`.

        Return None if no template writes a link to `target`. This method renders the page once more, so callers use it
        only for dead links.
        """
        try:
            self._html(view, Reader(), _LinkTrap(target))
        except _Trapped as error:
            problem = problem_of(error, self._name(view), self._labels)
            return problem.path, problem.line
        return None

    def place_of_text(self, view: View, text: str) -> tuple[str, int]:
        """Return the template (its name in messages) and the line in which a text is written first.

        If no template has the text as it is, return the template of the page and 0.
        """
        for label in sorted(self._labels):
            index = self._labels[label].find(text)
            if index >= 0:
                return label, self._labels[label].count("\n", 0, index) + 1
        name = self._name(view)
        file = self._find(name)
        return (file.label if file else name), 0

    def _html(self, view: View, reader: Reader, link: LinkFunction) -> str:
        """Return the HTML of a page with link marks. Raises whatever exception a template raises."""
        self._loader.note = reader.note
        view = self._with_lookups(view, reader)
        handed: dict[str, Any] = {
            "page": view,
            "site": SiteFacts(self._site, reader, self._lookups),
            "link": link,
            "words": words(view.language),
        }
        if view.kind == "404":
            handed["style"] = self._style(reader)
        return self._environment.get_template(self._name(view)).render(handed)

    def _name(self, view: View) -> str:
        """Return the name of the template of a page.

        If the article of the page chose a template that does not exist, return the name of the usual template. The
        missing template is recorded too, so the page is made again when the template appears.
        """
        chosen = "" if isinstance(view, PlainView) else view.template
        return chosen if chosen and self._loader.find(chosen) else TEMPLATES[view.kind]

    def _with_lookups(self, view: View, reader: Reader) -> View:
        """Return a view with the values that are looked up when the template reads them."""
        lookups = self._lookups
        if isinstance(view, ArticleView):
            linking = CardsFact("backlinks", BACKLINKS, view.url, lookups.backlinks, reader)
            view = replace(view, backlinks=linking)
            if lookups.related is not no_records:
                related = CardsFact("related", RELATED, view.url, lookups.related, reader)
                view = replace(view, related=related)
        if isinstance(view, PlainView) or not view.place.tree:
            return view
        return replace(view, tree=TreeFact(view.place.tree, view.language, lookups, reader))

    def _style(self, reader: Reader) -> str:
        reader.note(f"template {STYLE}")
        file = self._find(STYLE)
        return file.data.decode() if file else ""


class SiteFacts:
    """The value `site` in a template. Each attribute is one fact, which is recorded when it is read."""

    __slots__ = ("__lookups", "__reader", "__values")

    def __init__(self, values: Mapping[str, Any], reader: Reader, lookups: PageLookups = NO_LOOKUPS) -> None:
        self.__values = values
        self.__reader = reader
        self.__lookups = lookups

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"site has no attribute {name!r}")
        if name == "data":
            return DataFacts(self.__lookups.data, self.__reader.note)
        self.__reader.note(f"site.{name}")
        if name not in self.__values:
            raise AttributeError(f"site has no attribute {name!r}")
        return self.__values[name]

    def __dir__(self) -> list[str]:
        """Return the names of all attributes."""
        names = [name for name in self.__values if " " not in name]
        return sorted([*names, "data", "tag", "terms"])

    def tag(self, name: str) -> Any:
        """Return the TagCard of a tag, or None if no article has the tag."""
        self.__reader.note(f"site.tag {name}")
        return next((card for card in self.__values["tags"] if card.name == name), None)

    def terms(self, taxonomy: str) -> Any:
        """Return the TagCards of all terms of a taxonomy. Raises TypeError if the site has no such taxonomy."""
        self.__reader.note(f"site.terms {taxonomy}")
        found = self.__values.get(f"terms {taxonomy}")
        if found is None:
            raise TypeError(f"there is no taxonomy {taxonomy!r}")
        return found

    def __str__(self) -> str:
        raise TypeError("a template cannot print site itself: print one of its values, such as site.title")

    def __iter__(self) -> Any:
        raise TypeError("a template cannot loop over site itself: loop over one of its values, such as site.tags")

    __repr__ = __html__ = __str__


class LinkFunction(Direct):
    """The function `link(target)` in a template. It returns the mark of a link on the page that is being rendered."""

    __slots__ = ()

    def __call__(self, target: str) -> Markup:
        """Return the mark of a link. `urls.place` replaces the mark when the page is finished.

        Raises TypeError if `target` is not a text or has a NUL character.
        """
        if not isinstance(target, str) or "\0" in target:
            raise TypeError(f"link takes an address such as '/tags/' or 'posts/first.md', not {target!r}")
        return Markup(mark(target))  # noqa: S704  urls.place writes it percent-encoded

    def __str__(self) -> str:
        raise TypeError("link is a function: write link('/tags/')")

    __repr__ = __html__ = __str__


class _Trapped(Exception):
    """A template has called `link` with the target of a `_LinkTrap`."""


class _LinkTrap(LinkFunction):
    """A function `link` that stops the rendering at one target, to find the template and the line of this link."""

    __slots__ = ("_target",)

    def __init__(self, target: str) -> None:
        self._target = target

    def __call__(self, target: str) -> Markup:
        """Return the mark of a link. Raises _Trapped if `target` is the target of this trap."""
        if target == self._target:
            raise _Trapped
        return super().__call__(target)


_VALUES: Mapping[type, str] = {
    **dict.fromkeys((ArticleView, ListView, PlainView), "this page"),
    Card: "a card",
    Heading: "a heading",
    TagCard: "a tag",
    SiteFacts: "site",
    CardsFact: "these cards",
    TreeFact: "the tree",
    TreeNode: "a node of the tree",
    PageLink: "this link",
    MenuItem: "an entry of the menu",
    SeriesPart: "a part of a series",
    TaxonomyCard: "a taxonomy",
    YearCard: "a year",
    MonthCard: "a month",
    DataFacts: "site.data",
}
"""Maps each of our own classes, whose attributes are safe, to the name that messages use for its values."""
