"""Exceptions on their way through the library."""

import pytest

from publisher.site.markdown.python_markdown.carried import Carried, carried, unwrapped


def test_what_was_carried_is_the_exception_itself_again() -> None:
    inner = ValueError("x")
    with pytest.raises(Carried) as caught, carried():
        raise inner
    assert unwrapped(caught.value) is inner


@pytest.mark.parametrize("cause", [None, KeyError("y"), KeyboardInterrupt()])
@pytest.mark.parametrize("outer", [ValueError("x"), Carried()])
def test_what_was_not_carried_stays_whatever_caused_it(outer: Exception, cause: BaseException | None) -> None:
    outer.__cause__ = cause
    carries = isinstance(outer, Carried) and isinstance(cause, Exception)
    assert unwrapped(outer) is (cause if carries else outer)
