"""Our dataclasses do what those of the standard library do."""

import copy
import dataclasses
import pickle
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from publisher import fast_dataclass

OURS: Any = fast_dataclass._dataclass  # for a type checker, `fast_dataclass.dataclass` is that of the standard library


def classes(make: Any) -> dict[str, Any]:
    """Return classes of all kinds that the program has, made by `make`."""

    @make(frozen=True, slots=True)
    class Empty:
        """No field."""

    @make(frozen=True, slots=True)
    class One:
        value: int

    @make(frozen=True, slots=True)
    class Many:
        """Fields with defaults, fields that some methods leave out, and a property."""

        first: int
        second: str = "two"
        third: tuple[int, ...] = ()
        made: dict[str, int] = dataclasses.field(default_factory=dict)
        hidden: str = dataclasses.field(default="", repr=False)
        beside: int = dataclasses.field(default=0, compare=False)

        @property
        def both(self) -> str:
            return f"{self.first}{self.second}"

    @make(frozen=True, slots=True)
    class More(Many):
        fourth: int = 4
        second: str = "another"

    @make(frozen=True, slots=True)
    class Counted:
        value: int
        double: int = dataclasses.field(init=False, repr=False)
        names: list[str] = dataclasses.field(init=False, default_factory=list)

        def __post_init__(self) -> None:
            object.__setattr__(self, "double", 2 * self.value)

    @make(frozen=True, slots=True)
    class Equal:
        value: int

        def __eq__(self, other: object) -> bool:
            return True

    @make(slots=True)
    class Changing:
        items: list[int] = dataclasses.field(default_factory=list)
        name: str = ""

    @make(frozen=True, slots=True, eq=False)
    class Itself:
        value: int

    @make(frozen=True, slots=True, order=True)
    class Ordered:
        value: int

    @make(frozen=True, slots=True)
    class Own:
        value: int

        def __repr__(self) -> str:
            return "<own>"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    found = {name: value for name, value in locals().items() if isinstance(value, type)}
    for name, value in found.items():
        value.__qualname__ = name
    return found


CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("Empty", lambda c: c()),
    ("One", lambda c: c(1)),
    ("One", lambda c: c(value=1)),
    ("Many", lambda c: c(1)),
    ("Many", lambda c: c(1, "2", (3,), {"a": 1}, "x", 5)),
    ("Many", lambda c: c(first=1, beside=7, made={})),
    ("More", lambda c: c(1, fourth=5)),
    ("Counted", lambda c: c(4)),
    ("Changing", lambda c: c()),
    ("Changing", lambda c: c([1], name="x")),
    ("Itself", lambda c: c(1)),
    ("Ordered", lambda c: c(1)),
    ("Own", lambda c: c(1)),
    ("Equal", lambda c: c(1)),
]


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns or raises, as a text or a plain value."""
    try:
        return call()
    except Exception as error:
        return type(error).__name__, str(error).replace("__create_fn__.<locals>.", "")


@pytest.mark.parametrize(("name", "make"), CALLS)
def test_an_instance_does_what_one_of_the_standard_library_does(name: str, make: Callable[[Any], Any]) -> None:
    ours, theirs = classes(OURS)[name], classes(dataclasses.dataclass)[name]
    mine, its = make(ours), make(theirs)

    def both(call: Callable[[Any, Any], Any]) -> None:
        assert outcome(lambda: call(mine, ours)) == outcome(lambda: call(its, theirs))

    both(lambda one, cls: repr(one).replace(repr(id(one)), ""))
    both(lambda one, cls: [field.name for field in dataclasses.fields(one)])
    both(lambda one, cls: dataclasses.asdict(one))
    both(lambda one, cls: repr(dataclasses.replace(one)))
    both(lambda one, cls: repr(outcome(cls)))
    both(lambda one, cls: one == make(cls))
    both(lambda one, cls: one == 1)
    both(lambda one, cls: hash(one) == hash(make(cls)))
    both(lambda one, cls: (cls.__hash__ is None, cls.__match_args__, cls.__slots__))
    both(lambda one, cls: repr(copy.copy(one)) == repr(one) and copy.copy(one) == one)
    both(lambda one, cls: one < make(cls))
    for field in (each.name for each in dataclasses.fields(ours)):
        both(partial(_set, field))
        both(partial(_delete, field))
    both(lambda one, cls: cls(1, 2, 3, 4, 5, 6, 7, 8, 9))
    both(lambda one, cls: cls(1, unknown=2))


def _set(name: str, one: Any, cls: Any) -> None:
    setattr(one, name, [1])


def _delete(name: str, one: Any, cls: Any) -> None:
    delattr(one, name)


def test_what_is_not_compared_and_what_is_made_anew_are_as_in_the_standard_library() -> None:
    many = classes(OURS)["Many"]
    assert many(1, beside=1) == many(1, beside=2)
    assert many(1) != many(2)
    assert many(1).made is not many(1).made
    changing = classes(OURS)["Changing"]()
    changing.name = "other"
    assert changing.name == "other"


def test_an_instance_can_be_sent_to_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, make in CALLS:
        cls = classes(OURS)[name]
        monkeypatch.setattr(sys.modules[__name__], name, cls, raising=False)
        one = make(cls)
        back = pickle.loads(pickle.dumps(one))
        assert repr(back) == repr(one) or name == "Itself"
        assert dataclasses.astuple(back) == dataclasses.astuple(one)


def test_a_class_that_holds_itself_is_shown() -> None:
    changing = classes(OURS)["Changing"]()
    changing.items = [changing]
    assert repr(changing) == "Changing(items=[...], name='')"


def test_a_field_of_a_class_in_the_program_is_frozen() -> None:
    from publisher.site.model import Heading

    heading = Heading(1, "a", "A")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'text'"):
        heading.text = "B"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'unknown'"):
        heading.unknown = 1  # type: ignore[attr-defined]  # the standard library of Python 3.11 raises a TypeError


def test_a_class_of_a_kind_that_is_not_known_is_refused() -> None:
    class Keyword:
        value: int = dataclasses.field(kw_only=True)

    class Fixed:
        value: int = dataclasses.field(init=False, default=1)

    class Passed:
        value: dataclasses.InitVar[int]

    for cls in (Keyword, Fixed, Passed):
        with pytest.raises(TypeError, match=f"{cls.__name__} needs `dataclasses.dataclass`"):
            OURS(frozen=True, slots=True)(cls)
