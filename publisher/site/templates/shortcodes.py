"""Render the calls of shortcodes. Each shortcode is a template, `shortcodes/NAME.html`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from jinja2 import UndefinedError, meta, nodes
from markupsafe import Markup

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.site.markdown.shortcodes.calls import BadCall, Call
from publisher.site.templates.environment import FindTemplate, Loader, Sandbox, decoded
from publisher.site.templates.faults import Unplaced, problem_of
from publisher.site.templates.lazy_values import DataFacts, FindData
from publisher.site.words import words

FOLDER = "shortcodes/"
ENDING = ".html"

GIVEN = ("body", "language", "site", "words")
"""The values that a template of a shortcode gets besides the arguments of the call.

`body` is the HTML between the two lines of colons, or "" for a call without a body. `language` is the language of the
article, and `words` has the words of the theme in this language. `site` has only the data files, `site.data`.
"""

_MISSING = re.compile(r"'(\w+)' is undefined")


@dataclass(frozen=True, slots=True)
class _Site:
    """The value `site` in the template of a shortcode.

    The other values of `site` are not here, because they are known only when all articles are parsed.
    """

    data: DataFacts


class ShortcodeTemplates:
    """The templates of all shortcodes. Each is compiled at its first use. `data` returns the values of a data file."""

    def __init__(self, find: FindTemplate, data: FindData) -> None:
        self._labels: dict[str, str] = {}
        self._loader = Loader(find, self._labels)
        self._data = data
        self._environment = Sandbox(self._loader, {_Site: "site", DataFacts: "site.data"})
        self._arguments: dict[str, tuple[frozenset[str] | None, tuple[str, ...]]] = {}

    def html(self, call: Call, body: str | None, language: str, note: Callable[[str], None]) -> str:
        """Return the HTML of a call, as described at `Shortcodes.html` in calls.py. Raises BadCall and MemoryError."""
        self._loader.note = note
        name = f"{FOLDER}{call.name}{ENDING}"
        try:
            known = self._known(name)
            self._check(call, known)
            values: Mapping[str, Any] = {
                **call.arguments,
                "body": Markup(body or ""),  # noqa: S704  a token, which the HTML of the body replaces later
                "language": language,
                "site": _Site(DataFacts(self._data, note)),
                "words": words(language),
            }
            return self._environment.get_template(name).render(values)
        except (BadCall, MemoryError):
            raise
        except Unplaced as error:
            raise BadCall(f"{call.name} cannot be shown: {error.problem.what}", error.problem.hint) from error
        except Exception as error:  # a template can call functions, so it can raise any exception
            raise self._bad(call, error, problem_of(error, name, self._labels)) from error

    def _bad(self, call: Call, error: Exception, problem: Problem) -> BadCall:
        missing = _MISSING.fullmatch(problem.what) if isinstance(error, UndefinedError) else None
        if missing and missing[1] not in call.arguments:
            argument = missing[1]
            return BadCall(f"{call.name} needs the argument {argument}", f'add `{argument}="..."`')
        return BadCall(f"{call.name} cannot be shown: {problem.what} ({problem.place})", problem.hint)

    def _check(self, call: Call, known: frozenset[str] | None) -> None:
        """Raise BadCall for an argument that the template of the call does not read, or whose name is in GIVEN."""
        for argument in call.arguments:
            if argument in GIVEN or (known is not None and argument not in known):
                meant = get_close_matches(argument, known or (), 1)
                others = ", ".join(sorted(known or ()))
                hint = f"write one of {others}" if others else "remove the argument"
                raise BadCall(f"{call.name} has no argument {argument}", f"did you mean {meant[0]}?" if meant else hint)

    def _known(self, name: str) -> frozenset[str] | None:
        """Return the arguments that a template reads, or None if they are known only when it runs.

        Record the template, and every template that it extends, includes or imports.
        """
        if name not in self._arguments:
            read: dict[str, None] = {}
            trees = list(self._with_others(name, read))
            used = {one for tree in trees if tree for one in meta.find_undeclared_variables(tree)}
            known = frozenset(used - self._environment.globals.keys() - set(GIVEN))
            self._arguments[name] = None if None in trees else known, tuple(read)
        known_here, templates = self._arguments[name]
        for each in templates:
            self._loader.note(f"template {each}")
        return known_here

    def _with_others(self, name: str, read: dict[str, None]) -> Iterator[nodes.Template | None]:
        """Yield the syntax trees of a template and of those that it uses, or None for a name that is no constant."""
        todo: list[str | None] = [name]
        while todo:
            each = todo.pop()
            if each is None:
                yield None
            elif each not in read:
                read[each] = None
                file = self._loader.find(each)
                if file:
                    tree = self._environment.parse(decoded(each, file), each, file.label)
                    yield tree
                    todo += meta.find_referenced_templates(tree)
