"""Define the result of `publish status`: the state of names, stores and the folder of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.fast_dataclass import dataclass, field

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
    """A pending transaction that changes the record of a name."""

    name: str
    hash: str
    since: str = ""
    """The time at which the transaction was sent, or an empty string if the journal does not have the transaction."""
    after: str = ""
    """The URI that the name will show, or an empty string if the journal does not have the transaction."""


@dataclass(frozen=True, slots=True)
class HandedOverChange:
    """A change of a name that another person has to send, and that the chain does not show yet."""

    name: str
    after: str
    """The URI that the name will show."""
    since: str
    """The time at which a run printed the call, in the format of the journal."""


@dataclass(slots=True)
class StatusReport:
    """The state of names, stores and the folder. Each part that could not be read has its error in `faults`."""

    names: list[NameState] = field(default_factory=list)
    since: dict[str, str] = field(default_factory=dict)
    """This maps each name to the time at which its record was set, or to an empty string if the time is unknown."""
    flying: list[PendingTransaction] = field(default_factory=list)
    """The pending transactions of all names."""
    handed_over: list[HandedOverChange] = field(default_factory=list)
    """The changes that another person still has to send."""
    elsewhere: set[str] = field(default_factory=set)
    """The names that do not show the last record that this folder set, although no transaction is pending."""
    root: Cid | None = None
    """The root that the first name shows or, without names, that was published last. None if there is no such root."""
    at: str = ""
    """The time of the last publish in the journal, or an empty string if there is none."""
    holders: list[Holder] = field(default_factory=list)
    built: BuildResult | None = None
    difference: Difference | None = None
    steps: tuple[Step, ...] | None = None
    """The steps that a publish would take now, or None if they are unknown."""
    faults: dict[str, PublishError] = field(default_factory=dict)
    """This maps the name of each part that could not be read to its error."""
