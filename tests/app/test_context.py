"""What a session knows before it opens anything."""

import sqlite3
from pathlib import Path

import pytest

from publisher.app.context import Session
from publisher.app.gateway_options import GatewayOptions
from publisher.app.serving import opened
from publisher.errors import ConfigError, StateError


@pytest.mark.parametrize(
    ("there", "named", "expected"),
    [
        ((), None, False),
        (("publish.toml",), None, True),
        (("other.toml",), "other.toml", True),
        (("publish.toml",), "absent.toml", True),
        ((), "absent.toml", True),
    ],
)
def test_a_site_is_where_its_configuration_lies_or_is_named(
    there: tuple[str, ...], named: str | None, expected: bool, tmp_path: Path
) -> None:
    for name in there:
        (tmp_path / name).touch()
    assert Session(site=tmp_path, config=tmp_path / named if named else None).has_site() is expected


def test_a_gateway_is_not_served_without_the_configuration_that_was_named(tmp_path: Path) -> None:
    session = Session(site=tmp_path, config=tmp_path / "absent.toml")
    options = GatewayOptions("", (), (), None, "", True, 0, frozenset(), frozenset(), frozenset())
    with pytest.raises(ConfigError, match=r"no absent\.toml"), opened(session, options, "127.0.0.1", 0):
        pass


def test_a_cache_that_is_released_is_closed_and_opened_again(tmp_path: Path) -> None:
    session = Session(site=tmp_path)
    first = session.cache()
    session.release_cache()
    with pytest.raises((StateError, sqlite3.ProgrammingError)):
        first.recall("stage", b"key")
    again = session.cache()
    assert again is not first
    assert again.recall("stage", b"key") is None
    session.close()
