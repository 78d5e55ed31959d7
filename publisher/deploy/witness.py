"""Ask witnesses for the blocks of a root before a name moves to it. Every block is hashed.

A witness is a gateway, or the gateway of a pinner, to which we did not upload. It has to find the blocks on the
network, as the gateway of a visitor does. A store only returns the copy that it received. `verify.check` reads stores
too, but the answer of a store does not show that others can fetch the blocks.
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
"""The seconds between two tries. The last number repeats. A gateway may need time to find a new root."""
GRACE = 3.0
"""After one witness has returned every block, the others have this many seconds left."""


def witnesses(
    places: Mapping[str, Get], cids: Sequence[Cid], timeout: float, clock: Callable[[], float] = time.monotonic
) -> tuple[Check, ...]:
    """Ask all witnesses for the blocks `cids`, in parallel, and return a check for each witness.

    `places` maps the label of each witness to its reader. A witness is asked again for at most `timeout` seconds, but
    not after it has returned wrong bytes. If it has not returned every block in time, its check has failed. Raises
    errors of a reader other than StoreError.
    """
    answers: queue.SimpleQueue[tuple[str, Check | BaseException]] = queue.SimpleQueue()
    enough = threading.Event()
    end = clock() + timeout

    def ask(by: str, get: Get) -> None:
        try:
            answers.put((by, _patiently(by, get, cids, lambda: end - clock(), enough)))
        except BaseException as error:  # The waiting thread raises this error again.
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
    silent = f"did not give every block back within {timeout:g} seconds"
    if enough.is_set():
        silent = "did not give every block back soon after another gateway did"
    return tuple(found.get(by, Check(by, False, silent)) for by in places)


def _patiently(by: str, get: Get, cids: Sequence[Cid], left: Callable[[], float], enough: threading.Event) -> Check:
    """Retry until every block was returned, wrong bytes were returned, the time is over, or `enough` is set.

    `left` returns the seconds that are left.
    """
    lacking = list(cids)
    for number in range(10**6):
        result = _once(by, get, lacking)
        pause = PAUSES[min(number, len(PAUSES) - 1)]
        if result.ok or result.differing or pause > left() or enough.wait(pause):
            return result
    return result


def _once(by: str, get: Get, lacking: list[Cid]) -> Check:
    """Ask once for the blocks in `lacking`, and remove the returned blocks from this list."""
    while lacking:
        try:
            result = check(by, get, lacking[:1])
        except StoreUnreachable as error:
            return Check(by, False, error.message)
        if not result.ok:
            return result
        del lacking[0]
    return Check(by, True)
