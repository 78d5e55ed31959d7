"""Ask a pinning service to pin a root. The service fetches the blocks itself.

Before a request is made, the present requests are read. So no request is made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from publisher.dag.cid import Cid, Get
from publisher.errors import CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass, replace
from publisher.findings import Finding
from publisher.http.exposure import exposed
from publisher.retrieval.trustless import trustless
from publisher.stores.base import PinRequest, Receipt, StoredPin
from publisher.stores.multiaddr import reach
from publisher.stores.pin_references import MARK
from publisher.stores.pinning.api import Pin, Pins, duplicate, pin_name
from publisher.stores.pinning.presets import Preset

FIRST = 0.2
"""The status of a request is read for the first time after this number of seconds."""

GROWTH = 1.6
"""Each pause is longer than the pause before it by this factor."""

LONGEST = 20.0
"""The longest pause in seconds. Services allow about 30 requests a minute."""

FORGOTTEN = 10.0
"""For this number of seconds, a new request may be missing in the answers. Some services show it only after a while."""


@dataclass(frozen=True, slots=True)
class PinningService:
    """The pinner `label`. Its methods raise StoreUnreachable, StoreRefused and CidMismatch."""

    label: str
    pins_of: Pins
    wait: float
    """A run waits this number of seconds for the status `pinned`."""
    gateway: str = ""
    origins: tuple[str, ...] = ()
    preset: Preset | None = None
    proxy: Callable[[str], str] = lambda url: ""
    """Returns the proxy of a URL, or an empty string."""
    kind: str = "pinning"

    def held(self, root: Cid) -> bool:
        """Return whether the service reports `pinned` for the root, under any name."""
        return any(pin.status == "pinned" for pin in self.pins_of.of(root))

    def holds(self, request: PinRequest) -> bool:
        """Return whether the service reports `pinned` for the root, under the name and the id of this site."""
        return any(pin.status == "pinned" and _of(pin, request) for pin in self.pins_of.of(request.root))

    def pin(self, request: PinRequest) -> Receipt:
        """Ask for a pin if this site has not asked for it yet, and wait for at most `wait` seconds.

        If only another site of the same account has a pin of the root, this site asks for a pin too, because the other
        site may remove its pin. Raises StoreRefused if the pin fails twice.
        """
        found = self.pins_of.of(request.root)
        there = tuple(pin for pin in found if _of(pin, request))
        own = request
        if not there and any(pin.id == str(request.root) for pin in found):
            # This service is a cluster, which has only one request for each root. The request gets a name that belongs
            # to no site, so that no site removes the request.
            request = replace(request, name=_of_several(found[0].name, request.name), site="")
            there = found if found[0].name == pin_name(request.name) else ()
        begun = there[0] if there and there[0].status != "failed" else self._ask(request, there)
        began = self.pins_of.service.clock.now()
        end = self._watch(request, begun, began)
        if end.status == "failed" and not any(pin.status == "failed" for pin in there):
            end = self._watch(request, self._ask(request, (end,)), began)
        if end.status == "failed":
            why = f": {end.details}" if end.details else " and gave no reason"
            hint = (
                "run `publish doctor` to see whether your nodes can be reached; look at the service's page; run again"
            )
            raise StoreRefused(self.label, f"the service could not pin {request.root}{why}", hint=hint)
        return Receipt(
            self.label, self.kind, end.status, request.root, note=_note(end, own.name), shared=not _of(end, own)
        )

    def reader(self) -> Get | None:
        """Return a `get` that reads the gateway of the service, or None if no gateway is known.

        Raises ConfigError if the URL of the gateway cannot be used.
        """
        if not self.gateway:
            return None
        return trustless(
            self.gateway, self.label, self.pins_of.service.call_info.timeout, proxy=self.proxy(self.gateway)
        )

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that the service pins, or is about to pin, under exactly this name."""
        return frozenset(pin.root for pin in self.pins_of.named(name) if pin.root is not None)

    def all_pins(self) -> Iterator[StoredPin]:
        """Yield every request of the account that has not failed."""
        return (StoredPin(pin.root, pin.name, pin.site) for pin in self.pins_of.all() if pin.root is not None)

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Return an empty map, because each site makes a separate request and needs no pin reference."""
        return {}

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Do nothing, because there are no pin references. No site may remove a request that several sites share."""

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Remove every request for `root` that has exactly this name and does not belong to a site outside `sites`.

        Return whether a request was removed.
        """
        named = [pin for pin in self.pins_of.named(name) if root.same_block(pin.root)]
        mine = [pin for pin in named if not pin.site or pin.site in sites]
        gone = [self.pins_of.remove(pin) for pin in mine]
        return any(gone)

    def examine(self) -> Iterator[Finding]:
        """Yield the findings about the token, the pins, the failed pins, and the gateway."""
        asked = self.pins_of.service.call_info
        if self.preset is not None and not asked.credentials:
            fix = f"set token-env; the token: {self.preset.access}"
            yield Finding(self.label, "fault", "no token is configured", fix)
            return
        try:
            count, some = self.pins_of.some()
        except StoreError as error:
            fix = f"{error.hint}; the token: {self.preset.access}" if self.preset else error.hint
            yield Finding(self.label, "fault", error.message, fix)
            return
        yield Finding(self.label, "ok", f"Pinning Service API at {asked.where}, {count} pin{'' if count == 1 else 's'}")
        yield from exposed(self.label, self.pins_of.service.base, asked.credentials)
        failed = sum(pin.status == "failed" for pin in some)
        if failed:
            what = f"{failed} of the {len(some)} newest pins failed"
            yield Finding(self.label, "warning", what, "run `publish` again: it requests the missing pins anew")
        if self.preset is not None and self.preset.note:
            yield Finding(self.label, "note", self.preset.note)
        if not self.gateway:
            fix = "set `gateway` to the service's gateway: then roots are read back before a name moves"
            yield Finding(self.label, "note", "no block is read back from this store", fix)

    def _ask(self, request: PinRequest, failed: tuple[Pin, ...]) -> Pin:
        """Make a new request and remove the failed requests.

        If the connection breaks, the service may have received the new request. So the request is looked up, and the
        error is raised only if the service does not list it.
        """
        for pin in failed:
            # If the id is the CID, the service is a cluster. Then a new request replaces the failed request, and
            # removing the failed request could unpin the root.
            if _of(pin, request) and pin.id != str(request.root):
                self.pins_of.remove(pin)
        origins = _best((*self.origins, *request.origins))
        try:
            asked = self.pins_of.ask(request.root, request.name, origins, request.site)
            # Some services answer a new request with `pinned` too early. So the status is read once more.
            return replace(asked, status="pinning") if asked.status == "pinned" else asked
        except CidMismatch:
            raise
        except (StoreUnreachable, StoreRefused) as error:
            if isinstance(error, StoreRefused) and not duplicate(error):
                raise
            there = self.pins_of.of(request.root)
            if there and there[0].status != "failed":
                return there[0]
            raise

    def _watch(self, request: PinRequest, pin: Pin, began: float) -> Pin:
        """Read the status of a request until it is pinned or failed, or the time is over. Return the last status.

        Our nodes are connected once to each peer that will fetch the blocks. `began` is the time of the request.
        """
        clock = self.pins_of.service.clock
        pause, seen = FIRST, clock.now()
        met: set[str] = set()
        while pin.status in ("queued", "pinning"):
            new = tuple(one for one in dict.fromkeys(pin.delegates) if one not in met)
            if new:
                request.connect_peers(new)
                met.update(new)
            left = began + self.wait - clock.now()
            if left <= 0:
                return pin
            clock.sleep(min(pause, left))
            pause = min(LONGEST, pause * GROWTH)
            now = self.pins_of.one(pin)
            seen = seen if now is None else clock.now()
            if clock.now() - seen >= FORGOTTEN:
                hint = "look at the service's own page for the reason; do not rely on this service"
                raise StoreRefused(
                    self.label,
                    f"the service accepted the request for {pin.root}, but no longer lists that request",
                    hint=hint,
                )
            pin = now or pin
        return pin


def _of(pin: Pin, request: PinRequest) -> bool:
    """Return whether the request `pin` belongs to this site. If the service keeps no metadata, the name decides."""
    return pin.name == pin_name(request.name) and pin.site in ("", request.site)


def _of_several(theirs: str, ours: str) -> str:
    """Return a name that belongs to no site, for a pin that several sites use."""
    return theirs if theirs.startswith(MARK) else f"{MARK}{theirs}, {ours}"


def _note(pin: Pin, name: str) -> str:
    if pin.status != "pinned":
        return f"{pin.details or 'it fetches the blocks'}; run again to see it done"
    return "" if pin.name == pin_name(name) else f"pinned as {pin.name!r}"


def _best(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Return each address once, public ones first, because a request may have only twenty addresses."""
    return tuple(sorted(dict.fromkeys(origins), key=reach))
