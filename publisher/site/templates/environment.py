"""Set up the template library: a sandbox without secrets and clocks, and a loader that records what it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Template, TemplateNotFound, Undefined
from jinja2.environment import Environment, TemplateModule
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from publisher.fast_dataclass import dataclass
from publisher.site.templates import sandbox
from publisher.site.templates.blocks import check_blocks
from publisher.site.templates.compiled import CompiledTheme


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """The bytes of a template, and its name in messages."""

    label: str
    data: bytes
    of_theme: bool = False
    """Whether it is part of the default theme, and not of the author's templates."""


FindTemplate = Callable[[str], "TemplateFile | None"]
"""A function that takes the name of a template and returns its file, or None if there is no such file.

A template of the author replaces the template of the default theme that has the same name. The name `default/NAME`
always means the template NAME of the default theme.
"""


class _Module(Template):
    """The class of all templates. It decides what happens when another template imports this one.

    An imported template runs again for each page, so that what it reads is recorded for this page. The exception is a
    template of the default theme that loads no other template while it runs. It runs once in each process. This is
    safe, because `import` without `with context` passes no values to it, and because such a template sets no values
    outside of its macros. A test of the theme checks this.
    """

    _kept: TemplateModule | None = None

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if self._kept is not None:
            return self._kept
        loader: Any = self.environment.loader
        before = loader.loads
        module = self.make_module()
        if self.name in loader.of_theme and loader.loads == before:
            self._kept = module
        return module


_OF_THE_MACHINE = frozenset({"now", "utcnow", "today", "astimezone", "fromtimestamp"})
"""The methods of a date that depend on the clock or the time zone of the machine."""

_PLAIN = frozenset({bool, date, datetime, dict, float, int, list, MappingProxyType, str, tuple})
"""For values of these types, the sandbox allows every attribute that is public and not in _CHECKED."""
_CHECKED = _OF_THE_MACHINE | {"format", "format_map", "strftime", "timestamp"}
"""The attributes of the types in _PLAIN that go through the checks of Jinja and of `is_safe_attribute`.

There is one exception: `getattr` leaves out the checks for `format` of a text that _ONLY_NAMES matches.
"""

_ONLY_NAMES = re.compile(r"[^.:\[]*").fullmatch
"""Matches a text without `.`, `:` and `[`. So no field of it can read an attribute or an item, or have a format."""

_MAPPINGS = (dict, MappingProxyType)
_OF_MAPPINGS = frozenset(dir(dict)).union(dir(MappingProxyType))
"""The attributes of the types in _MAPPINGS. If a key has the same name, Jinja returns the attribute."""


