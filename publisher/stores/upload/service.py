"""Store roots at a service that accepts uploads of CARs. A root that is new to the service is sent as a whole.

The upload of a CAR is repeated as a whole, because these services cannot continue one. If the service also has the
Pinning Service API, this module asks there too whether a root is held. If a node of the user has the root already, the
service fetches the blocks from that node first, so that the user sends them only once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Get
from publisher.errors import CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass, replace
from publisher.findings import Finding
from publisher.formatting import volume
from publisher.http.auth import Clock
from publisher.retrieval.trustless import trustless
from publisher.stores.base import PinRequest, Progress, Receipt, StoredPin, Upload
from publisher.stores.pinning.api import pin_name
from publisher.stores.pinning.service import PinningService
from publisher.stores.upload.presets import Preset
from publisher.stores.upload.uploads import CarFile, Uploaded, Uploads

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""The pauses in seconds between the requests that ask whether the service lists a new upload. The last one repeats."""

LISTED = 30.0
"""A service has to list a new upload within this number of seconds. If it does not, a later run asks again."""

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class UploadService:
    """The store `label`. Its methods raise StoreUnreachable, StoreRefused and CidMismatch."""

    label: str
    uploads: Uploads
    preset: Preset
    where: str
    """The scheme and the host that take the upload."""
    pinner: PinningService | None
    """The Pinning Service API of the same account, or None if the service has none."""
    largest_mb: int
    """The largest upload in megabytes, or 0 if no limit is known."""
    credentials: bool
    gateway: str
    timeout: float
    clock: Clock
    proxy: Callable[[str], str] = lambda url: ""
    """Returns the proxy of a URL, or an empty string."""
    kind: str = "upload"

    def held(self, root: Cid) -> bool:
        """Return whether the service lists an upload of the root, or reports `pinned` for it."""
        return any(root.same_block(each.root) for each in self.uploads.of(root)) or self._pinned(root)

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Let the service fetch the root from the user's nodes, or send a CAR. Compare the root that it reports.

        Raises StoreRefused if the CAR is larger than the service takes, and CidMismatch if it reports another root.
        """
        if self._own(upload):
            return Receipt(self.label, self.kind, "pinned", upload.root)
        fetched = self._fetched(upload)
        if fetched is not None:
            return fetched
        blocks = [(block.cid, len(block.data)) for block in walk.reachable(upload.get, upload.root)]
        size = car.size((upload.root,), blocks)
        self._fits(size)
        total = sum(length for _, length in blocks)
        sending = CarFile(
            upload.root, pin_name(upload.name), upload.site, size, lambda: _chunks(upload, blocks, total, progress)
        )
        self._compare(upload.root, self.uploads.send(sending))
        listed = self._await(upload)
        note = "" if listed else "the service does not list the upload yet; run again to see it done"
        return Receipt(self.label, self.kind, "pinned" if listed else "pinning", upload.root, total, note)

    def reader(self) -> Get | None:
        """Return a `get` that reads the gateway of the service, or None if no gateway is set."""
        if not self.gateway:
            return None
        return trustless(self.gateway, self.label, self.timeout, proxy=self.proxy(self.gateway))

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that the service lists under exactly this name."""
        found = {each.root for each in self.uploads.named(pin_name(name)) if each.root is not None}
        with contextlib.suppress(StoreRefused):  # Some tokens are for uploads alone.
            found |= self.pinner.pins(name) if self.pinner is not None else set()
        return frozenset(found)

    def all_pins(self) -> Iterator[StoredPin]:
        """Yield every upload and every pin of the account."""
        for each in self.uploads.all():
            if each.root is not None:
                yield StoredPin(each.root, each.name, each.site)
        with contextlib.suppress(StoreRefused):  # Some tokens are for uploads alone.
            yield from self.pinner.all_pins() if self.pinner is not None else ()

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Return an empty map, because each site has an upload of its own, and needs no pin reference."""
        return {}

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Do nothing, because there are no pin references."""

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Remove every upload and every pin of `root` with exactly this name, except those of sites outside `sites`.

        Return whether one was removed.
        """
        called = pin_name(name)
        sent = [each for each in self.uploads.of(root) if each.name == called and root.same_block(each.root)]
        gone = [self.uploads.remove(each) for each in sent if not each.site or each.site in sites]
        with contextlib.suppress(StoreRefused):  # Some tokens are for uploads alone.
            gone.append(self.pinner is not None and self.pinner.unpin(root, name, sites))
        return any(gone)

    def origins(self) -> tuple[str, ...]:
        """Return no address, because the service does not say at which addresses its nodes have the blocks."""
        return ()

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Do nothing, because the service has no request that connects its nodes."""

    def examine(self) -> Iterator[Finding]:
        """Yield the findings about the credentials, the limit, and the gateway."""
        if not self.credentials:
            fix = f"set the variables of the credentials: {self.preset.access}"
            yield Finding(self.label, "fault", "no credentials are configured", fix)
            return
        try:
            self.uploads.of(NOWHERE)
        except StoreError as error:
            yield Finding(self.label, "fault", error.message, f"{error.hint}; you find {self.preset.access}")
            return
        yield Finding(self.label, "ok", f"{self.where} accepts the credentials")
        yield from self._pinning_findings()
        if self.largest_mb:
            yield Finding(self.label, "note", f"the service takes at most {volume(self.largest_mb * MB)} at once")
        if self.preset.note:
            yield Finding(self.label, "note", self.preset.note)
        if not self.gateway:
            fix = "set `gateway` to the service's gateway: then roots are read back before a name moves"
            yield Finding(self.label, "note", "no block is read back from this store", fix)

    def _pinning_findings(self) -> Iterator[Finding]:
        if self.pinner is None:
            return
        try:
            self.pinner.held(NOWHERE)
        except StoreError as error:
            what = f"the Pinning Service API of this account cannot be used: {error.message}"
            yield Finding(
                self.label, "note", what, "make a token that may pin: then the service fetches from your node"
            )

    def _own(self, upload: Upload) -> bool:
        """Return whether this site has an upload or a pin of the root already."""
        if any(upload.root.same_block(each.root) and _of(each, upload) for each in self.uploads.of(upload.root)):
            return True
        with contextlib.suppress(StoreRefused):
            return self.pinner is not None and self.pinner.holds(_request(upload))
        return False

    def _pinned(self, root: Cid) -> bool:
        """Return whether the Pinning Service API reports the root as pinned.

        Return False if it refuses the token, because some tokens are for uploads alone.
        """
        with contextlib.suppress(StoreRefused):
            return self.pinner is not None and self.pinner.held(root)
        return False

    def _fetched(self, upload: Upload) -> Receipt | None:
        """Ask the service to fetch the root, and return the receipt.

        Return None if no node has the blocks, or if the service cannot fetch them. The caller then sends the CAR.
        """
        if self.pinner is None or not (upload.origins or self._pinned(upload.root)):
            return None
        with contextlib.suppress(StoreRefused, StoreUnreachable):
            receipt = self.pinner.pin(_request(upload))
            if receipt.status == "pinned":
                return replace(receipt, kind=self.kind, note="fetched from your node" if upload.origins else "")
        with contextlib.suppress(StoreRefused, StoreUnreachable):  # Otherwise the service would go on fetching.
            self.pinner.unpin(upload.root, upload.name, frozenset((upload.site,)))
        return None

    def _fits(self, size: int) -> None:
        if self.largest_mb and size > self.largest_mb * MB:
            what = f"the site is a CAR of {volume(size)}, and this service takes at most {volume(self.largest_mb * MB)}"
            hint = "use another service or a node; if your plan takes more, set `largest-mb`"
            raise StoreRefused(self.label, what, hint=hint)

    def _compare(self, root: Cid, reported: Cid | None) -> None:
        if reported is not None and not root.same_block(reported):
            what = f"the service reports the root {reported}; this program sent {root}"
            raise CidMismatch(self.label, what, hint="do not trust the service until you know why; no name was moved")

    def _await(self, upload: Upload) -> bool:
        """Wait until the service lists the upload with its root, and return whether it does.

        Raises CidMismatch if the service lists it with another root.
        """
        until, turn = self.clock.now() + LISTED, 0
        while True:
            found = [each for each in self.uploads.of(upload.root) if _of(each, upload)]
            for each in found:
                self._compare(upload.root, each.root)
            if any(each.root is not None for each in found):
                return True
            if self.clock.now() >= until:
                return False
            self.clock.sleep(PAUSES[min(turn, len(PAUSES) - 1)])
            turn += 1


NOWHERE = Cid.parse("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")
"""The CID of a small file of the tests of IPIP-499. The doctor asks for it to test the credentials."""


def _request(upload: Upload) -> PinRequest:
    return PinRequest(upload.root, upload.name, upload.origins, upload.connect_peers, upload.site)


def _of(each: Uploaded, upload: Upload) -> bool:
    """Return whether an upload belongs to this site. If the service keeps no id of the site, the name decides."""
    return each.name == pin_name(upload.name) and each.site in ("", upload.site)


def _chunks(upload: Upload, blocks: list[tuple[Cid, int]], total: int, progress: Progress) -> Iterator[bytes]:
    """Yield the bytes of the CAR, and report the progress in bytes of blocks."""

    def counted() -> Iterator[Block]:
        done = 0
        for cid, size in blocks:
            yield Block(cid, upload.get(cid))
            done += size
            progress(done, total)

    return car.write((upload.root,), counted())
