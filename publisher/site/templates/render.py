"""Render pages from templates and views. Record each fact and file that a template reads, even if it does not exist."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import partial
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Template, TemplateError, TemplateNotFound, Undefined
from jinja2.environment import Environment, TemplateModule
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from publisher.errors import Problem
from publisher.site.content.records import ArticleRecord
from publisher.site.model import Card, Heading, TagCard
from publisher.site.recorded_reads import Reader
from publisher.site.structure.collect import card_of
from publisher.site.templates import sandbox
from publisher.site.templates.views import BACKLINKS, TEMPLATES, ArticleView, ListView, PlainView, View
from publisher.site.urls import mark
from publisher.site.words import words

STYLE = "assets/style.css"
"""The style sheet of the theme. Its text is copied into `404.html`, so this page needs no other file."""


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """The bytes of a template, and its name in messages."""

    label: str
    data: bytes


FindTemplate = Callable[[str], "TemplateFile | None"]
"""A function that takes the name of a template and returns its file, or None if there is no such file.

A template of the author replaces the template of the default theme that has the same name. The name `default/NAME`
always means the template NAME of the default theme.
"""


FindLinking = Callable[[str], "tuple[ArticleRecord, ...]"]
"""A function that takes the URL of an article and returns the articles that link to it."""


class Unplaced(Exception):
    """A template failed. `problem` has the position and the reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Templates:
    """The templates of one build. Each template is compiled when it is first used.

    `site` maps each NAME to the value of `site.NAME` in a template.
    """

    def __init__(self, find: FindTemplate, site: Mapping[str, Any], linking: FindLinking = lambda _: ()) -> None:
        self._find = find
        self._site = site
        self._linking = linking
        self._labels: set[str] = set()
        self._loader = _Loader(find, self._labels)
        self._environment = _Sandbox(self._loader)

    def render(self, view: View, reader: Reader) -> str:
        """Return the HTML of a page with link marks. Record in `reader` all facts that the template reads.

        Raises Unplaced if a template fails. Raises MemoryError if there is too little memory.
        """
        try:
            return self._html(view, reader, LinkFunction())
        except (Unplaced, MemoryError):
            raise
        except Exception as error:  # a template can call functions, so it can raise any exception
            raise Unplaced(self._problem(error, TEMPLATES[view.kind])) from error

    def place_of_link(self, view: View, target: str) -> tuple[str, int] | None:
        """Return the template (its name in messages) and the line that write the first link to `target`.

        Return None if no template writes a link to `target`. This method renders the page once more, so callers use it
        only for dead links.
        """
        try:
            self._html(view, Reader(), _LinkTrap(target))
        except _Trapped as error:
            problem = self._problem(error, TEMPLATES[view.kind])
            return problem.path, problem.line
        return None

    def _html(self, view: View, reader: Reader, link: LinkFunction) -> str:
        """Return the HTML of a page with link marks. Raises whatever exception a template raises."""
        self._loader.reader = reader
        if isinstance(view, ArticleView):
            view = replace(view, backlinks=BacklinkFact(view.url, self._linking, reader))
        handed: dict[str, Any] = {
            "page": view,
            "site": SiteFacts(self._site, reader),
            "link": link,
            "words": words(view.language),
        }
        if view.kind == "404":
            handed["style"] = self._style(reader)
        return self._environment.get_template(TEMPLATES[view.kind]).render(handed)

    def _style(self, reader: Reader) -> str:
        reader.note(f"template {STYLE}")
        file = self._find(STYLE)
        return file.data.decode() if file else ""

    def _problem(self, error: Exception, name: str) -> Problem:
        """Return a problem for an exception that the template `name` raised.

        The problem has the position of the innermost frame of the traceback that is in a template.
        """
        what = str(error) or type(error).__name__
        if isinstance(error, TemplateSyntaxError):
            return Problem(error.filename or error.name or name, error.lineno, 0, error.message or what)
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in self._labels]
        place, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else (name, 0)
        if isinstance(error, TemplateNotFound):
            return Problem(
                place, line, 0, f"there is no template {error.message!r}", "correct the name, or make that file"
            )
        if isinstance(error, RecursionError):
            return Problem(
                place, line, 0, "the template extends, includes or calls itself without end", "remove the circle"
            )
        if isinstance(error, TemplateError):
            return Problem(place, line, 0, what)
        detail = "".join(traceback.format_exception(error))
        return Problem(place, line, 0, f"{type(error).__name__}: {what}", detail=detail)


class SiteFacts:
    """The value `site` in a template. Each attribute is one fact, which is recorded when it is read."""

    __slots__ = ("__reader", "__values")

    def __init__(self, values: Mapping[str, Any], reader: Reader) -> None:
        self.__values = values
        self.__reader = reader

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"site has no attribute {name!r}")
        self.__reader.note(f"site.{name}")
        if name not in self.__values:
            raise AttributeError(f"site has no attribute {name!r}")
        return self.__values[name]

    def __dir__(self) -> list[str]:
        """Return the names of all attributes."""
        return sorted([*self.__values, "tag"])

    def tag(self, name: str) -> Any:
        """Return the TagCard of a tag, or None if no article has the tag."""
        self.__reader.note(f"site.tag {name}")
        return next((card for card in self.__values["tags"] if card.name == name), None)

    def __str__(self) -> str:
        raise TypeError("a template cannot print site itself: print one of its values, such as site.title")

    def __iter__(self) -> Any:
        raise TypeError("a template cannot loop over site itself: loop over one of its values, such as site.tags")

    __repr__ = __html__ = __str__


