"""What a look at names, stores and the working folder found, before it is told."""

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
    """A transaction under way: `since` as the journal has it, empty where it does not know."""

    name: str
    hash: str
    since: str = ""
    after: str = ""


@dataclass(slots=True)
class StatusReport:
    """All that was found out. What could not be is in `faults`: who -> the error."""

    names: list[NameState] = field(default_factory=list)
    since: dict[str, str] = field(default_factory=dict)
    """Name -> when it was moved to what it shows, as the journal has it, or else the chain; empty: nobody told."""
    flying: list[PendingTransaction] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    """Names that show something else than what this folder moved them to."""
    root: Cid | None = None
    """What visitors see: what the first name shows, else what was published last."""
    at: str = ""
    """When something was published last, as the journal has it."""
    holders: list[Holder] = field(default_factory=list)
    built: BuildResult | None = None
    difference: Difference | None = None
    steps: tuple[Step, ...] | None = None
    """What publishing would do; None where it cannot be told."""
    faults: dict[str, PublishError] = field(default_factory=dict)
