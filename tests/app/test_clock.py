"""A clock that is wrong: the newest block says so, and no article comes out before its day."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.app.clock import AHEAD, BEHIND, LATE, check_clock
from publisher.config import Config, parse
from publisher.errors import ConfigError
from publisher.names.base import NameState
from publisher.names.contenthash import decode
from publisher.report import Report
from tests.cli.test_cli import Captured, call
from tests.services.chain import OWNER, Anvil, running
from tests.services.publish_toml import publish_toml

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC).timestamp()


def settings(zone: str = "UTC") -> Config:
    text = f"[site]\ntitle = 'x'\ntimezone = '{zone}'\n[stores.here]\nkind = 'embedded'\n"
    return parse(text.encode(), Path(), Path("publish.toml"))


def told(now: float, *blocks: float | None, released: str = "", zone: str = "UTC") -> list[str]:
    """The warnings about a clock that says `now`, while the newest blocks of some names have these times."""
    report = Report(io.StringIO(), io.StringIO())
    names = [NameState("a.eth", "ens", "", "", None, time=None if at is None else int(at)) for at in blocks]
    check_clock(report, settings(zone), names, released, now)
    found: list[str] = report.data.get("warnings", [])
    return found


@pytest.mark.parametrize(
    ("apart", "said"),
    [(AHEAD, ""), (AHEAD + 1, "24 hours ahead of"), (-BEHIND, ""), (-BEHIND - 1, "10 minutes behind")],
)
def test_a_clock_that_is_far_from_the_newest_block_is_told(apart: float, said: str) -> None:
    warnings = told(NOON + apart, NOON)
    assert bool(warnings) == bool(said)
    assert all(said in line for line in warnings)


def test_of_several_chains_the_newest_block_counts_and_without_a_chain_nothing_is_said() -> None:
    assert told(NOON, NOON - 10 * AHEAD, NOON, None) == []
    assert told(NOON, None) == told(NOON) == []
    assert told(NOON, 2**62, released="2026-12-24") != [], "a chain for tests may have any time"


@pytest.mark.parametrize(
    ("block", "zone", "refused"),
    [
        (MIDNIGHT - LATE, "UTC", False),
        (MIDNIGHT - LATE - 1, "UTC", True),
        (MIDNIGHT - LATE - 1, "Asia/Shanghai", False),
        (MIDNIGHT + 8 * 3600 - LATE, "America/New_York", False),
    ],
)
def test_no_article_comes_out_before_its_day_by_the_newest_block(block: float, zone: str, refused: bool) -> None:
    if refused:
        with pytest.raises(ConfigError, match="according to the newest block it is 2026-11-30; nothing was stored"):
            told(block, block, released="2026-12-01", zone=zone)
    else:
        told(block, block, released="2026-12-01", zone=zone)
    assert told(block, block, zone=zone) == []


@pytest.fixture(scope="module")
def old_chain() -> Iterator[Anvil]:
    """A chain whose newest block is of 2025: to it, the clock of this machine is far ahead."""
    with running("--timestamp", str(int(datetime(2025, 6, 1, tzinfo=UTC).timestamp()))) as anvil:
        anvil.register("demo.eth")
        yield anvil


@pytest.fixture
def site(tmp_path: Path, old_chain: Anvil, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "content/posts").mkdir(parents=True)
    for day in ("2025-05-01", "2025-07-01"):
        (tmp_path / f"content/posts/{day}.md").write_text(f"---\ntitle: Of {day}\ndate: {day}\n---\nText.\n")
    (tmp_path / "publish.toml").write_text(publish_toml(old_chain.url))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLISH_KEY", OWNER.key)
    return tmp_path


def test_a_publish_that_would_let_articles_out_early_is_refused_before_anything_is_stored(
    site: Path, old_chain: Anvil, capsys: Captured
) -> None:
    assert call("--yes", "--json") == 2
    done = json.loads(capsys.readouterr().out)
    assert done["error"]["who"] == "clock"
    what = "this root has articles of 2025-07-01, but according to the newest block it is 2025-06-01"
    assert what in done["error"]["message"]
    assert any("ahead of the newest block" in line for line in done["warnings"])
    assert not (site / ".publish/journal.jsonl").exists(), "nothing was stored"
    assert not old_chain.mined()
    # A day that has begun by the chain, and an option that lets the articles out, are the author's own words.
    assert call("--yes", "--json", "--now", "2025-06-01") == 0
    early = json.loads(capsys.readouterr().out)
    assert call("--yes", "--json", "--future") == 0
    whole = json.loads(capsys.readouterr().out)
    assert decode(old_chain.record("demo.eth")) == f"ipfs://{whole['root']}" != f"ipfs://{early['root']}"