class BacklinkFact:
    """The value `page.backlinks` in a template. All its cards are one fact, which is recorded when they are read."""

    __slots__ = ("__linking", "__reader", "__url")

    def __init__(self, url: str, linking: FindLinking, reader: Reader) -> None:
        self.__url, self.__linking, self.__reader = url, linking, reader

    def __cards(self) -> tuple[Card, ...]:
        self.__reader.note(f"{BACKLINKS}{self.__url}")
        return tuple(card_of(record) for record in self.__linking(self.__url))

    def __iter__(self) -> Iterator[Card]:
        return iter(self.__cards())

    def __len__(self) -> int:
        return len(self.__cards())

    def __str__(self) -> str:
        raise TypeError("page.backlinks cannot be printed; go through it, as in {% for card in page.backlinks %}")

    __repr__ = __html__ = __str__


class LinkFunction:
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


class _Module(Template):
    """A template that runs again for each page that imports it. So its reads are recorded for each of these pages."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return self.make_module()


_VALUES: Mapping[type, str] = {
    **dict.fromkeys((ArticleView, ListView, PlainView), "this page"),
    Card: "a card",
    Heading: "a heading",
    TagCard: "a tag",
    SiteFacts: "site",
    BacklinkFact: "the backlinks",
}
"""Maps each of our own classes, whose attributes are safe, to the name that messages use for its values."""

_OF_THE_MACHINE = frozenset({"now", "utcnow", "today", "astimezone"})
"""The methods of a date that depend on the clock or the time zone of the machine."""


class _Sandbox(SandboxedEnvironment):
    """The environment of templates. No attribute of a value gives access to secrets or to the clock."""

    template_class = _Module
    context_class = sandbox.Blocks
    # With True, the library would also check every call. That takes a third of the time, and it is enough to check the
    # attributes.
    sandboxed = False

    def __init__(self, loader: BaseLoader) -> None:
        # _Module replaces this method of the library. If a version of the library has no such method, the reads of a
        # cached template would not be recorded for a second page. So no template is cached then.
        kept = -1 if hasattr(Template, "_get_default_module") else 0
        super().__init__(
            loader=loader, autoescape=True, undefined=StrictUndefined, finalize=_printable, cache_size=kept
        )
        del self.filters["random"], self.globals["lipsum"]  # random results would change the root in each build
        self.filters = {name: sandbox.filtered(own) for name, own in self.filters.items()}
        self.globals |= {name: sandbox.function(value) for name, value in self.globals.items()} | sandbox.GLOBALS

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute` for a template. The library does not check the attributes of our own classes.

        If one of our classes lacks the attribute, return an undefined value whose message suggests a name.
        """
        if type(obj) in _VALUES and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                known = [name for name in dir(obj) if not name.startswith("_")]
                near = get_close_matches(attribute, known, 1)
                meant = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(known)}"
                return self.undefined(f"{_VALUES[type(obj)]} has no attribute {attribute!r}{meant}", obj, attribute)
        return sandbox.function(super().getattr(sandbox.behind(obj), attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]` for a template. If there is no such item, the library returns `obj.argument`."""
        return sandbox.function(super().getitem(obj, argument))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether a template may read an attribute.

        Private attributes, attributes of Python's internals, and methods that read the clock are refused.
        """
        return super().is_safe_attribute(obj, attr, value) and not (isinstance(obj, date) and attr in _OF_THE_MACHINE)


_PRINT = (str, int, Undefined)


def _printable(value: Any) -> Any:
    """Return `value` if a template may print it.

    Raises TypeError if `value` is a function, or if its text has an address in memory. Such an address differs between
    two builds.
    """
    if isinstance(value, _PRINT) or hasattr(value, "__html__"):
        return value
    if callable(value):
        raise TypeError(f"a function cannot be printed: {getattr(value, '__name__', 'it')}; call it")
    if " at 0x" in str(value):
        raise TypeError(f"{type(value).__name__} cannot be printed: make a list of it, or ask for what is in it")
    return value


class _Loader(BaseLoader):
    """Loads templates, and records each of them in `reader`.

    The library calls `_holds` before it uses a cached template, so that use is recorded too.
    """

    def __init__(self, find: FindTemplate, labels: set[str]) -> None:
        self._find = find
        self._labels = labels
        self.reader = Reader()

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        self.reader.note(f"template {template}")
        file = self._find(template)
        if file is None:
            raise TemplateNotFound(template)
        try:
            text = file.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = file.data.count(b"\n", 0, error.start) + 1
            raise TemplateSyntaxError("bytes that are not UTF-8", line, template, file.label) from error
        self._labels.add(file.label)
        return text, file.label, partial(self._holds, template)

    def _holds(self, template: str) -> bool:
        self.reader.note(f"template {template}")
        return True
