"""Values that a template may use but not print, since they print as their place in memory.

Two builds differ in such places, so a page that shows one changes the root each time. A value can become text in too
many ways to watch (`{{ x }}`, `x ~ ""`, `"%s" % x`, `x|join`, `x|upper`, ...). So each is wrapped where a template gets
it: methods and blocks as attributes, iterators as results of filters, cyclers and joiners as results of the globals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any, NoReturn

from jinja2.runtime import BlockReference, Context
from jinja2.utils import Cycler, Joiner

_FUNCTIONS = frozenset({BuiltinMethodType, FunctionType, MethodType, BlockReference})


class _Function:
    """Can be called but not printed."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._inner(*args, **named)

    def __str__(self) -> str:
        raise TypeError(f"a function cannot be printed: {getattr(self._inner, '__name__', 'it')}; call it")

    __repr__ = __html__ = __str__


class _Once:
    """Can be iterated but not printed."""

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


class Blocks(Context):
    """The library's context, whose `super` cannot be printed."""

    def super(self, name: str, current: Any) -> Any:
        """Return the block above this one."""
        return function(super().super(name, current))


GLOBALS = {"cycler": _Cycler, "joiner": _Joiner}
"""Replacements for the library's globals of these names."""


def function(value: Any) -> Any:
    """Return the value for a template: itself, or wrapped if it prints as its place in memory."""
    return _Function(value) if type(value) in _FUNCTIONS else value


def behind(value: Any) -> Any:
    """Return the value inside a wrapper. A template may ask for its attributes, as in `super.super`."""
    return value._inner if type(value) is _Function else value


def filtered(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter with the same results, but its iterators cannot be printed."""

    @wraps(inner)  # it also copies the mark that says which arguments the library adds
    def apply(*args: Any, **named: Any) -> Any:
        value = inner(*args, **named)
        return _Once(value) if hasattr(value, "__next__") else value

    return apply


def _refuse(value: Any) -> NoReturn:
    raise TypeError(f"{type(value).__name__.strip('_')} cannot be printed: make a list of it, or ask for what is in it")
