"""The one question before something is done that cannot be taken back."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from publisher.app.confirm import confirm
from publisher.errors import ConfigError, Unfinished
from publisher.report import Report


def asked(*, here: bool, answer: bool) -> list[str]:
    """The questions that somebody was asked, who is here or not, and gives this answer."""
    questions: list[str] = []

    def ask(question: str) -> bool:
        questions.append(question)
        return answer

    confirm(cast(Report, cast(Any, SimpleNamespace(can_ask=lambda: here, ask=ask))), "Go on?", "nothing was done")
    return questions


def test_a_yes_lets_it_go_on() -> None:
    assert asked(here=True, answer=True) == ["Go on?"]


def test_a_no_says_what_was_left_as_it_was() -> None:
    with pytest.raises(Unfinished) as caught:
        asked(here=True, answer=False)
    assert "nothing was done" in caught.value.message


@pytest.mark.parametrize("answer", [True, False])
def test_where_nobody_can_answer_nothing_is_confirmed(answer: bool) -> None:
    with pytest.raises(ConfigError):
        asked(here=False, answer=answer)
