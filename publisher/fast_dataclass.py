"""Make dataclasses in a quarter of the time.

The standard library writes six functions for each frozen dataclass and compiles each of them. A short command needs 50
to 120 of our dataclasses. With the standard library, making them took a tenth of the command's time. Here only
`__init__` is compiled, and all classes share the other methods. If a module imports `dataclass` from `dataclasses`
instead, its classes do the same. Only the docstring of a class without one differs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, asdict, astuple, field, fields, replace
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["asdict", "astuple", "dataclass", "field", "fields", "replace"]

Class = TypeVar("Class", bound=type)


def _dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False) -> Any:
    """Return a decorator that does the same as `dataclasses.dataclass` with these options.

    A class that is ordered, or has no slots, is made by the standard library. Raises TypeError for a class that needs
    more than this module can do. Such a class should use the standard library.
    """
    if order or not slots:
        return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq, order=order)

    def made(cls: Class) -> Class:
        if not cls.__doc__:
            cls.__doc__ = cls.__name__  # otherwise it would be made from the signature, which takes as long as the rest
        given = set(cls.__dict__)
        if "__eq__" in given and cls.__dict__.get("__hash__") is None:
            given.discard("__hash__")  # Python, and not the author, has set it to None
        new: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
        if _is_special(new):
            raise TypeError(f"{cls.__name__} needs `dataclasses.dataclass`")
        shown = tuple(each.name for each in fields(new) if each.repr)
        methods: dict[str, object] = {"__init__": _init(new), "__repr__": _repr(shown)}
        if eq:
            compared = _values([each.name for each in fields(new) if each.compare])
            methods |= {"__eq__": _eq(compared), "__hash__": _hash(compared) if frozen else None}
        if frozen:
            names = tuple(each.name for each in fields(new))
            methods |= {"__setattr__": _refuse("assign to"), "__delattr__": _refuse("delete"), **_pickling(names)}
        for name, method in methods.items():
            if name not in given:
                setattr(new, name, method)
        return new  # type: ignore[no-any-return]

    return made


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _is_special(cls: Any) -> bool:
    """Return whether a dataclass has fields of a kind that `_init` does not know."""
    special = [each for each in fields(cls) if each.kw_only or (not each.init and each.default is not MISSING)]
    return bool(special) or len(fields(cls)) != len(cls.__match_args__) + sum(not each.init for each in fields(cls))


def _init(cls: Any) -> Callable[..., None]:
    """Return `__init__`. The fields are written through the descriptors of the slots, also if the class is frozen."""
    known: dict[str, Any] = {"MISSING": MISSING}
    header, body = ["self"], []
    for each in fields(cls):
        name = each.name
        value = name
        if each.default_factory is not MISSING:
            known[f"{name}__make"] = each.default_factory
            value = f"{name}__make() if {name} is MISSING else {name}" if each.init else f"{name}__make()"
            header += [f"{name}=MISSING"] if each.init else []
        elif each.init and each.default is not MISSING:
            known[f"{name}__default"] = each.default
            header.append(f"{name}={name}__default")
        elif each.init:
            header.append(name)
        else:
            continue  # __post_init__ sets this field
        known[f"{name}__set"] = getattr(cls, name).__set__
        body.append(f" {name}__set(self, {value})")
    body += [" self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    text = f"def __init__({', '.join(header)}):\n" + ("\n".join(body) or " pass")
    exec(text, known)  # noqa: S102 (the names of fields are the only parts that differ)
    known["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    return known["__init__"]  # type: ignore[no-any-return]


def _values(names: list[str]) -> Callable[[Any], Any]:
    """Return a function that returns a tuple of the values of these fields."""
    if not names:
        return lambda _: ()
    found = attrgetter(*names)
    return found if len(names) > 1 else lambda value: (found(value),)


def _eq(values: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda self: hash(values(self))


def _repr(names: tuple[str, ...]) -> Callable[[Any], str]:
    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _refuse(verb: str) -> Callable[..., None]:
    def refuse(self: object, name: str, *_: object) -> None:
        raise FrozenInstanceError(f"cannot {verb} field {name!r}")

    return refuse


def _pickling(names: tuple[str, ...]) -> dict[str, object]:
    """Return the methods with which `pickle` and `copy` read and write the fields of a frozen class."""

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {"__getstate__": __getstate__, "__setstate__": __setstate__}
