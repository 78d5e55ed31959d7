"""Fetch blocks from several upstreams, one after the other, within a time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from publisher.dag.cid import Block, Cid, Get
from publisher.errors import BlockMissing, CidMismatch, StoreError, StoreUnreachable
from publisher.fast_dataclass import dataclass
from publisher.retrieval.trustless import TooBusy

WHO = "gateway"
COOLDOWN = 10.0
"""An upstream that does not answer is skipped for this number of seconds.

If an upstream works, but times out, fails or refuses a block that a later upstream returns, it is asked last for this
number of seconds.
"""

DISTRUST = 300.0
"""An upstream that returned wrong bytes is skipped for this number of seconds."""

ABSENT = 10.0
"""If no upstream had a block, none is asked for it again for this number of seconds."""

MOST_ABSENT = 10_000
"""At most this many blocks that no upstream had are remembered."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A source of blocks. `get` hashes each block and has a time limit of its own."""

    label: str
    get: Get
    alive: Callable[[], bool] = lambda: False
    """Returns whether the upstream answers at all. An upstream that answers is not skipped after a timeout.

    The reason is that a node searches for a missing block until the request ends. If it were skipped then, a visitor
    who requests a block that exists nowhere would make the upstream unusable for all other visitors.
    """


@dataclass(slots=True)
class _Cooldown:
    until: float
    why: StoreError


class Failover:
    """A `get` that asks several upstreams. It is safe for threads.

    If no upstream returns the block, it raises CidMismatch if one returned wrong bytes, otherwise StoreUnreachable if
    one did not answer, and otherwise BlockMissing. If several threads ask for the same block at the same time, the
    block is fetched once.
    """

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        keep: Callable[[Block], None] = lambda block: None,
        *,
        total_timeout: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        log: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Make a `get` over `upstreams`, in their order.

        `keep` is called with each fetched block. After `total_timeout` seconds, no further upstream is asked. `log` is
        called with a line about each upstream that is skipped.
        """
        self._upstreams = tuple(upstreams)
        self._keep = keep
        self._total_timeout = total_timeout
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._under_way: dict[Cid, Future[bytes]] = {}
        self._in_vain: dict[Cid, tuple[float, StoreError]] = {}
        self._resting: dict[int, _Cooldown] = {}
        self._slow: dict[int, float] = {}

    def __call__(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises CidMismatch, StoreUnreachable or BlockMissing, as the class says."""
        with self._lock:
            until, error = self._in_vain.get(cid, (0.0, None))
            if error is not None and until > self._clock():
                raise error.with_traceback(None)
            waiting = self._under_way.get(cid)
            if waiting is None:
                mine = self._under_way[cid] = Future()
        if waiting is not None:
            return self._wait(cid, waiting)
        try:
            data = self._fetch(cid)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(data)
            return data
        finally:
            with self._lock:
                del self._under_way[cid]

    def _wait(self, cid: Cid, other: Future[bytes]) -> bytes:
        """Return the block that another thread is fetching.

        The wait is longer than the time limit of that thread, because its last upstream may exceed the limit. Raises
        the error of that thread, or StoreUnreachable after the wait.
        """
        try:
            return other.result(3 * self._total_timeout)
        except TimeoutError:
            raise StoreUnreachable(WHO, f"block {cid} did not arrive in time", hint="run again") from None

    def _fetch(self, cid: Cid) -> bytes:
        faults: list[StoreError] = []
        slow: list[int] = []
        until = self._clock() + self._total_timeout
        sure = True
        for number in self._order():
            place, resting = self._upstreams[number], self._resting.get(number)
            if resting is not None and resting.until > self._clock():
                faults.append(resting.why)
                sure = False
                continue
            if self._clock() > until:
                faults.append(
                    StoreUnreachable(WHO, f"no time was left to ask {place.label} for {cid}", hint="run again")
                )
                sure = False
                break
            try:
                data = place.get(cid)
            except BlockMissing as error:
                faults.append(error)
            except StoreError as error:
                faults.append(error)
                if self._cool_down(number, error):
                    sure = False
                else:
                    slow.append(number)
            else:
                self._slow.update(dict.fromkeys(slow, self._clock() + COOLDOWN))
                self._keep(Block(cid, data))
                return data
        worst = self._worst(cid, faults)
        if sure:
            self._note(cid, worst)
        raise worst

    def _order(self) -> list[int]:
        """Return the numbers of the upstreams in their order. Those that were slower than another one come last."""
        now = self._clock()
        return sorted(range(len(self._upstreams)), key=lambda number: self._slow.get(number, 0.0) > now)

    def _cool_down(self, number: int, error: StoreError) -> bool:
        """Skip an upstream for a while after an error, and return whether it is skipped.

        An upstream that still answers is only slow, and is not skipped.
        """
        seconds = DISTRUST if isinstance(error, CidMismatch) else COOLDOWN
        if isinstance(error, TooBusy):
            seconds = error.seconds
        elif not isinstance(error, CidMismatch) and self._upstreams[number].alive():
            return False
        self._resting[number] = _Cooldown(self._clock() + seconds, error)
        self._log(f"{error}; this source is skipped for {seconds:.0f} s")
        return True

    def _note(self, cid: Cid, error: StoreError) -> None:
        """Remember that all upstreams were asked for this block and none had it. For a while, `error` is the answer."""
        with self._lock:
            if len(self._in_vain) >= MOST_ABSENT:
                self._in_vain.clear()
            self._in_vain[cid] = self._clock() + ABSENT, error

    def _worst(self, cid: Cid, faults: Sequence[StoreError]) -> StoreError:
        for kind in (CidMismatch, StoreUnreachable):
            for fault in faults:
                if isinstance(fault, kind):
                    return kind(WHO, f"block {cid} did not arrive: {fault}", hint=fault.hint)
        return self._nobody(cid)

    def _nobody(self, cid: Cid) -> BlockMissing:
        labels = ", ".join(place.label for place in self._upstreams)
        said = (
            f"{labels} {'does' if len(self._upstreams) == 1 else 'do'} not have it"
            if labels
            else "there is no gateway to ask"
        )
        return BlockMissing(WHO, f"no gateway has block {cid}: {said}")


def first_of(*gets: Get) -> Get:
    """Return a `get` that asks each of `gets` in order until one has the block. It raises the last error."""

    def read(cid: Cid) -> bytes:
        for get in gets[:-1]:
            try:
                return get(cid)
            except BlockMissing:
                continue
        return gets[-1](cid)

    return read


def by_either_version(get: Get) -> Get:
    """Return a `get` that also finds a block under the other version of its CID.

    A browser writes host names in lower case, and a CID of version 0 has capitals. So the host name of a site with a
    root of version 0 has the CID of version 1.
    """

    def read(cid: Cid) -> bytes:
        try:
            return get(cid)
        except BlockMissing:
            other = cid.other_version()
            if other is None:
                raise
            return get(other)

    return read
