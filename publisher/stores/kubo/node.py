"""Use a Kubo node as a store. The whole site is sent once, and later only the missing blocks.

The calls that this module makes follow from the behaviour of Kubo 0.43:

- `pin/ls` for one root reads an index, in 1 ms. For all pins, its time grows with the number of pins on the node.
- `dag/import` with a pin fails for a broken CAR, and waits for ever for a missing block. Without a pin, it answers 200
  whatever has arrived, so the number of blocks in its answer is compared.
- `pin/update` reads only the blocks that differ from a pinned root, in 15 ms, while `pin/add` reads the whole site in
  0.7 s. The new pin has the name of the old one. The call waits for ever for a missing block, so it has a time limit.
- `dag/stat` with `offline` never uses the network. No other call says at once whether a root is complete.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Get
from publisher.dag.unixfs import LEGACY, MODERN
from publisher.errors import BlockMissing, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass
from publisher.findings import Finding
from publisher.http.retry import PAUSES
from publisher.retrieval.trustless import LARGEST, checked, trustless
from publisher.stores.base import Progress, Receipt, StoredPin, Upload
from publisher.stores.kubo import health
from publisher.stores.kubo.errors import mismatch, refused, unfinished
from publisher.stores.kubo.peers import connect_all, origins_of
from publisher.stores.kubo.pins import (
    all_pins,
    call_info,
    cid_of,
    claim,
    claims_of,
    disclaim,
    field,
    let_go,
    others,
    pin_name,
    pin_of,
    pins_of,
)
from publisher.stores.kubo.profile import notice
from publisher.stores.kubo.rpc import Rpc
from publisher.stores.kubo.version import check_version

UPDATE = 30.0
"""The time limit in seconds for `pin/update`, which takes hundredths of a second.

