"""How much of a name's history is read before a prune, and what an end point that fails half way leaves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from publisher.app.chain_history import DAY, read_chain
from publisher.dag.cid import Cid, Codec, sha256
from publisher.deploy.settings import KeepSettings
from publisher.errors import RpcError
from publisher.journal.history import RecordChange

NOW = datetime(2026, 11, 5, tzinfo=UTC)
ROOTS = [Cid.make(Codec.DAG_PB, sha256(bytes([number]))) for number in range(20)]
SETTINGS = KeepSettings(2, 10)


@dataclass
class Name:
    """A name that was changed once every five days, to another root each time; the newest first."""

    name: str = "example.eth"
    fails_after: int = 99
    read: list[Cid] = field(default_factory=list)

    def history(self) -> Iterator[RecordChange]:
        for number, root in enumerate(ROOTS):
            if number == self.fails_after:
                raise RpcError("rpc", "this end point answers eth_getLogs for too few blocks", hint="name another")
            self.read.append(root)
            yield RecordChange(f"ipfs://{root}", int(NOW.timestamp()) - 5 * DAY * number, 0, "0x")


def read(*names: Any, unknown: set[Cid], warnings: list[str] | None = None) -> dict[str, int]:
    """The number of changes that are known of each name."""
    said = [] if warnings is None else warnings
    return {name: len(changes) for name, changes in read_chain(names, unknown, SETTINGS, NOW, said.append).items()}


def test_the_chain_is_not_asked_if_the_journal_has_every_root() -> None:
    name = Name()
    assert read(name, unknown=set()) == {}
    assert name.read == []


@pytest.mark.parametrize(
    ("unknown", "count"), [({ROOTS[0]}, 4), ({ROOTS[9]}, 10), ({Cid.make(Codec.RAW, bytes(32))}, 20)]
)
def test_as_much_is_read_as_the_settings_protect_and_until_each_root_is_found(unknown: set[Cid], count: int) -> None:
    assert read(Name(), unknown=unknown) == {"example.eth": count}


def test_each_name_is_read_as_far_as_its_own_changes_are_protected() -> None:
    assert read(Name("a.eth"), Name("b.eth"), unknown={ROOTS[0]}) == {"a.eth": 4, "b.eth": 4}


@pytest.mark.parametrize(("fails_after", "known"), [(0, {}), (3, {}), (4, {"example.eth": 4}), (9, {"example.eth": 9})])
def test_an_end_point_that_fails_before_what_is_protected_was_read_lets_nothing_go(
    fails_after: int, known: dict[str, int]
) -> None:
    warnings: list[str] = []
    assert read(Name(fails_after=fails_after), unknown={ROOTS[15]}, warnings=warnings) == known
    assert len(warnings) == 1
    assert ("older changes alone" in warnings[0]) is bool(known)
