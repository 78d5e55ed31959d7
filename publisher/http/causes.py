"""Find the exceptions that are inside an exception of a library."""

from __future__ import annotations

from collections.abc import Iterator


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and all exceptions inside it, each once.

    They are found in the cause, the context, the arguments, and the attributes `reason` and `original`.
    """
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), getattr(one, "original", None)]
        waiting += [one.__cause__, one.__context__]
