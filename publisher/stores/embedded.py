"""The cache as a store: the demo publishes to it, and a site without a node is still held somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from publisher.dag import walk
from publisher.dag.cid import Cid, Codec, Get
from publisher.errors import BlockMissing, CidMismatch, StoreError
from publisher.findings import Finding
from publisher.retrieval.trustless import checked
from publisher.stores.base import BlockStore, Progress, Receipt, Store, StoreContext, Upload

MEND = "it was damaged here: build with --fresh, or `publish add` the folder or CAR that it came from"
"""What to do about a block of the cache whose bytes are others."""


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """`[stores.LABEL]` with `kind = "embedded"`: there is nothing to set."""


SETTINGS: type[EmbeddedSettings] = EmbeddedSettings


def check(settings: EmbeddedSettings) -> None:
    """Nothing can be wrong."""


def where(settings: EmbeddedSettings) -> str:
    """There is one cache."""
    return ""


def connect(label: str, settings: EmbeddedSettings, context: StoreContext) -> Store:
    """The store over the blocks that it is handed."""
    return Embedded(label, context.blocks)


@dataclass(frozen=True, slots=True)
class Embedded:
    """Holds a root when it is kept and every block of it is in the cache."""

    label: str
    blocks: BlockStore
    kind: str = "embedded"

    def held(self, root: Cid) -> bool:
        """Whether the root is kept and complete; what is damaged here is not, and can be put here again."""
        try:
            return root in self.blocks.pins() and self._lacking(root) is None
        except CidMismatch:
            return False

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Keep the root. Its blocks are here already or it cannot be: BlockMissing names the first that is not.

        Every block is read and hashed, for nobody else ever will: CidMismatch for one that is damaged. Of either the
        shipment is asked, which may know how to put it right here.
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
            raise BlockMissing(self.label, f"{upload.root} is not whole: {error.message}", hint=hint) from error
        self.blocks.pin(upload.root, upload.name)
        return Receipt(self.label, self.kind, "pinned", upload.root)

    def reader(self) -> Get:
        """Blocks of the cache, each hashed."""
        return checked(self.blocks.get, self.label, MEND)

    def pins(self, name: str) -> frozenset[Cid]:
        """The roots that are kept under exactly this name."""
        return self.blocks.pins(name)

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """No other site keeps anything here."""
        return {}

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Keep a root no longer; its blocks stay until the cache is pruned."""
        return self.blocks.unpin(root, name)

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Nothing: what is kept here is this site's own."""

    def origins(self) -> tuple[str, ...]:
        """Nobody can fetch from a file."""
        return ()

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """It has no connections."""

    def examine(self) -> Iterator[Finding]:
        """Whether each kept root is whole. The blocks are looked up, not read."""
        kept = self.blocks.pins()
        for root in sorted(kept, key=lambda cid: cid.raw):
            if fault := self._fault(root):
                yield Finding(self.label, "warning", fault, MEND)
        many = f"{len(kept)} root{'' if len(kept) == 1 else 's'}"
        yield Finding(self.label, "ok", f"keeps {many} in the cache of this folder")
        yield Finding(
            self.label,
            "note",
            "nobody else can fetch from it",
            "add a store of another kind before others are to see the site",
        )

    def _fault(self, root: Cid) -> str:
        try:
            missing = self._lacking(root)
        except StoreError as error:
            return f"{root} cannot be read: {error.message}"
        except walk.Malformed as error:
            return f"{root} cannot be read: {error}"
        return f"{root} is kept, and block {missing} of it is not here" if missing else ""

    def _lacking(self, root: Cid) -> Cid | None:
        """The first block that is not here. Leaves are looked up, not read."""
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
