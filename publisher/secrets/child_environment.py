"""Remove the variables with secrets from the environment, so that no child process gets them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, MutableMapping

PREFIX = "PUBLISH_"
"""The prefix of the variables that publish.toml may name."""


@contextlib.contextmanager
def hidden_variables(environment: MutableMapping[str, str], prefix: str = PREFIX) -> Iterator[dict[str, str]]:
    """Remove the variables with `prefix` from the environment of this process, and yield the environment as it was.

    A process that is started inside the `with` block does not get the variables. Linux also keeps the environment
    that a process had at its start, and shows it as the file /proc/PID/environ. A forked process gets a copy of it. So
    the values of the variables are overwritten there too. At the end, the variables are set again.
    """
    before = dict(environment)
    taken = {name: value for name, value in before.items() if name.startswith(prefix)}
    for name in taken:
        del environment[name]
    if taken:
        # These files exist only on Linux, and a Linux system may deny access to them.
        with contextlib.suppress(OSError, ValueError, IndexError):
            _overwrite({os.fsencode(name) for name in taken})
    try:
        yield before
    finally:
        environment.update(taken)


def _overwrite(names: set[bytes]) -> None:
    """Overwrite the values of variables with zeros, in the memory that the kernel shows as /proc/self/environ.

    The fields 50 and 51 of /proc/self/stat have the bounds of this memory, as described at
    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html.
    """
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    start, end = int(fields[47]), int(fields[48])  # `fields` begins with field 3, after the name in brackets.
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        at = start
        for entry in memory.read(end - start).split(b"\0"):
            name, mark, value = entry.partition(b"=")
            if mark and name in names:
                memory.seek(at + len(name) + len(mark))
                memory.write(bytes(len(value)))
            at += len(entry) + 1
