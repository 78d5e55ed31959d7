"""Wrap values that a template may use but not print, because their text has an address in memory.

Such an address differs in each build, so a page that shows one would change the root. A value can become text in many
ways (`{{ x }}`, `x ~ ""`, `"%s" % x`, `x|join`, `x|upper`). So it is wrapped as soon as a template gets it. Methods and
blocks are wrapped when an attribute is read, iterators when a filter returns them, and cyclers and joiners when they
are made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, time
from functools import update_wrapper, wraps
from string import Formatter
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any, NoReturn

from jinja2.runtime import BlockReference, Context, Macro
from jinja2.sandbox import SandboxedEnvironment, SandboxedEscapeFormatter, SandboxedFormatter
from jinja2.utils import Cycler, Joiner
from markupsafe import Markup

_FUNCTIONS = frozenset({BuiltinMethodType, FunctionType, MethodType, BlockReference})


class Direct:
    """The base class of functions that take no context of Jinja as first argument (see `jinja2.pass_context`)."""

    __slots__ = ()


class _Function(Direct):
    """A function that can be called but not printed."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._inner(*args, **named)

    def __str__(self) -> str:
        raise TypeError(f"a function cannot be printed: {getattr(self._inner, '__name__', 'it')}; call it")

    __repr__ = __html__ = __str__


_SECONDS = re.compile(r"%[-_0^#+]*\d*[EO]?s")
"""Matches `%s` in a date format, also with flags and a width.

For `%s`, the C library writes the seconds since 1970. They depend on the time zone of the machine.
"""


class _Strftime(_Function):
    """The method `strftime` of a date or a time. It refuses a format with `%s`."""

    __slots__ = ()

    def __call__(self, *args: Any, **named: Any) -> Any:
        for each in (*args, *named.values()):
            _without_seconds(str(each))
        return super().__call__(*args, **named)


class _DateChecks(Formatter):
    """A formatter that refuses `%s` in the format of a date or a time, also if a field inside the format adds it."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Return a value as text. Raises TypeError if the value is a date or a time, and the format has `%s`."""
        if isinstance(value, date | time):
            _without_seconds(format_spec)
        return super().format_field(value, format_spec)


class _Formatter(_DateChecks, SandboxedFormatter):
    pass


class _EscapeFormatter(_DateChecks, SandboxedEscapeFormatter):
    pass


def _without_seconds(given: str) -> None:
    """Raise TypeError if a date format has `%s`."""
    if _SECONDS.search(given.replace("%%", "")):
        raise TypeError("a date format with `%s` depends on the time zone of the machine: remove the `%s`")


def formatting(environment: SandboxedEnvironment, method: Any) -> Callable[..., str]:
    """Return a function that does the same as `method`, which is `format` or `format_map` of a text, in a sandbox."""
    text: str = method.__self__
    escape = text.escape if isinstance(text, Markup) else None
    formatter = _EscapeFormatter(environment, escape=escape) if escape else _Formatter(environment)

    def filled(*args: Any, **named: Any) -> str:
        if method.__name__ == "format":
            return type(text)(formatter.vformat(text, args, named))
        if named or len(args) != 1:
            raise TypeError("format_map() takes exactly one argument")
        return type(text)(formatter.vformat(text, (), args[0]))

    return update_wrapper(filled, method)


class _Once:
    """An iterator that can be iterated but not printed."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Iterator[Any]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[Any]:
        return self._inner

    def __next__(self) -> Any:
        return next(self._inner)

    def __str__(self) -> str:
        _refuse(self._inner)

    __repr__ = __html__ = __str__


class _Cycler(Cycler):
    def __str__(self) -> str:
        _refuse(self)

    __repr__ = __html__ = __str__


class _Joiner(Joiner):
    def __str__(self) -> str:
        _refuse(self)

    __repr__ = __html__ = __str__


class SandboxContext(Context):
    """The context of a template. `super` cannot be printed. Some calls take less time than in Jinja."""

    def super(self, name: str, current: Any) -> Any:
        """Return the block `name` of the parent template, in a wrapper."""
        return function(super().super(name, current))

    def call(self, called: Any, /, *args: Any, **named: Any) -> Any:
        """Call a function in a template, with the same result as in Jinja.

        For each call, Jinja first finds out which context the function takes as its first argument. Here the answer is
        known for two kinds of functions: a macro takes the evaluation context, and a `Direct` function takes none.
        """
        direct = isinstance(called, Direct)
        if type(called) is Macro:
            args = (self.eval_ctx, *args)
        elif not direct:
            return super().call(called, *args, **named)
        # The compiled template adds `_loop_vars` to each call in a loop, and `_block_vars` to each call in a block.
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        try:
            return called(*args, **named)
        except StopIteration:  # in a generator, which a template is, Python makes it a RuntimeError
            return self.environment.undefined("this value is undefined, because a function raised StopIteration")


GLOBALS = {"cycler": _Cycler, "joiner": _Joiner}
"""Replacements for the globals of the library with the same names."""


def function(value: Any) -> Any:
    """Return `value`, in a wrapper if it is a function. The text of a function has an address in memory."""
    if type(value) not in _FUNCTIONS:
        return value
    return _Strftime(value) if getattr(value, "__name__", "") == "strftime" else _Function(value)


def behind(value: Any) -> Any:
    """Return the function inside a wrapper, or `value` itself if it is no wrapper.

    A template may need the attributes of the function, as in `super.super`.
    """
    return value._inner if isinstance(value, _Function) else value


def filtered(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter with the same results as `inner`. If a result is an iterator, it cannot be printed."""

    @wraps(inner)  # this also copies the attribute that tells the library which arguments to add
    def apply(*args: Any, **named: Any) -> Any:
        value = inner(*args, **named)
        return _Once(value) if hasattr(value, "__next__") else value

    return apply


def _refuse(value: Any) -> NoReturn:
    raise TypeError(f"{type(value).__name__.strip('_')} cannot be printed: make a list of it, or print a value from it")
