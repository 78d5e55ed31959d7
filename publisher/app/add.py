"""Put into the cache a folder or a CAR file that another tool built."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.size import describe, remember_size
from publisher.errors import ConfigError
from publisher.fast_dataclass import astuple, dataclass
from publisher.secrets.own_files import CONFIG_FILE

if TYPE_CHECKING:
    from publisher.cache.bulk import BatchWriteCache
    from publisher.config import Config
    from publisher.dag.cid import Cid, Emit
    from publisher.dag.limits import ReadLimits
    from publisher.secrets.scan import SecretSearch

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """How a folder is put in the cache. A CAR file is never changed, so none of these is for a CAR file."""

    hidden: bool = False
    """Whether names that begin with a dot are included."""
    check: bool = False
    """Whether the links of every page are checked."""
    relative: bool = False
    """Whether links to the root of the host become relative where that is certain."""


PLAIN = FolderOptions()
"""Every file as it is, without names that begin with a dot."""


def add(session: Session, path: str, options: FolderOptions) -> Cid:
    """Put a folder, a CAR file or the CAR on standard input (`-`) in the cache and return its root.

    Raises ConfigError for a path that cannot be added, ContentError if the files contain a secret or another fault, and
    StoreError for a CAR file that is damaged.
    """
    if not path:  # An empty path comes from a variable that was not set. It must not mean the working directory.
        raise ConfigError("publish add", "the path is empty", hint="write . for this folder")
    if path == STANDARD_INPUT:
        no_relative(path, options)
        root = _from_standard_input(session)
    else:
        root = import_path(session, Path(path), options)
    describe(session.report, session.cache(), root)
    remember(session, root)
    return root


def remember(session: Session, root: Cid) -> None:
    """Store `root` in the cache as the root that was added last. Without a site, `publish gateway` shows this root."""
    from publisher.cache.store import ADDED

    session.cache().remember(ADDED, b"", bytes(8) + root.raw)
    session.cache().commit()


def last_added(session: Session) -> Cid | None:
    """Return the root that was added last, or None if no root was added. A missing cache is not created."""
    from publisher.cache.store import ADDED
    from publisher.dag.cid import Cid

    if not session.has_cache():
        return None
    row = session.cache().recall(ADDED, b"")
    return Cid(row[8:]) if row else None


def no_relative(target: str, options: FolderOptions) -> None:
    """Raise ConfigError if `target` is not a folder and its links are to become relative."""
    if options.relative and not Path(target).is_dir():
        hint = "name the folder, or leave --relative out; the links of a root or a CAR file stay as they are"
        raise ConfigError(target, "--relative changes the links of a folder, and this is not a folder", hint=hint)


def import_path(session: Session, path: Path, options: FolderOptions = PLAIN) -> Cid:
    """Put the blocks of a folder or a CAR file in the cache and return the root.

    Raises ConfigError if `path` is neither a folder nor a CAR file, ContentError if the files contain a secret or
    another fault, and StoreError for a CAR file that is damaged.
    """
    if not path.exists():
        raise ConfigError(str(path), "there is no such folder or CAR file", hint="correct the path")
    if path.is_dir():
        return _folder(session, path, options)
    no_relative(str(path), options)
    if path.is_file():
        return import_car(session, path)
    raise ConfigError(
        str(path), "this is neither a folder nor a CAR file", hint="put the file into a folder, and add that folder"
    )


def profile_name(session: Session) -> str:
    """Return the name of the CID profile in publish.toml or, without a site, of the default profile."""
    from publisher.dag.unixfs import MODERN

    settings = _settings(session)
    return settings.build.profile if settings else MODERN.name


def _settings(session: Session) -> Config | None:
    """Return the settings of the site, or None if this folder has no site."""
    return session.settings() if session.has_site() else None


def _folder(session: Session, path: Path, options: FolderOptions) -> Cid:
    from publisher.dag.cid import Cid
    from publisher.dag.unixfs import PROFILES
    from publisher.dag.walk import Measure
    from publisher.intake.folder import add_folder
    from publisher.intake.secret_scan import run_in_child_searched

    _no_sources(session, path)
    profile, own, search = PROFILES[profile_name(session)], _address(session), secret_search_of(session)

    def make(emit: Emit, watched: bool) -> tuple[bytes, tuple[int, ...], tuple[int, ...], list[str]]:
        said: list[str] = []
        taken = add_folder(
            path,
            profile,
            emit,
            said.append,
            hidden=options.hidden,
            own=own,
            judge=_redirects,
            every=options.check,
            relative=options.relative,
            search=search,
            watched=watched,
        )
        return taken.root.raw, astuple(taken.size), astuple(taken.relative), said

    with _batch_cache(session) as cache:
        with cache.steady(), _no_garbage():
            raw, size, relative, said = run_in_child_searched(
                make, cache.put_many, search, raw_leaves=profile.raw_leaves
            )
        remember_size(cache, Cid(raw), Measure(*size))
    for text in said:
        session.report.warn(text)
    if options.relative:
        _tell_relative(session, *relative)
    return Cid(raw)


def _tell_relative(session: Session, links: int, files: int, left: int) -> None:
    """Report how many links became relative, in how many files, and how many links were left."""
    session.report.add("relative", {"links": links, "files": files, "left": left})
    from publisher.formatting import count

    what = f"{count(links, 'link')} in {count(files, 'file')} became relative, {left:,} stayed as they were"
    session.report.say(f"{what}; the files in the folder did not change")


def _no_sources(session: Session, path: Path) -> None:
    """Raise ConfigError if `path` holds the sources of a site, because its drafts would become public for good.

    If the folder also has an `index.html`, it is a site that was made by hand. Then only a warning is printed.
    """
    if not (path / CONFIG_FILE).is_file():
        return
    if not (path / "index.html").is_file():
        hint = "run `publish` to build and publish this site; if another tool built the site, name its output folder"
        raise ConfigError(
            str(path), "this folder holds the sources of a site, with drafts that visitors must not get", hint=hint
        )
    session.report.warn(f"{CONFIG_FILE} is part of it, and becomes public with it")


def import_car(session: Session, path: Path, who: str = "", limits: ReadLimits | None = None) -> Cid:
    """Put the blocks of a CAR file in the cache and return its root. `who` is the name of the file in messages.

    `limits` are the limits for its content. If it is None, the usual limits are used. Raises ConfigError if the file is
    not a CAR, StoreRefused if it is damaged, incomplete or above a limit, and ContentError if a file holds a secret.
    """
    from publisher.dag.limits import LIMITS
    from publisher.intake.archive import add_car
    from publisher.intake.batch_writer import BatchWriter

    with _batch_cache(session) as cache, cache.steady(), BatchWriter(cache.put_many) as emit:
        search = secret_search_of(session)
        return add_car(path, emit, session.report.warn, who=who, search=search, limits=limits or LIMITS)


def _redirects(data: bytes) -> frozenset[str]:
    """Parse a `_redirects` file as gateways do, to find its errors.

    Return the paths of the files that its rules show at other addresses. A path that ends in `*` stands for
    every path that begins so. Raises RedirectsError, which is a ValueError, if gateways would refuse the file.
    """
    from publisher.gateway.redirects import MOVED, parse

    shown: set[str] = set()
    for rule in parse(data):
        if rule.status not in MOVED:
            path = rule.target[0].lstrip("/")
            if len(rule.target) > 1:
                shown.add(path + "*")
            else:
                shown |= {path, f"{path.rstrip('/')}/index.html".lstrip("/")}
    return frozenset(shown)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Switch Python's garbage collection off while a folder is added.

    Adding a folder makes no reference cycles. Without the collection, the search for secrets takes a quarter of the
    time.
    """
    import gc

    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _batch_cache(session: Session) -> BatchWriteCache:
    """Open the cache for the thread that writes blocks while this thread reads files."""
    from publisher.cache.bulk import BatchWriteCache

    session.release_cache()
    return BatchWriteCache(session.cache_folder, warn=session.report.warn)


def _address(session: Session) -> str:
    """Return the canonical address of the site, or an empty string if there is no site or the site has no address."""
    settings = _settings(session)
    return settings.site.url if settings else ""


def secret_search_of(session: Session) -> SecretSearch:
    """Return the search for secrets. With a site, it also finds the values of the variables that publish.toml names."""
    from publisher.secrets.scan import SHAPES

    settings = _settings(session)
    return session.secret_search(settings, remember=False) if settings else SHAPES


def _from_standard_input(session: Session) -> Cid:
    """Copy the CAR from standard input to a file beside the cache, add this file, and delete it.

    The copy is needed because a CAR is read twice, and a pipe can be read only once. Raises ConfigError if standard
    input is closed or a terminal.
    """
    import shutil
    import tempfile

    if sys.stdin is None or sys.stdin.isatty():
        raise ConfigError(
            "standard input",
            "no CAR arrives on standard input",
            hint="run `publish add -` with a CAR file on standard input",
        )
    session.state.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=session.state, prefix="standard-input-") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
        file.flush()
        return import_car(session, Path(file.name), "standard input")
