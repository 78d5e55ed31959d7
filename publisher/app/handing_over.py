"""Prepare the changes of names that another person has to send, for a site whose signer is `calldata`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.git_commit import commit_of
from publisher.app.replace_file import replace_text
from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from publisher.build import BuildResult
    from publisher.dag.cid import Cid
    from publisher.names.base import ContractCall, NameOutcome

FILE = "safe-transaction.json"
"""The file with calls for the Transaction Builder of a Safe, in the folder of the site."""


@dataclass(frozen=True, slots=True)
class CallFile:
    """A file with calls for the Transaction Builder of a Safe."""

    path: Path
    calls: int
    """The number of calls in the file."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """The changes that another person has to send, and what this person needs to check them."""

    outcomes: tuple[NameOutcome, ...]
    """The outcomes that are handed-over. Each has its call, its old and its new record."""
    commit: str
    """The git commit of the site's folder, or "" if the root was not built from a git work tree."""
    rebuild: str
    """The command that builds the same root from the same commit, or "" if the root was not built in this run."""
    files: tuple[CallFile, ...]
    """The files that were written. There is one for each chain."""


def hand_over(
    session: Session, root: Cid, outcomes: Sequence[NameOutcome], built: BuildResult | None
) -> HandOver | None:
    """Write the files for the Transaction Builder, and return what was handed over. Return None if nothing was.

    `built` is the build that made the root, or None. Raises ConfigError if a file cannot be written.
    """
    waiting = tuple(outcome for outcome in outcomes if outcome.call is not None)
    if not waiting:
        return None
    calls = [(outcome.name, outcome.call) for outcome in waiting if outcome.call is not None]
    chains = {call.chain: [pair for pair in calls if pair[1].chain == call.chain] for _, call in calls}
    files = tuple(_write(session, root, chain, here, alone=len(chains) == 1) for chain, here in chains.items())
    if built is None:
        return HandOver(waiting, "", "", files)
    day = f" --now {built.schedule.now}" if built.schedule.now else ""
    return HandOver(waiting, commit_of(session.site), f"publish build{day}", files)


def _write(
    session: Session, root: Cid, chain: int, calls: Sequence[tuple[str, ContractCall]], *, alone: bool
) -> CallFile:
    """Write the calls of one chain and return the file. `alone` says that there is only one chain."""
    from publisher.names.ens.tx_builder import batch_file

    path = session.site / (FILE if alone else f"{Path(FILE).stem}-{chain}.json")
    names = ", ".join(name for name, _ in calls)
    text = batch_file(
        chain,
        [(call.to, call.data) for _, call in calls],
        f"{names}: show {root.to_v1()}",
        f"This sets the contenthash of {names} to {root.to_v1()}.",
    )
    replace_text(path, text)
    return CallFile(path, len(calls))
