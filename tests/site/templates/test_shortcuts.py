"""The sandbox reads attributes and makes calls in faster ways than Jinja, with the same results."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jinja2 import Undefined
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from publisher.fast_dataclass import dataclass
from publisher.site.templates import sandbox
from publisher.site.templates.environment import Loader, Sandbox, TemplateFile


@dataclass(frozen=True, slots=True)
class Part:
    """A class of ours, with attributes and without items."""

    title: str = "A"
    made: datetime = datetime(2026, 5, 1, tzinfo=UTC)


PLAIN: Mapping[str, Any] = {
    "dict": {"a": 1, "items": 2, "_b": 3, "f": "x".upper},
    "proxy": MappingProxyType({"menu": "Menu", "copy": "hidden", "format": "{a}"}),
    "datetime": datetime(2026, 5, 1, 12, tzinfo=UTC),
    "date": date(2026, 5, 1),
    "str": "a {title}",
    "list": [1],
    "tuple": (1, 2),
    "int": 7,
    "float": 1.5,
    "bool": True,
}


def environment(*, of_theme: bool = True, **templates: str) -> Sandbox:
    def find(name: str) -> TemplateFile | None:
        text = templates.get(name.removesuffix(".html"))
        return None if text is None else TemplateFile(f"default/{name}", text.encode(), of_theme)

    return Sandbox(Loader(find, {}), {Part: "a part"})


def comparable(value: Any) -> object:
    """Return what can be compared. A function becomes its type, its name and its object."""
    if isinstance(value, Undefined):
        return "undefined", value._undefined_message
    if callable(value):
        inner = sandbox.behind(value)
        return type(value), getattr(inner, "__name__", ""), getattr(inner, "__self__", None)
    return value


@pytest.mark.parametrize("kind", PLAIN)
def test_an_attribute_has_the_same_value_as_in_jinja(kind: str) -> None:
    value, ours = PLAIN[kind], environment()
    keys = set(value) if isinstance(value, Mapping) else set()
    for name in sorted({*dir(value), *keys, "missing", "_private", "now", "today"}):
        slow = sandbox.function(SandboxedEnvironment.getattr(ours, value, name))
        if name in ("format", "format_map") and isinstance(value, str):
            assert isinstance(ours.getattr(value, name), sandbox.Direct)
        else:
            assert comparable(ours.getattr(value, name)) == comparable(slow), name


TEXTS = some.text(alphabet="{}ab01.[]!:r>d ", max_size=12)


@given(
    TEXTS, some.dictionaries(some.sampled_from(["a", "b", "ab"]), some.integers(0, 20) | some.text("ab", max_size=3))
)
def test_format_returns_the_same_text_as_in_jinja(text: str, values: Mapping[str, Any]) -> None:
    def filled(function: Any) -> str:
        try:
            return f"={function(7, 'x', **values)}"
        except (ValueError, LookupError, AttributeError) as error:
            return type(error).__name__

    ours = environment()
    slow: Any = SandboxedEnvironment.getattr(ours, text, "format")
    assert filled(ours.getattr(text, "format")) == filled(slow)


@pytest.mark.parametrize("text", ["{0.__class__}", "{a.__class__}", "{0[__class__]}", "{:{a.__class__}}"])
def test_format_refuses_fields_that_read_private_attributes(text: str) -> None:
    body = "{{ text.format(value, a=value) }}"
    with pytest.raises(Exception, match=r"unsafe|has no|not a string|indices|Undefined"):
        environment(x=body).get_template("x.html").render(text=text, value="v")


def test_a_class_of_ours_gives_its_attributes_as_items_too() -> None:
    ours = environment()
    assert ours.getitem(Part(), "title") == "A"
    missing = ours.getitem(Part(), "titel")
    assert isinstance(missing, Undefined)
    assert isinstance(ours.getitem(Part(), ""), Undefined)
    assert isinstance(ours.getitem(Part(), 0), Undefined)
    assert isinstance(ours.getitem(Part(), "__class__"), Undefined)


CALLS = (
    "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ varargs|length }}{{ kwargs|length }}{% endmacro %}"
    "{% for x in [1, 2] %}{{ m(x) }} {{ m(x, b='<') }} {{ m(x, 3, 4, c=5) }} {{ 'ab'.upper() }}"
    "{{ caller_of(x) }}{{ namespace(a=x).a }}{{ dict(a=x).a }} {% endfor %}"
    "{% call(y) wrapped() %}{{ y }}{% endcall %}"
    "{% block b %}{{ m('in a block') }}{{ stops()|default('-') }}{% endblock %}"
)
WRAPPED = "{% macro wrapped() %}[{{ caller('c') }}]{% endmacro %}"


def test_a_call_has_the_same_result_as_in_jinja(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops() -> object:
        raise StopIteration

    def shown() -> str:
        handed = {"caller_of": sandbox.function(str), "stops": sandbox.function(stops)}
        return environment(x=WRAPPED + CALLS).get_template("x.html").render(handed)

    ours = shown()
    assert "&lt;" in ours
    assert "in a block" in ours
    monkeypatch.setattr(sandbox.SandboxContext, "call", Context.call)
    assert ours == shown()


def test_a_template_of_the_theme_that_loads_no_other_template_runs_once() -> None:
    ours = environment(quiet="{% macro m() %}q{% endmacro %}", loud="{% include 'inner.html' %}", inner="i")
    loader: Any = ours.loader
    noted: list[str] = []
    loader.note = noted.append
    quiet = [ours.get_template("quiet.html").module for _ in range(2)]
    assert quiet[0] is quiet[1]
    for _ in range(2):
        noted.clear()
        assert ours.get_template("loud.html").module is not None
        assert noted == ["template loud.html", "template inner.html"]
