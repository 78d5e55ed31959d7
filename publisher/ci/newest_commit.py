"""Find out, just before a name moves, whether the run is still for the newest commit of its branch."""

from __future__ import annotations

from collections.abc import Callable

from publisher.errors import StoreRefused, StoreUnreachable, Unfinished

STAYS = "the name was not moved"


def before_move(commit: str, branch: str, newest: Callable[[], str]) -> Callable[[], str]:
    """Return a function that returns the reason why the run for `commit` must not move a name, or "" if it may.

    `newest` asks for the hash of the newest commit of `branch`. It returns "" if the branch is gone. If `newest` raises
    StoreUnreachable or Unfinished, the returned function raises Unfinished. If `newest` raises StoreRefused, so does
    the returned function.
    """

    def reason() -> str:
        try:
            head = newest()
        except (StoreUnreachable, Unfinished) as error:
            raise Unfinished(error.who, f"{error.message}; {STAYS}", hint=error.hint or "run again") from error
        except StoreRefused as error:
            raise StoreRefused(error.who, f"{error.message}; {STAYS}", hint=error.hint) from error
        if not head:
            return f"the branch {branch} does not exist any more"
        if head.lower() == commit.lower():
            return ""
        return f"the newest commit of {branch} is {head[:12]}, and this run is for {commit[:12]}"

    return reason
