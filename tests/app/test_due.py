"""A scheduled run publishes what became due, and only on top of what the same commit gave before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from publisher.app.build_options import BuildOptions
from publisher.app.building import build_site
from publisher.app.context import Session
from publisher.app.due import is_due
from publisher.dag.cid import Cid
from publisher.errors import VerifyError
from tests.worlds import FakeName

OTHER = Cid.parse("bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
DAYS = ("2026-01-01", "2026-02-01", "2026-03-01")


@dataclass(slots=True)
class Named(Session):
    """A session whose names show what they are told to show."""

    shown: tuple[str, ...] = ()

    def names(self, settings: object) -> tuple[FakeName, ...]:
        return tuple(FakeName(f"{n}.eth", record=uri) for n, uri in enumerate(self.shown))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Named]:
    (tmp_path / "content/posts").mkdir(parents=True)
    (tmp_path / "publish.toml").write_text("[site]\ntitle = 'x'\n[stores.here]\nkind = 'embedded'\n")
    for day in DAYS:
        (tmp_path / f"content/posts/{day}.md").write_text(f"---\ntitle: Of {day}\ndate: {day}\n---\nText.\n")
    made = Named({}, tmp_path)
    yield made
    made.close()


def on(session: Named, day: str) -> str:
    """The URI of the root that the folder gives on a day."""
    return f"ipfs://{build_site(session, session.settings(), BuildOptions(now=date.fromisoformat(day))).root}"


def due_on(session: Named, day: str, *shown: str) -> bool:
    session.shown = shown
    return is_due(session, session.settings(), BuildOptions(now=date.fromisoformat(day)))


@pytest.mark.parametrize(
    ("shown", "due"),
    [("2026-02-01", False), ("2026-02-15", False), ("2026-01-31", True), ("2025-12-31", True)],
)
def test_something_is_due_when_the_name_shows_what_an_earlier_day_gave(session: Named, shown: str, due: bool) -> None:
    assert due_on(session, "2026-02-15", on(session, shown)) == due


def test_several_names_may_show_different_days(session: Named) -> None:
    assert due_on(session, "2026-02-15", on(session, "2026-02-15"), on(session, "2026-01-15"))


def test_without_a_name_a_schedule_publishes(session: Named) -> None:
    assert due_on(session, "2026-02-15")


@pytest.mark.parametrize("shown", [f"ipfs://{OTHER}", "", "2026-03-01"])
def test_a_root_that_this_folder_did_not_give_is_left_and_told(session: Named, shown: str) -> None:
    uri = on(session, shown) if shown.startswith("2026") else shown
    with pytest.raises(VerifyError, match="no build for an earlier day gave the shown root") as error:
        due_on(session, "2026-02-15", on(session, "2026-02-15"), uri)
    assert error.value.who == "1.eth"
