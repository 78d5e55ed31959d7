"""Read from the logs of a resolver of ENS version 2 which names share a record, and what a name showed.

A record has a number. The log `Linked` says that a name uses a record from then on. The log `ContenthashUpdated` says
that a record was changed, for all names that use it.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.errors import RpcError
from publisher.fast_dataclass import dataclass
from publisher.journal.history import RecordChange
from publisher.names import contenthash
from publisher.names.ens import abi, version2
from publisher.names.ens.normalize import Name
from publisher.names.ens.queries import Log
from publisher.names.ens.record_history import NOW, Pages, Place, dated
from publisher.names.ens.resolver import ResolvedName
from publisher.names.ens.rpc import Chain

UPDATED = bytes.fromhex(
    "68b7ae5ba2c25f241afa460c505b3434dda69fa5d410efc6e0854ee62361950d"
)  # ContenthashUpdated(uint256,bytes)
LINKED = bytes.fromhex(
    "66fd1d4edf16fc35ee08adaecfdf6fd5f75283da903b50f642558d6e0ba630ff"
)  # Linked(uint256,bytes32,bytes)
MANY = 5
"""A note lists at most this many names."""


def notes(chain: Chain, resolved: ResolvedName, head: int) -> tuple[str, ...]:
    """Return lines about the other effects that a change of a migrated name would have. `head` is the newest block.

    Return no line for a name of version 1. Raises RpcError if no end point answers at all.
    """
    if resolved.version != 2:
        return ()
    lines = []
    if resolved.entry:
        lines.append(f"the registry has no entry for the name: the resolver of {resolved.entry} has its record")
    record, default = _record_ids(chain, resolved)
    if record:
        lines += _shared(chain, resolved, record, head)
    elif default:
        lines.append(
            "the name shows the record that all names of its resolver share: the change gives the name a record of "
            "its own, without the addresses and texts of the shared one"
        )
    return tuple(lines)


def _record_ids(chain: Chain, resolved: ResolvedName) -> tuple[int, int]:
    """Return the number of the record of a name, and the number of the record of the root name.

    A number is 0 if there is no such record.
    """
    own = version2.record_id_query(resolved.resolver, resolved.name.node)
    root = version2.record_id_query(resolved.resolver, bytes(32))
    answers = chain.batch(own, root)
    return answers.perhaps(own, abi.read_word) or 0, answers.perhaps(root, abi.read_word) or 0


def _shared(chain: Chain, resolved: ResolvedName, record: int, head: int) -> list[str]:
    """Return a line that lists the other names of a record, or no line if there are none."""
    try:
        logs = list(Pages(chain, [LINKED], abi.word(record)).between(0, head, resolved.resolver))
    except RpcError as error:
        return [f"other names may share this record: this is unknown, because {error}"]
    nodes = {log.topics[2]: log for log in logs if len(log.topics) > 2 and log.topics[2] != resolved.name.node}
    queries = {node: version2.record_id_query(resolved.resolver, node) for node in nodes}
    answers = chain.batch(*queries.values()) if queries else None
    using = [node for node, ask in queries.items() if answers and answers.perhaps(ask, abi.read_word) == record]
    if not using:
        return []
    names = sorted(_name(nodes[node]) for node in using)
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return [f"this record is shared: the change also changes {', '.join(names[:MANY])}{more}"]


def _name(log: Log) -> str:
    """Return the name in a log `Linked`, or its namehash in hex if the log is malformed. The root name is `.`."""
    try:
        wire, labels = abi.read_bytes(log.data), []
        while wire[0]:
            labels.append(wire[1 : wire[0] + 1].decode())
            wire = wire[wire[0] + 1 :]
    except (ValueError, IndexError):
        return f"0x{log.topics[2].hex()}"
    text = ".".join(labels) or "."
    return text if text.isprintable() else f"0x{log.topics[2].hex()}"


@dataclass(frozen=True, slots=True)
class _Use:
    """The time in which a name used a record: from the log `since` until the position `until`."""

    record: int
    since: Log
    until: Place


def changes(chain: Chain, name: Name, resolver: str, head: int) -> Iterator[RecordChange]:
    """Yield the changes of what a migrated name showed in its present resolver, newest first.

    A change is an update of the record that the name used then, or a link to a record with another content. `head` is
    the newest block. Raises RpcError if the end point does not answer for older blocks.
    """
    uses = _uses(list(Pages(chain, [LINKED], name.node, at=2).between(0, head, resolver)))
    for index, use in enumerate(uses):
        updates = list(Pages(chain, [UPDATED], abi.word(use.record)).between(0, head, resolver))
        during = [log for log in updates if use.since[:2] < log[:2] < use.until]
        yield from dated(chain, during, _uri)
        before = next((log for log in updates if log[:2] < use.since[:2]), None)
        content = _uri(before) if before else ""
        if content or index + 1 < len(uses):  # A new record is linked before it is set for the first time.
            yield from dated(chain, [use.since], lambda _, content=content: content)  # type: ignore[misc]


def _uses(links: list[Log]) -> list[_Use]:
    """Return the uses of records, newest first. `links` are the logs `Linked` of one name, newest first."""
    ends: list[Place] = [NOW, *(log[:2] for log in links)]
    return [_Use(int.from_bytes(log.topics[1]), log, end) for log, end in zip(links, ends, strict=False)]


def _uri(log: Log) -> str:
    """Return the URI that a log `ContenthashUpdated` set."""
    try:
        return contenthash.describe(abi.read_bytes(log.data))
    except ValueError:
        return f"damaged:0x{log.data.hex()}"
