"""The status of names, stores and the working folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.build import BuildResult
    from publisher.dag.cid import Cid
    from publisher.deploy.apply import Step
    from publisher.deploy.observe import Holder
    from publisher.diff import Difference
    from publisher.errors import PublishError
    from publisher.names.base import NameState


@dataclass(frozen=True, slots=True)
class PendingTransaction:
    """A pending transaction. `since` is its time in the journal, or empty."""

    name: str
    hash: str
    since: str = ""
    after: str = ""


@dataclass(slots=True)
class StatusReport:
    """The status. Each part that could not be read has its error in `faults`."""

    names: list[NameState] = field(default_factory=list)
    since: dict[str, str] = field(default_factory=dict)
    """Name -> the time since which it shows its record, from the journal or the chain; empty if unknown."""
    flying: list[PendingTransaction] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    """Names that have no pending transaction and do not show the last record that this folder set."""
    root: Cid | None = None
    """The root that visitors see: that of the first name, or the root published last."""
    at: str = ""
    """The time of the last publish in the journal."""
    holders: list[Holder] = field(default_factory=list)
    built: BuildResult | None = None
    difference: Difference | None = None
    steps: tuple[Step, ...] | None = None
    """What publishing would do; None if that is unknown."""
    faults: dict[str, PublishError] = field(default_factory=dict)
