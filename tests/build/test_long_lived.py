"""Facts of the objects that Python does not search for cycles while a build runs."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from publisher.build.long_lived import long_lived
from tests.build.site import Workshop


@pytest.fixture
def nothing_excluded() -> Iterator[None]:
    """As in a run of the program. The tests exclude themselves from the searches, see conftest.py."""
    excluded = gc.get_freeze_count() > 0
    gc.unfreeze()
    yield
    if excluded:
        gc.freeze()


@pytest.mark.usefixtures("nothing_excluded")
@pytest.mark.parametrize("error", [None, ZeroDivisionError])
def test_objects_are_excluded_until_the_end(error: type[Exception] | None) -> None:
    with suppress(ZeroDivisionError), long_lived() as settle:
        assert not gc.get_freeze_count()
        settle()
        assert gc.get_freeze_count()
        if error:
            raise error
    assert not gc.get_freeze_count()


@pytest.mark.usefixtures("nothing_excluded")
def test_what_other_code_has_excluded_stays_excluded() -> None:
    gc.freeze()
    with long_lived() as settle:
        made: list[list[int]] = [[] for _ in range(100)]
        before = gc.get_freeze_count()
        settle()
        assert gc.get_freeze_count() == before
    assert gc.get_freeze_count() == before
    assert made


@pytest.mark.usefixtures("nothing_excluded")
def test_a_build_includes_all_objects_again(tmp_path: Path) -> None:
    Workshop(tmp_path).build()
    assert not gc.get_freeze_count()
