"""Witnesses: gateways that we sent nothing to return a root before a name moves to it. Every block is hashed.

A witness is a gateway or the gateway of a pinner, because it had to find the blocks on the network, as the gateway of a
visitor does. A store only returns the copy that it was sent. It is read too (`verify.check`), but its answer does not
show that others can fetch the blocks.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from publisher.dag.cid import Cid, Get
from publisher.deploy.verify import Check, check
from publisher.errors import StoreUnreachable

PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each next try; the last one repeats. A gateway may need time to find a new root."""
GRACE = 3.0
"""Seconds that the other witnesses still have after one has returned every block."""


def witnesses(
    places: Mapping[str, Get], cids: Sequence[Cid], timeout: float, clock: Callable[[], float] = time.monotonic
) -> tuple[Check, ...]:
    """Ask all witnesses in parallel, again and again for `timeout` seconds, and return a check for each.

    A witness that returns other bytes is not asked again. One that has not answered in time gets a failed check. An
    error of a reader other than a StoreError is raised.
    """
    answers: queue.SimpleQueue[tuple[str, Check | BaseException]] = queue.SimpleQueue()
    enough = threading.Event()
    end = clock() + timeout

    def ask(by: str, get: Get) -> None:
        try:
            answers.put((by, _patiently(by, get, cids, lambda: end - clock(), enough)))
        except BaseException as error:  # raised in the waiting thread, not lost here
            answers.put((by, error))

    for by, get in places.items():
        threading.Thread(target=ask, args=(by, get), daemon=True).start()
    found: dict[str, Check] = {}
    until = end
    while len(found) < len(places):
        try:
            by, answer = answers.get(timeout=max(0.0, until - clock()))
        except queue.Empty:
            break
        if isinstance(answer, BaseException):
            raise answer
        found[by] = answer
        if answer.ok and not enough.is_set():
            enough.set()
            until = min(end, clock() + GRACE)
    silent = f"did not give every block back within {GRACE if enough.is_set() else timeout:g} seconds"
    return tuple(found.get(by, Check(by, False, silent)) for by in places)


def _patiently(by: str, get: Get, cids: Sequence[Cid], left: Callable[[], float], enough: threading.Event) -> Check:
    """Retry until every block came, other bytes came, the time is over, or another witness has succeeded."""
    lacking = list(cids)
    for number in range(10**6):
        result = _once(by, get, lacking)
        pause = PAUSES[min(number, len(PAUSES) - 1)]
        if result.ok or result.differing or pause > left() or enough.wait(pause):
            return result
    return result


def _once(by: str, get: Get, lacking: list[Cid]) -> Check:
    """Try once, and remove the blocks that came from `lacking`."""
    while lacking:
        try:
            result = check(by, get, lacking[:1])
        except StoreUnreachable as error:
            return Check(by, False, error.message)
        if not result.ok:
            return result
        del lacking[0]
    return Check(by, True)
