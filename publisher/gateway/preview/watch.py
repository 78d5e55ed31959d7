"""What was saved, as soon as it was saved."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from publisher.errors import ConfigError

TICK = 100
"""Milliseconds between two looks at files, and at folders that may come or go."""

QUIET = 30
"""Milliseconds without a change after which a burst of them is over: an editor writes a file in several steps."""

BURST = 500
"""Milliseconds after which a burst that goes on is reported all the same."""

Stamp = tuple[int, int, int] | None


def changes(paths: Sequence[Path], stop: threading.Event) -> Iterator[bool]:
    """Whether anything below the paths has changed since the last item, for ever, until `stop` is set.

    The first item comes within TICK, when the watch has begun, so that nothing is lost which is saved during the first
    build. What changes while the reader works is in the next item. A path may be a file or a folder, and may be missing
    for a while.
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
    """Not what editors and version control keep beside the files: a dot in front of a name, or a tilde at its end."""
    tops = [folder.resolve() for folder in folders]

    def matters(change: object, path: str) -> bool:
        for top in tops:
            with contextlib.suppress(ValueError):
                parts = Path(path).relative_to(top).parts
                return not any(part.startswith(".") or part.endswith("~") for part in parts)
        return True

    return matters


def _stamps(paths: Sequence[Path]) -> tuple[Stamp, ...]:
    """What tells that a file is another one; of a folder only whether it is the same folder."""
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
