"""Use the cache as a store. The demonstration publishes to it, and a site without a node can use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.dag import walk
from publisher.dag.cid import Cid, Codec, Get
from publisher.errors import BlockMissing, CidMismatch, StoreError
from publisher.fast_dataclass import dataclass
from publisher.findings import Finding
from publisher.retrieval.trustless import checked
from publisher.stores.base import BlockStore, Progress, Receipt, Store, StoreContext, StoredPin, Upload

MEND = "build with --fresh, or `publish add` the folder or CAR that the root came from"
"""The hint about a block of the cache that is damaged."""


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """The table `[stores.LABEL]` with `kind = "embedded"`. It has no settings."""


SETTINGS: type[EmbeddedSettings] = EmbeddedSettings


def check(settings: EmbeddedSettings) -> None:
    """Do nothing, because this kind has no settings that could be wrong."""


def where(settings: EmbeddedSettings) -> str:
    """Return an empty string, because a site has only one cache."""
    return ""


def connect(label: str, settings: EmbeddedSettings, context: StoreContext) -> Store:
    """Open the store. Its blocks are in the cache `context.blocks`."""
    return Embedded(label, context.blocks)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A store that holds a root if the root is pinned and all its blocks are in the cache."""

    label: str
    blocks: BlockStore
    kind: str = "embedded"

    def held(self, root: Cid) -> bool:
        """Return whether the root is pinned and complete.

        A damaged block counts as missing, so that `put` can repair it. Leaves are looked up and not read, so a damaged
        leaf is not noticed.
        """
        try:
            return root in self.blocks.pins() and self._lacking(root) is None
        except CidMismatch:
            return False

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Pin the root. Its blocks have to be in the cache already.

        Every block is read and hashed, because no node does this. A missing or damaged block is requested from
        `upload.get`, which may repair it. Raises BlockMissing for the first block that stays missing, and CidMismatch
        for the first block that stays damaged.
        """
        own = self.reader()

        def get(cid: Cid) -> bytes:
            try:
                return own(cid)
            except (BlockMissing, CidMismatch):
                upload.get(cid)
                return own(cid)

        try:
            for _ in walk.reachable(get, upload.root):
                pass
        except BlockMissing as error:
            hint = "build the site again, or `publish add` the folder or CAR that it came from"
            raise BlockMissing(self.label, f"{upload.root} is not complete: {error.message}", hint=hint) from error
        self.blocks.pin(upload.root, upload.name)
        return Receipt(self.label, self.kind, "pinned", upload.root)

    def reader(self) -> Get:
        """Return a `get` that reads the cache and hashes each block."""
        return checked(self.blocks.get, self.label, MEND)

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that are pinned under exactly this name."""
        return self.blocks.pins(name)

    def all_pins(self) -> Iterator[StoredPin]:
        """Yield nothing, because all pins in the cache belong to this site, and `pins` returns them."""
        return iter(())

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Return an empty map, because no other site uses this cache."""
        return {}

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Unpin `root` if it is pinned under `name`, and return whether it was pinned. The blocks stay in the cache."""
        return self.blocks.unpin(root, name)

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Do nothing, because all pins in the cache belong to this site."""

    def origins(self) -> tuple[str, ...]:
        """Return no address, because nobody can fetch blocks from a file."""
        return ()

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Do nothing, because the cache has no connections."""

    def examine(self) -> Iterator[Finding]:
        """Yield a finding for each pinned root that is not complete. Leaves are looked up and not read."""
        kept = self.blocks.pins()
        for root in sorted(kept, key=lambda cid: cid.raw):
            if fault := self._fault(root):
                yield Finding(self.label, "warning", fault, MEND)
        many = f"{len(kept)} root{'' if len(kept) == 1 else 's'}"
        yield Finding(self.label, "ok", f"the cache of this folder keeps {many}")
        yield Finding(
            self.label,
            "note",
            "no other machine can fetch from this store",
            "add a store of another kind before other people are to see the site",
        )

    def _fault(self, root: Cid) -> str:
        try:
            missing = self._lacking(root)
        except StoreError as error:
            return f"{root} cannot be read: {error.message}"
        except walk.Malformed as error:
            return f"{root} cannot be read: {error}"
        return f"{root} is pinned, but its block {missing} is not in the cache" if missing else ""

    def _lacking(self, root: Cid) -> Cid | None:
        """Return the CID of the first missing block, or None if no block is missing. Leaves are not read."""
        get = self.reader()
        waiting, seen = [root], {root}
        while waiting:
            cid = waiting.pop()
            if cid.is_identity:
                continue
            if not self.blocks.has(cid):
                return cid
            if cid.codec != Codec.RAW:
                new = dict.fromkeys(link.cid for _, link in walk.node(get, cid).links if link.cid not in seen)
                seen.update(new)
                waiting += new
        return None
