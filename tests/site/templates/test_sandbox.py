"""Whatever a template does with a value, no place in memory becomes text: it would be another root in each build."""

import re
from datetime import UTC, datetime

import pytest

from publisher.site.recorded_reads import Reader
from publisher.site.templates.environment import TemplateFile
from publisher.site.templates.faults import Unplaced
from publisher.site.templates.render import Templates
from publisher.site.templates.views import PlainView

TOP = "{% block b %}top{% endblock %}"
MIDDLE = "{% extends 'top.html' %}{% block b %}middle{% endblock %}"


def page(body: str, **site: object) -> str:
    own = "{% extends 'middle.html' %}{% block b %}" + body + "{% endblock %}"
    files = {"top.html": TOP, "middle.html": MIDDLE, "tags.html": own}

    def find(name: str) -> TemplateFile | None:
        return TemplateFile(name, files[name].encode()) if name in files else None

    return Templates(find, {"title": "A title", "tags": (), **site}).render(
        PlainView("tags", "tags/", "Tags", "en"), Reader()
    )


VALUES = {
    "'a'.upper": "a function cannot be printed: upper; call it",
    "'a'['upper']": "a function cannot be printed: upper; call it",
    "('a'|attr('upper'))": "a function cannot be printed: upper; call it",
    "(['a']|map(attribute='upper')|first)": "a function cannot be printed: upper; call it",
    "'a'.format": "a function cannot be printed: format; call it",
    "range": "a function cannot be printed: safe_range; call it",
    "self.b": "a function cannot be printed: it; call it",
    "super": "a function cannot be printed: it; call it",
    "super.super": "a function cannot be printed: it; call it",
    "link": "link is a function: write link('/tags/')",
    "cycler(1)": "Cycler cannot be printed",
    "joiner()": "Joiner cannot be printed",
    "('ab'|batch(1))": "generator cannot be printed",
    "('ab'|slice(1))": "generator cannot be printed",
    "('ab'|map('upper'))": "generator cannot be printed",
    "('ab'|select)": "generator cannot be printed",
    "('ab'|reject)": "generator cannot be printed",
    "('ab'|selectattr('upper'))": "generator cannot be printed",
    "('ab'|rejectattr('upper'))": "generator cannot be printed",
    "({1: 2}|items)": "generator cannot be printed",
    "('ab'|unique)": "generator cannot be printed",
    "([1]|reverse)": "list_reverseiterator cannot be printed",
}
WAYS = (
    "{{ VALUE }}",
    "{{ VALUE ~ '' }}",
    "{{ '' ~ VALUE }}",
    "{{ '%s' % VALUE }}",
    "{{ '%r' % [VALUE] }}",
    "{{ '%s'|format(VALUE) }}",
    "{{ '{}'.format(VALUE) }}",
    "{{ '{0!r}'.format(VALUE) }}",
    "{{ [VALUE] }}",
    "{{ {1: VALUE} ~ '' }}",
    "{{ namespace(a=VALUE) ~ '' }}",
    "{{ [VALUE]|join }}",
    "{{ [VALUE]|map('string')|join }}",
    "{{ VALUE|string }}",
    "{{ VALUE|upper }}",
    "{{ VALUE|e }}",
    "{{ [VALUE]|pprint }}",
    "{{ {'a': VALUE}|xmlattr }}",
    "{% set x %}{{ VALUE }}{% endset %}{{ x }}",
)


@pytest.mark.parametrize("value", VALUES)
def test_no_way_leads_from_a_value_to_its_place_in_memory(value: str) -> None:
    for way in WAYS:
        with pytest.raises(Unplaced, match=re.escape(VALUES[value])):
            page(way.replace("VALUE", value))


def test_every_iterator_that_a_filter_gives_is_wrapped() -> None:
    environment = Templates(lambda _: None, {})._environment
    for name in environment.filters:
        try:
            value = environment.call_filter(name, [[1, 2]], context=environment.from_string("").new_context())
        except Exception:  # another filter wants other things
            continue
        assert not hasattr(value, "__next__") or type(value).__module__ == "publisher.site.templates.sandbox", name


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{{ super() }} {{ super.super() }}", "middle top"),
        ("{{ 'a'.upper() }}{{ 'a'['upper']() }}", "AA"),
        ("{{ '{} {x}'.format(1, x=2) }}", "1 2"),
        ("{% for x in 'ab'|map('upper') %}{{ loop.cycle('-', '+') }}{{ x }}{% endfor %}", "-A+B"),
        ("{{ 'ab'|map('upper')|join }}{{ [1, 2]|reverse|list }}", "AB[2, 1]"),
        ("{% for row in 'abc'|batch(2) %}{{ row|join }},{% endfor %}", "ab,c,"),
        ("{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.current }}", "121"),
        ("{% set j = joiner() %}{{ j() }}a{{ j() }}b", "a, b"),
        ("{{ range(3)|list }}{% if 'a'.upper is callable %}yes{% endif %}", "[0, 1, 2]yes"),
        ("{% macro m(x) %}{{ x }}{{ caller() }}{% endmacro %}{% call m(1) %}2{% endcall %}", "12"),
        ("{{ site.title ~ '!' }}{{ site.tag('x') }}", "A title!None"),
    ],
)
def test_what_is_used_and_not_printed_works(body: str, text: str) -> None:
    assert page(body) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{{ date.strftime('%Y-%m-%d %S') }}", "2026-05-01 00"),
        ("{{ '{:%d.%m.%Y}'.format(date) }}", "01.05.2026"),
        ("{{ date.strftime('%%s') }}", "%s"),
        ("{{ '{:%%s}'.format(date) }}", "%s"),
        ("{{ '{}%s'.format('a') }}", "a%s"),
        ("{{ '{:{}}|'.format('a', 3) }}", "a  |"),
        ("{{ '%s and %s' % ('a', 'b') }}", "a and b"),
        ("{{ date.timestamp()|int }}", "1777593600"),
    ],
)
def test_what_does_not_depend_on_the_time_zone_of_the_machine_is_allowed(body: str, text: str) -> None:
    date = datetime(2026, 5, 1, tzinfo=UTC)
    assert page(body.replace("date.", "site.date.").replace("(date)", "(site.date)"), date=date) == text