After this time, the node is assumed to wait for a block that it will not receive.
"""

DAMAGED = "run `ipfs repo verify` on the node, then run again"
"""The hint about a node whose answers contradict each other."""


@dataclass(frozen=True, slots=True)
class Kubo:
    """The store `label`. Its methods raise StoreUnreachable, StoreRefused and CidMismatch."""

    label: str
    rpc: Rpc
    gateway: str = ""
    proxy: Callable[[str], str] = lambda url: ""
    """Returns the proxy of a URL, or an empty string."""
    kind: str = "kubo"

    def held(self, root: Cid) -> bool:
        """Return whether the node pins the root recursively and has every block of it. The network is not searched."""
        check_version(self.rpc)
        return pin_of(self.rpc, root) is not None and _complete(self.rpc, root)

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Send the missing blocks, pin the root under the site's name, and read the pin back.

        If another site pinned the root, its pin keeps its name, and this site adds a pin reference.
        """
        rpc = self.rpc.with_pauses(PAUSES)
        wanted = pin_name(upload.name)
        check_version(rpc)
        # This site makes its pin reference and then reads the pin. Another site unpins the root and then reads the
        # references. So either the other site finds this reference and pins the root again, or this site finds no pin.
        begun = bool(upload.site) and claim(rpc, upload.root, upload.site, upload.name)
        name = pin_of(rpc, upload.root)
        shared = name is not None and name not in upload.ours and not (begun and not name)
        sent, whole = 0, False
        if name is None:
            difference = _send_difference(rpc, upload, progress)
            # Checking every block takes 0.25 s for 5,000 pages. So this is done only if a name will show the root.
            if difference is None or (upload.to_be_named and not _complete(rpc, upload.root)):
                sent, whole = _send_all(rpc, upload, progress), True
            else:
                sent = difference
        elif not _complete(rpc, upload.root):
            # The root is pinned, but the node has lost blocks. Only another upload of the whole site brings them back.
            sent = _send_all(rpc, upload, progress, pinned=shared)
        if not shared and (sent or name != wanted):
            _name_and_read_back(rpc, upload.root, wanted, upload.site)
        if upload.site and name is None:
            _withdraw(rpc, upload.root, upload.site)
        # The first publish reports the profile of the node. Later publishes save the time for this call.
        note = notice(self.rpc, (MODERN if upload.root.version else LEGACY).name) if whole else ""
        if shared and name != wanted:
            note = f"it was pinned there before, {f'as {name!r}' if name else 'without a name'}; that pin is unchanged"
        return Receipt(self.label, self.kind, "pinned", upload.root, sent, note, shared)

    def reader(self) -> Get:
        """Return a `get` that reads blocks of the node, through its gateway or, without a gateway, through RPC.

        The node does not search the network for a block. Raises ConfigError if the URL of the gateway cannot be used.
        """
        if self.gateway:
            proxy = self.proxy(self.gateway)
            return trustless(self.gateway, self.label, self.rpc.call_info.timeout, local=True, proxy=proxy)
        return checked(partial(_block, self.rpc), self.label)

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that the node pins under exactly this name."""
        return pins_of(self.rpc, name)

    def all_pins(self) -> Iterator[StoredPin]:
        """Yield every recursive pin of the node, except pin references and the empty folder that every node pins."""
        return all_pins(self.rpc)

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Return a map from each root to the ids of the sites that have a pin reference for it."""
        return claims_of(self.rpc)

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Unpin `root` if it is pinned under exactly `name` and no site outside `sites` uses it.

        Return whether it was unpinned. The blocks stay until the node collects garbage.
        """
        return let_go(self.rpc, root, name, sites)

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Remove the pin references of `sites` for a root."""
        disclaim(self.rpc, root, sites)

    def origins(self) -> tuple[str, ...]:
        """Return the multiaddresses at which others can fetch blocks from the node."""
        return origins_of(self.rpc)

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Connect the node to the peers at `addresses`. Errors are ignored."""
        connect_all(self.rpc, addresses)

    def examine(self) -> Iterator[Finding]:
        """Yield the findings of `publish doctor`. They need some short calls, and one for each right and each peer."""
        return health.examine(self.rpc, self.gateway, self.proxy)


def _complete(rpc: Rpc, root: Cid) -> bool:
    answer = rpc.ask("dag/stat", str(root), offline="true", progress="false")
    if answer.refusal:
        if "not found locally" in answer.refusal:
            return False
        raise refused(answer.refusal, call_info(rpc, "dag/stat"))
    stats = field(rpc, "dag/stat", answer, "DagStats")
    if not isinstance(stats, list) or len(stats) != 1 or not isinstance(stats[0], Mapping):
        raise unfinished(call_info(rpc, "dag/stat"), "lacks the count of blocks")
    if cid_of(stats[0].get("Cid")) != root:
        raise mismatch(rpc.call_info.label, root, stats[0].get("Cid"))
    return True


def _send_difference(rpc: Rpc, upload: Upload, progress: Progress) -> int | None:
    """Send the difference from an older root that the node pins, and pin the new root.

    Return the number of bytes sent. Return None if this is not possible, so that the whole site has to be sent.
    """
    for base in upload.older():
        if pin_of(rpc, base) is None:
            continue
        lacking = [(b.cid, len(b.data)) for b in walk.difference(upload.get, base, upload.root)]
        total = sum(size for _, size in lacking)

        def blocks(cids: list[tuple[Cid, int]] = lacking) -> Iterator[Block]:
            return (Block(cid, upload.get(cid)) for cid, _ in cids)

        said = rpc.upload(_car(upload.root, blocks, total, progress), pin_roots="false", stats="true")
        if _blocks_imported(said) != len(lacking) or not _move_pin(rpc, base, upload.root):
            return None
        return total
    return None


def _send_all(rpc: Rpc, upload: Upload, progress: Progress, *, pinned: bool = False) -> int:
    """Send the whole site and pin it in the same call. Return the number of bytes sent.

    With two calls, the node could collect garbage between them and delete the blocks. `pinned` says that another site
    has pinned the root. Then the blocks are sent without a pin, because a new pin would remove the other site's name.
    While blocks of a pinned root are missing, a node collects no garbage.
    """
    root = upload.root
    total = walk.measure(upload.get, root).bytes
    car_of_all = _car(root, lambda: walk.reachable(upload.get, root), total, progress)
    if pinned:
        rpc.upload(car_of_all, pin_roots="false", stats="true")
        if not _complete(rpc, root):
            raise StoreRefused(rpc.call_info.label, f"the node pins {root} but lacks blocks of it", hint=DAMAGED)
        return total
    said = rpc.upload(car_of_all, pin_roots="true")
    roots = [one["Root"] for one in said if isinstance(one.get("Root"), Mapping)]
    if len(roots) != 1:
        raise unfinished(call_info(rpc, "dag/import"), "does not name the root")
    if cid_of(roots[0].get("Cid")) != root:
        raise mismatch(rpc.call_info.label, root, roots[0].get("Cid"))
    if roots[0].get("PinErrorMsg"):
        raise refused(str(roots[0]["PinErrorMsg"]), call_info(rpc, "dag/import"))
    if not _complete(rpc, root):
        raise StoreRefused(rpc.call_info.label, f"the node pins {root} but lacks blocks of it", hint=DAMAGED)
    return total


def _car(
    root: Cid, blocks: Callable[[], Iterable[Block]], total: int, progress: Progress
) -> Callable[[], Iterator[bytes]]:
    """Return a function that yields the bytes of a CAR and reports the progress after each block.

    `total` is the number of bytes in all blocks.
    """

    def counted() -> Iterator[Block]:
        done = 0
        for block in blocks():
            yield block
            done += len(block.data)
            progress(done, total)

    return lambda: car.write((root,), counted())


def _blocks_imported(answers: tuple[Mapping[str, Any], ...]) -> int | None:
    """Return the number of blocks that the node imported, or None if the answer lacks it.

    The number is missing if the import failed after the node had sent the status 200.
    """
    stats = [one["Stats"] for one in answers if isinstance(one.get("Stats"), Mapping)]
    count = stats[-1].get("BlockCount") if stats else None
    return count if isinstance(count, int) else None


def _move_pin(rpc: Rpc, old: Cid, new: Cid) -> bool:
    """Pin `new` by its difference from `old`, and return whether `new` is pinned. `old` stays pinned.

    If the node lacks a block, `new` is not pinned, and the whole site has to be sent.
    """
    limit = min(UPDATE, rpc.call_info.timeout)
    try:
        answer = rpc.ask("pin/update", str(old), str(new), timeout=limit, unpin="false")
    except StoreUnreachable:
        return False
    if answer.refusal:
        return "'to' cid was already" in answer.refusal
    pins = field(rpc, "pin/update", answer, "Pins")
    if not isinstance(pins, list) or not pins or cid_of(pins[-1]) != new:
        raise mismatch(rpc.call_info.label, new, pins)
    return True


def _name_and_read_back(rpc: Rpc, root: Cid, name: str, site: str) -> None:
    """Give the pin of `root` the name `name`, and read the name back. This is needed because an import clears the name.

    Raises StoreRefused if the root is not pinned, or has another name.
    """
    found = _pin_name(rpc, root)
    if found is not None and found != name:
        # This call reads the whole site. After pin/update no call is needed, because the new pin has the old name.
        rpc.call("pin/add", str(root), name=name, recursive="true")
        found = _pin_name(rpc, root)
    if found is None:
        raise StoreRefused(
            rpc.call_info.label, f"the node took the blocks of {root} but does not pin that root", hint=DAMAGED
        )
    # Another site may have pinned the root meanwhile, under its own name. Then both sites have made a pin reference.
    if found != name and not (site and others(rpc, root, frozenset((site,)))):
        raise StoreRefused(rpc.call_info.label, f"the node pins {root} under another name than {name!r}", hint=DAMAGED)


def _pin_name(rpc: Rpc, root: Cid) -> str | None:
    """Return the name of the pin of `root`, or None if the root is not pinned.

    To rename a pin, a node removes it first. So if no pin is found, the call is repeated for a moment.
    """
    for pause in (*PAUSES, None):
        found = pin_of(rpc, root)
        if found is not None or pause is None:
            return found
        rpc.sleep(pause)
    raise AssertionError("the last look returns")


def _withdraw(rpc: Rpc, root: Cid, site: str) -> None:
    """Remove this site's pin reference, which is not needed because the site's own pin holds the root.

    The reference stays if another site has made a reference meanwhile.
    """
    # After an error, or without the right to unpin, the reference stays. `publish prune` removes it with the pin.
    with contextlib.suppress(StoreRefused, StoreUnreachable):
        if not others(rpc, root, frozenset((site,))):
            disclaim(rpc, root, frozenset((site,)))


def _block(rpc: Rpc, cid: Cid) -> bytes:
    data = rpc.block(str(cid), LARGEST)
    if data is None:
        raise BlockMissing(rpc.call_info.label, f"the node does not have {cid}")
    return data
