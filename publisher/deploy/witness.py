"""Seen from outside: others than the uploader give a root back, each block hashed, before a name moves to it.

Who is a witness: a gateway, and the gateway of a pinner, for they had to find the blocks on the network as a visitor's
gateway has to. A store that was sent the bytes gives back its own copy: it is read too (`verify.check`), and a second
store is a second machine, but that the one has the bytes says nothing about whether anybody else can fetch them.
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
"""Seconds before each new try; the last one stays. A gateway may need a moment to find who has a new root."""
GRACE = 3.0
"""Seconds that the others are waited for once one has given everything back."""


def witnesses(
    places: Mapping[str, Get], cids: Sequence[Cid], timeout: float, clock: Callable[[], float] = time.monotonic
) -> tuple[Check, ...]:
    """What each place gave back within `timeout` seconds, asked side by side, again and again until then.

    Whoever gives other bytes is not asked again; whoever has not answered when the time is over is told as such.
    """
    answers: queue.SimpleQueue[tuple[str, Check | BaseException]] = queue.SimpleQueue()
    enough = threading.Event()
    end = clock() + timeout

    def ask(by: str, get: Get) -> None:
        try:
            answers.put((by, _patiently(by, get, cids, lambda: end - clock(), enough)))
        except BaseException as error:  # raised where it is waited for, not lost with the thread
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
    silent = f"did not give everything back within {GRACE if enough.is_set() else timeout:g} seconds"
    return tuple(found.get(by, Check(by, False, silent)) for by in places)


def _patiently(by: str, get: Get, cids: Sequence[Cid], left: Callable[[], float], enough: threading.Event) -> Check:
    """Until every block came, other bytes came, the time is over, or another one has said enough."""
    lacking = list(cids)
    for number in range(10**6):
        result = _once(by, get, lacking)
        pause = PAUSES[min(number, len(PAUSES) - 1)]
        if result.ok or result.differing or pause > left() or enough.wait(pause):
            return result
    return result


def _once(by: str, get: Get, lacking: list[Cid]) -> Check:
    """One try: what came is taken off the list."""
    while lacking:
        try:
            result = check(by, get, lacking[:1])
        except StoreUnreachable as error:
            return Check(by, False, error.message)
        if not result.ok:
            return result
        del lacking[0]
    return Check(by, True)
