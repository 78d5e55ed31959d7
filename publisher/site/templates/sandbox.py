"""Wrap values that a template may use but not print, because their text has an address in memory.

Such an address differs in each build, so a page that shows one would change the root. A value can become text in many
ways (`{{ x }}`, `x ~ ""`, `"%s" % x`, `x|join`, `x|upper`). So it is wrapped as soon as a template gets it. Methods and
blocks are wrapped when an attribute is read, iterators when a filter returns them, and cyclers and joiners when they
are made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from itertools import chain
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any, NoReturn

from jinja2.runtime import BlockReference, Context, Macro
from jinja2.utils import Cycler, Joiner

_WITH_FORMATS = frozenset({"format", "format_map", "strftime"})
_FUNCTIONS = frozenset({BuiltinMethodType, FunctionType, MethodType, BlockReference})


class Direct:
    """The base class of functions that take no context of Jinja as first argument (see `jinja2.pass_context`)."""

    __slots__ = ()

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function. Each subclass defines this."""
        raise NotImplementedError


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
"""Matches `%s` in the format of a date. It gives the seconds since 1970, by the time zone of the machine."""
_FIELD_WITH_SECONDS = re.compile(rf"\{{[^}}]*{_SECONDS.pattern}")
_FIELD_IN_A_FIELD = re.compile(r"\{[^}]*\{")


class _Formatting(_Function):
    """The method `strftime` of a date, or `format` of a text. It refuses a format with `%s`."""

    __slots__ = ()

    def __call__(self, *args: Any, **named: Any) -> Any:
        method = getattr(self._inner, "__wrapped__", self._inner)
        mappings = [each for each in args if isinstance(each, Mapping)]  # the argument of format_map
        values = chain(args, named.values(), *(mapping.values() for mapping in mappings))
        given = [each for each in values if isinstance(each, str)]
        if method.__name__ == "strftime":
            refused = any(map(_SECONDS.search, given))
        else:
            text = str(method.__self__)
            refused = bool(_FIELD_WITH_SECONDS.search(text)) or (
                bool(_FIELD_IN_A_FIELD.search(text)) and any(map(_SECONDS.search, given))
            )
        if refused:
            raise TypeError("`%s` in the format of a date depends on the time zone of the machine: leave it out")
        return self._inner(*args, **named)


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
    """The context of a template. `super` cannot be printed. Calls of macros and of `Direct` functions are faster."""

    def super(self, name: str, current: Any) -> Any:
        """Return the block `name` of the parent template, in a wrapper."""
        return function(super().super(name, current))

    def call(self, called: Any, /, *args: Any, **named: Any) -> Any:
        """Call a function in a template, with the same result as in Jinja.

        For each call, Jinja first finds out which context the function takes as its first argument. Here the answer is
        known for two kinds of functions: a macro takes the evaluation context, and a `Direct` function takes none.
        """
        if type(called) is Macro:
            args = (self.eval_ctx, *args)
        elif not isinstance(called, Direct):
            return super().call(called, *args, **named)
        # The compiled template adds `_loop_vars` to each call in a loop, and `_block_vars` to each call in a block.
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        try:
            return called(*args, **named)
        except StopIteration:  # a template is a generator, in which Python would make it a RuntimeError
            return self.environment.undefined("this value is undefined, because a function raised StopIteration")


GLOBALS = {"cycler": _Cycler, "joiner": _Joiner}
"""Replacements for the globals of the library with the same names."""


def function(value: Any) -> Any:
    """Return `value`, in a wrapper if it is a function. The text of a function has an address in memory."""
    if type(value) not in _FUNCTIONS:
        return value
    return _Formatting(value) if getattr(value, "__name__", "") in _WITH_FORMATS else _Function(value)


def wrapped(value: Any) -> Any:
    """Return a function in a wrapper, without the checks of the formats of dates."""
    return _Function(value)


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