class Sandbox(SandboxedEnvironment):
    """The environment of templates. No attribute of a value gives access to secrets or to the clock."""

    template_class = _Module
    context_class = sandbox.SandboxContext
    # With True, the library would also check every call, which makes templates slower. These checks are not needed,
    # because every attribute is checked.
    sandboxed = False

    def __init__(
        self,
        loader: Loader,
        ours: Mapping[type, str] = MappingProxyType({}),
        compiled: CompiledTheme | None = None,
    ) -> None:
        """Make the environment. `ours` has our own classes, whose attributes are safe, with their names in messages.

        `compiled` keeps compiled templates for later runs.
        """
        self._ours = ours
        self._without_items = frozenset(kind for kind in ours if not hasattr(kind, "__getitem__"))
        if compiled is not None:
            compiled.of_theme = loader.of_theme
        # _Module replaces the method _get_default_module. If a version of the library has no such method, the reads of
        # a cached template would not be recorded for a second page. So no template is cached then.
        kept = -1 if hasattr(Template, "_get_default_module") else 0
        super().__init__(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_printable,
            cache_size=kept,
            bytecode_cache=compiled,
        )
        del self.filters["random"], self.globals["lipsum"]  # random results would change the root in each build
        self.filters = {name: sandbox.filtered(own) for name, own in self.filters.items()}
        self.globals |= {name: sandbox.function(value) for name, value in self.globals.items()} | sandbox.GLOBALS

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute` for a template.

        In four cases, the checks of Jinja are not needed: for public attributes of our own classes, for public
        attributes of plain values (_PLAIN) except those in _CHECKED, for keys of mappings, and for `format` of a text
        that _ONLY_NAMES matches. If one of our own classes lacks the attribute, return an undefined value. Its message
        suggests a name.
        """
        kind = type(obj)
        if kind in self._ours and attribute[:1] != "_":
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self._missing(obj, attribute)
        if kind in _MAPPINGS and attribute in obj and attribute not in _OF_MAPPINGS:
            return sandbox.function(obj[attribute])
        if kind in _PLAIN and attribute not in _CHECKED and attribute[:1] != "_":
            try:
                return sandbox.function(getattr(obj, attribute))
            except AttributeError:
                pass  # Jinja tries an item with this name, and then makes the undefined value
        if kind is str and attribute == "format" and _ONLY_NAMES(obj):
            return sandbox.function(obj.format)
        return sandbox.function(super().getattr(sandbox.behind(obj), attribute))

    def _missing(self, obj: Any, attribute: str) -> Undefined:
        """Return the undefined value for an attribute that one of our own classes lacks."""
        known = [name for name in dir(obj) if not name.startswith("_")]
        near = get_close_matches(attribute, known, 1)
        meant = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(known)}" if known else ""
        return self.undefined(f"{self._ours[type(obj)]} has no attribute {attribute!r}{meant}", obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]` for a template. If there is no such item, return the attribute with this name."""
        if type(obj) in self._without_items and isinstance(argument, str) and argument[:1] != "_":
            try:
                return sandbox.function(getattr(obj, argument))
            except AttributeError:
                return self.undefined(obj=obj, name=argument)
        return sandbox.function(super().getitem(obj, argument))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return a safe function for `format` or `format_map` of a text. Return None for any other value."""
        return None if super().wrap_str_format(value) is None else sandbox.formatting(self, value)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether a template may read an attribute.

        Private attributes, attributes of Python's internals, and methods that read the clock or the time zone of the
        machine are refused.
        """
        if isinstance(obj, date) and attr in _OF_THE_MACHINE:
            return False
        if isinstance(obj, datetime) and attr == "timestamp" and obj.tzinfo is None:
            return False
        return super().is_safe_attribute(obj, attr, value)


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
        raise TypeError(f"{type(value).__name__} cannot be printed: make a list of it, or print a value from it")
    return value


class Loader(BaseLoader):
    """Loads templates, and records each of them with `note`.

    The library calls `_holds` before it uses a cached template. So each use of a cached template is recorded too.
    """

    def __init__(self, find: FindTemplate, labels: dict[str, str]) -> None:
        """Make a loader. It adds the text of each loaded template to `labels`, by its name in messages."""
        self._find = find
        self._labels = labels
        self.note: Callable[[str], None] = lambda _: None
        self.of_theme: set[str] = set()
        """The names of the loaded templates that are part of the default theme."""
        self.loads = 0
        """The number of times that a template was loaded, looked for, or taken from the cache of Jinja."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return the text of a template, its name in messages, and a function that records its next use.

        Raises TemplateNotFound, and TemplateSyntaxError if the text is not UTF-8 or has a block that no page shows.
        """
        file = self.find(template)
        if file is None:
            raise TemplateNotFound(template)
        text = decoded(template, file)
        self._labels[file.label] = text
        if file.of_theme:
            self.of_theme.add(template)
        else:  # a test checks the blocks of the default theme
            check_blocks(environment, template, text, file.label, self._text)
        return text, file.label, partial(self._holds, template)

    def find(self, template: str) -> TemplateFile | None:
        """Return a template, or None if there is none. Both are recorded."""
        self._record(template)
        return self._find(template)

    def _text(self, template: str) -> str | None:
        file = self.find(template)
        return decoded(template, file) if file else None

    def _holds(self, template: str) -> bool:
        self._record(template)
        return True

    def _record(self, template: str) -> None:
        self.loads += 1
        self.note(f"template {template}")


def decoded(template: str, file: TemplateFile) -> str:
    """Return the text of a template. Raises TemplateSyntaxError if it is not UTF-8."""
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        raise TemplateSyntaxError("bytes that are not UTF-8", line, template, file.label) from error
