"""Test this machine for `publish doctor`: Python, its packages, and the folder `.publish`. Nothing is changed."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import stat
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path

from publisher import __version__
from publisher.errors import StateError
from publisher.findings import Finding
from publisher.formatting import volume
from publisher.journal.events import Event, Finished, Wanted
from publisher.journal.queries import unsettled
from publisher.secrets.own_files import STATE

Versions = tuple[int, ...]

MATTERS: tuple[tuple[str, Versions, Versions, str], ...] = (
    ("pyunormalize", (), (18,), "no name of ENS can be normalised"),
    ("web3", (8,), (9,), "no name can be moved"),
    ("ipfshttpclient", (0, 7), (0, 8), "no Kubo node can be asked"),
    ("urllib3", (2, 5), (3,), "no Kubo node can be asked"),
    ("markdown", (3, 11, 3), (3, 12), "articles may look different, or cannot be built"),
    ("jinja2", (3, 1, 6), (3, 2), "a template may get out of its sandbox"),
    ("uvicorn", (0, 53), (0, 55), "a preview or a gateway may not start"),
)
"""Each row has a package, its first version that works, its first later version that fails, and what then fails."""

OTHER_PYTHON = (
    "use another Python for `publish`, such as that of your system; with pyenv, install this Python again after"
    " `export PYTHON_CONFIGURE_OPTS='--enable-optimizations --with-lto'`"
)

SCARCE, LAST = 1_000_000_000, 100_000_000
"""The doctor warns if the disk has fewer than SCARCE free bytes. With fewer than LAST, a publish may stop half way."""


def _build_variable(name: str) -> object:
    """Return the value of a variable of `sysconfig`, or None if there is none."""
    return sysconfig.get_config_var(name)


def is_unoptimized(setting: Callable[[str], object] = _build_variable) -> bool:
    """Return whether this Python was probably compiled without `--enable-optimizations`.

    `setting` returns a variable of `sysconfig`. Return False if the options are not known, as on Windows. The packages
    of Debian and Ubuntu are optimized without this option, so the prefix `/usr` also gives False.
    """
    options = str(setting("CONFIG_ARGS") or "")
    return bool(options) and "--enable-optimizations" not in options and "'--prefix=/usr'" not in options


def python(
    version_of: Callable[[str], str] = metadata.version,
    setting: Callable[[str], object] = _build_variable,
) -> Iterator[Finding]:
    """Yield findings about this Python, the version of this program, and the packages in MATTERS.

    `version_of` returns the version of an installed package. `setting` returns a variable of `sysconfig`.
    """
    yield Finding("python", "ok", f"publish {__version__} on Python {platform.python_version()}")
    if is_unoptimized(setting):
        what = "this Python was probably compiled without `--enable-optimizations`: a build takes a fifth more time"
        yield Finding("python", "note", what, OTHER_PYTHON)
    for package, first, end, otherwise in MATTERS:
        wanted = f"{_text(first)} or newer" if first else ""
        wanted += f"{' and ' if first else ''}below {_text(end)}" if end else ""
        fix = f"run `pip install --constraint constraints.txt .` in a checkout: this needs {package} {wanted}"
        try:
            found = version_of(package)
        except metadata.PackageNotFoundError:
            yield Finding("python", "fault", f"{package} is not installed: {otherwise}", fix)
            continue
        numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:3])
        if numbers < first or (end and numbers >= end):
            yield Finding("python", "fault", f"{package} {found} is installed: {otherwise}", fix)


def state(folder: Path, free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> Iterator[Finding]:
    """Yield findings about the `.publish` folder of the site in `folder`: owner, mode, size, and free space.

    `free` returns the free bytes of the disk on which a path is.
    """
    place = folder / STATE
    try:
        if place.is_dir():
            yield from _folder(place)
            yield from _weight(place / "cache")
        left = free(place if place.is_dir() else folder)
    except OSError as error:
        yield Finding(
            STATE, "fault", f"the folder cannot be read: {error.strerror}", "correct the owner and mode of the folder"
        )
        return
    if left < SCARCE:
        fix = "make room: run `publish prune`, or delete the cache"
        yield Finding(
            STATE, "fault" if left < LAST else "warning", f"the disk of this folder has {volume(left)} left", fix
        )
    elif not place.is_dir():
        yield Finding(STATE, "ok", f"the folder does not exist yet; the disk has {volume(left)} free")


def journal(folder: Path, read: Callable[[], Iterable[Event]]) -> Iterator[Finding]:
    """Yield findings about the journal: errors of reading it, unfinished steps, and another run that is going on.

    `read` returns the events of the journal.
    """
    if _locked(folder / STATE / "deploy.lock"):
        yield Finding("journal", "note", "another run is publishing this site now", "wait until that run has ended")
    try:
        past = tuple(read())
    except StateError as error:
        yield Finding("journal", "fault", error.message, error.hint)
        return
    runs = sum(isinstance(event, Wanted) for event in past)
    yield Finding("journal", "ok", f"{runs} run{'' if runs == 1 else 's'} recorded")
    yield from _left(past)


def _folder(place: Path) -> Iterator[Finding]:
    seen = place.stat()
    if seen.st_uid != os.geteuid():
        yield Finding(
            STATE,
            "fault",
            "the folder belongs to another user",
            f"run `chown -R` to own {STATE}, or remove {STATE}/cache",
        )
    elif not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(STATE, "fault", "the folder cannot be read and written", f"run `chmod 700 {STATE}`")
    elif stat.S_IMODE(seen.st_mode) & 0o077:
        mode = f"{stat.S_IMODE(seen.st_mode):o}"
        what = f"other users may read the folder (mode {mode}) and send the signed transactions in it"
        yield Finding(STATE, "warning", what, f"run `chmod 700 {STATE}`")
    else:
        yield Finding(STATE, "ok", "the folder is yours alone")


def _weight(cache: Path) -> Iterator[Finding]:
    size = sum(path.stat().st_size for path in cache.glob("cache.sqlite*"))
    if size:
        yield Finding("cache", "ok", f"the cache holds {volume(size)} and may be deleted at any time")


def _left(events: tuple[Event, ...]) -> Iterator[Finding]:
    """Yield findings about the steps that the next run will continue."""
    wanted = [event for event in events if isinstance(event, Wanted)]
    done = {event.sequence for event in events if isinstance(event, Finished)}
    if wanted and wanted[-1].sequence not in done:
        what = f"the last run, for {wanted[-1].root}, did not finish"
        yield Finding("journal", "note", what, "run the same command again: it continues where it stopped")
    for each in unsettled(events):
        if each.sent and not each.mined:
            what = f"transaction {each.signed.hash} was sent and was not seen as mined"
            yield Finding("journal", "note", what, "run `publish` again")


def _locked(lock: Path) -> bool:
    """Return whether another process holds a lock.

    If the system lists all locks, read the list. Otherwise take the lock for a moment. Taking the lock could disturb a
    run that begins at the same time.
    """
    try:
        inode = lock.stat().st_ino
        with open("/proc/locks", encoding="ascii") as file:
            return any(f":{inode} " in line and " FLOCK " in line for line in file)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return lock.exists() and _held(lock)


def _held(lock: Path) -> bool:
    """Return whether a lock is held. To find out, take the lock for a moment."""
    handle = os.open(lock, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _text(version: Versions) -> str:
    return ".".join(map(str, version))
