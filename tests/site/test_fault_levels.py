"""What `[check]` says of a kind of fault is its level; `--lenient` makes those of links warnings at most."""

import pytest

from publisher.errors import Problem
from publisher.site.fault_levels import KINDS, LINKS, CheckSettings, lenient, with_levels


def leveled(kind: str, settings: CheckSettings) -> list[str]:
    return [problem.level for problem in with_levels([Problem("a.md", 1, 1, "x", kind=kind)], settings)]


@pytest.mark.parametrize("kind", LINKS)
def test_a_dead_link_is_an_error_and_with_lenient_a_warning(kind: str) -> None:
    assert leveled(kind, CheckSettings()) == ["error"]
    assert leveled(kind, lenient(CheckSettings())) == ["warning"]


def test_lenient_makes_nothing_graver() -> None:
    assert leveled("dead-link", lenient(CheckSettings(dead_link="note"))) == ["note"]
    assert leveled("dead-link", lenient(CheckSettings(dead_link="off"))) == []


def test_lenient_changes_no_other_kind() -> None:
    others = [kind for kind in KINDS if kind not in LINKS]
    before, after = ([leveled(kind, each) for kind in others] for each in (CheckSettings(), lenient(CheckSettings())))
    assert before == after


def test_what_has_no_kind_is_always_an_error() -> None:
    everything_off = CheckSettings(**{kind.replace("-", "_"): "off" for kind in KINDS})
    assert leveled("", everything_off) == ["error"]


@pytest.mark.parametrize("level", ["error", "warning", "note"])
def test_a_kind_has_the_level_that_is_set(level: str) -> None:
    assert leveled("unused-footnote", CheckSettings(unused_footnote=level)) == [level]
