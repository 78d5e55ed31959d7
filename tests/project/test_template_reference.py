"""The tables of all values of templates in the manual are those of the code."""

import pytest

from publisher.site.templates.render import _VALUES
from tests import template_reference
from tests.template_meanings import KINDS, MEANINGS, TYPES
from tests.template_reference import GROUPS, PAGES, Page, all_kinds, values_of


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)
def test_the_tables_are_those_of_the_code(page: Page) -> None:
    text = page.path.read_text(encoding="utf-8")
    assert text == template_reference.written(text, page), "write it anew with `make values`"


def test_every_value_has_a_sentence_and_no_sentence_is_left_over() -> None:
    values = [value for kind in all_kinds() for value in values_of(kind)]
    assert {value.key for value in values} == MEANINGS.keys()
    assert {value.type for value in values} == TYPES.keys()
    assert set(all_kinds()) == KINDS.keys()


def test_every_class_that_templates_get_has_a_table() -> None:
    lazy = {"SiteFacts", "CardsFact", "TreeFact", "DataFacts"}  # looked up when they are read
    assert {cls.__name__ for cls in _VALUES} - lazy == {cls.__name__ for _, cls in GROUPS}
