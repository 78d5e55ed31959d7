"""Keep the variables that hold secrets away from every process that is started later."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, MutableMapping

PREFIX = "PUBLISH_"
"""The prefix of the variables that publish.toml may name."""


@contextlib.contextmanager
def hidden_variables(environment: MutableMapping[str, str], prefix: str = PREFIX) -> Iterator[dict[str, str]]:
    """Remove the variables with a prefix from this process's environment, and yield the whole earlier environment.

    No process that is started meanwhile gets them. If the system shows the environment of a running process as a file,
    their values are overwritten there too, because a forked process would show the same. Afterwards the environment is
    restored.
    """
    before = dict(environment)
    taken = {name: value for name, value in before.items() if name.startswith(prefix)}
    for name in taken:
        del environment[name]
    if taken:
        with contextlib.suppress(OSError, ValueError, IndexError):  # there are no such files, or they are not ours
            _overwrite({os.fsencode(name) for name in taken})
    try:
        yield before
    finally:
        environment.update(taken)


def _overwrite(names: set[bytes]) -> None:
    """Overwrite the values of variables with zeros, in the memory that the kernel shows as /proc/self/environ.

    Its bounds are the fields 50 and 51 of /proc/self/stat: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    start, end = int(fields[47]), int(fields[48])  # the first two fields come before the bracket
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        at = start
        for entry in memory.read(end - start).split(b"\0"):
            name, mark, value = entry.partition(b"=")
            if mark and name in names:
                memory.seek(at + len(name) + len(mark))
                memory.write(bytes(len(value)))
            at += len(entry) + 1
