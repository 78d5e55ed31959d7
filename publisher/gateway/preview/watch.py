"""Watch files and report changes at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from publisher.errors import ConfigError

TICK = 100
"""Milliseconds between two checks of single files, and of folders that may appear or disappear."""

QUIET = 30
"""Milliseconds without a change after which a burst of changes is over. An editor writes a file in several steps."""

BURST = 500
"""Milliseconds after which a burst of changes is reported even if it is not over."""

Stamp = tuple[int, int, int] | None


def changes(paths: Sequence[Path], stop: threading.Event) -> Iterator[bool]:
    """Yield whether anything below the paths has changed since the last item, until `stop` is set.

    If nothing changes, items come at least every TICK milliseconds. The first item comes after the watch has begun, so
    a save during the first build is not lost. Changes during the work of the caller are reported by the next item. A
    path may be a file or a folder, and may be missing for some time. Raises ConfigError if the system cannot watch a
    folder.
    """
    from watchfiles import watch

    marks = _stamps(paths)
    while not stop.is_set():
        folders = [path for path in paths if path.is_dir()]
        if not folders:
            before, marks = marks, _stamps(paths)
            yield marks != before
            stop.wait(TICK / 1000)
            continue
        try:
            seen = watch(
                *folders,
                watch_filter=_mattering(folders),
                debounce=BURST,
                step=QUIET,
                rust_timeout=TICK,
                yield_on_timeout=True,
                stop_event=stop,
                raise_interrupt=True,
            )
            for each in seen:
                before, marks = marks, _stamps(paths)
                yield bool(each) or marks != before
                if _folders(marks) != _folders(before):
                    break
        except (OSError, RuntimeError) as error:
            hint = "raise fs.inotify.max_user_watches, or set WATCHFILES_FORCE_POLLING=1"
            raise ConfigError("preview", f"cannot watch {folders[0]}: {error}", hint=hint) from error


def _mattering(folders: Sequence[Path]) -> Callable[[object, str], bool]:
    """Return a filter that ignores files of editors and version control: names with a leading dot or a final tilde."""
    tops = [folder.resolve() for folder in folders]

    def matters(change: object, path: str) -> bool:
        for top in tops:
            with contextlib.suppress(ValueError):
                parts = Path(path).relative_to(top).parts
                return not any(part.startswith(".") or part.endswith("~") for part in parts)
        return True

    return matters


def _stamps(paths: Sequence[Path]) -> tuple[Stamp, ...]:
    """Return a stamp for each path: inode, size and time of a file, the inode of a folder, None for a missing path."""
    return tuple(_stamp(path) for path in paths)


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    if path.is_dir():
        return (found.st_ino, -1, -1)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _folders(stamps: tuple[Stamp, ...]) -> tuple[Stamp, ...]:
    return tuple(stamp if stamp and stamp[1] < 0 else None for stamp in stamps)
