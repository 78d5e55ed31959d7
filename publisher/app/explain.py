"""Explain how a file, a folder or a root becomes its CID. Files are hashed again. Roots are read from the cache."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.app.add import profile_name
from publisher.app.context import Session
from publisher.errors import BlockMissing, ConfigError, StoreRefused
from publisher.fast_dataclass import dataclass, field

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.dag.cid import Block, Cid
    from publisher.dag.unixfs import Link, Profile
    from publisher.explain import Part, ProfileDifference


@dataclass(frozen=True, slots=True)
class Explained:
    """A tree of parts, and the profile that explains it."""

    tree: Part
    profile: Profile


@dataclass(frozen=True, slots=True)
class Compared:
    """The roots that two profiles give for the same files, and the reasons why these roots differ."""

    roots: tuple[tuple[str, str], ...]
    """Each pair has the name of a profile and the root that this profile gives."""
    partings: tuple[ProfileDifference, ...]


def explain(session: Session, path: str, profile: str | None, depth: int) -> Explained | Compared:
    """Explain a path on this disk or a root in the cache, down to `depth` levels.

    With `profile`, compare the blocks of a path under this profile with those under the site's own profile. Raises
    ConfigError for an unknown path, root or profile, BlockMissing for a block that is not in the cache, StoreRefused
    for a root that is not a valid file system, and ContentError for a folder with files that may not be published.
    """
    from publisher.dag.unixfs import PROFILES
    from publisher.dag.walk import Malformed

    if not path:
        raise ConfigError("publish explain", "the path is empty", hint="write . for this folder")
    own = PROFILES[profile_name(session)]
    other = _profile(profile)
    try:
        if Path(path).exists():
            return _of_disk(Path(path), own, other, depth)
        if other is not None:
            hint = "name a file or folder, or leave --profile out"
            raise ConfigError(path, "--profile is only for a file or folder on this disk", hint=hint)
        return _of_root(session, path, own, depth)
    except Malformed as error:
        raise StoreRefused(path, f"the blocks are no valid file system: {error}", hint="make the root again") from error


def _profile(name: str | None) -> Profile | None:
    import difflib

    from publisher.dag.unixfs import PROFILES

    if name is None or name in PROFILES:
        return PROFILES[name] if name else None
    near = difflib.get_close_matches(name, PROFILES, 1)
    hint = f"did you mean {near[0]}?" if near else f"write {' or '.join(PROFILES)}"
    raise ConfigError("--profile", f"there is no profile {name!r}", hint=hint)


def _of_disk(path: Path, own: Profile, other: Profile | None, depth: int) -> Explained | Compared:
    from publisher.explain import explain, profile_differences

    name = path.resolve().name
    with _workbench() as bench:
        top = _made(path, own, bench)
        tree = explain(bench.get, bench.lengths.__getitem__, top, own, name=name, depth=depth)
        if other is None:
            return Explained(tree, own)
        second = _made(path, other, bench)
        found = profile_differences(bench.get, (top, own), (second, other))
    return Compared(((own.name, str(top.cid)), (other.name, str(second.cid))), found)


def _of_root(session: Session, text: str, own: Profile, depth: int) -> Explained:
    from publisher.app.counting_back import parse_steps_back
    from publisher.dag.unixfs import Link
    from publisher.dag.uri import without_prefix
    from publisher.dag.walk import PathMissing, node, resolve
    from publisher.explain import explain

    get = session.cache().get_verified
    place = without_prefix(text)
    root, _, inner = place.partition("/")
    cid = _root(session, root)
    try:
        cid = resolve(get, cid, inner)
        data = get(cid) if not cid.is_identity else cid.digest
        below = 0 if cid.is_raw else sum(link.size for _, link in node(get, cid).links)
        length = _lengths(session.cache())
        called = inner or (root.removeprefix("@") if parse_steps_back(root) else root)
        tree = explain(get, length, Link(cid, len(data) + below), own, name=called, depth=depth)
    except PathMissing as error:
        raise ConfigError(text, f"the root has nothing at {error.path}", hint="correct the path") from error
    except BlockMissing as error:
        hint = "run `publish add` with the folder or CAR file first"
        raise BlockMissing(error.who, error.message, hint=hint) from error
    return Explained(tree, own)


def _root(session: Session, text: str) -> Cid:
    """Return the root at the beginning of a path. A name is not accepted, because the root has to be in the cache.

    Raises ConfigError if `text` is not a known root.
    """
    from publisher.app.counting_back import parse_steps_back
    from publisher.app.root_arguments import find
    from publisher.journal.queries import known_roots, pick_root

    return find(session, text) if parse_steps_back(text) else pick_root(text, known_roots(session.journal().events()))


@dataclass(slots=True)
class _Bench:
    """The blocks of a root that is made only to be explained. For a raw block, only its length is kept."""

    cache: Cache
    lengths: dict[Cid, int] = field(default_factory=dict)

    def emit(self, block: Block) -> None:
        self.lengths[block.cid] = len(block.data)
        if not block.cid.is_raw:
            self.cache.put(block)

    def get(self, cid: Cid) -> bytes:
        return self.cache.get(cid)


@contextmanager
def _workbench() -> Iterator[_Bench]:
    from publisher.cache.store import Cache

    with tempfile.TemporaryDirectory(prefix="publish-explain-") as folder, Cache(Path(folder) / "cache") as cache:
        yield _Bench(cache)


def _made(path: Path, profile: Profile, bench: _Bench) -> Link:
    from publisher.dag.unixfs import Link, add_file
    from publisher.dag.walk import node
    from publisher.intake.folder import add_folder

    if path.is_dir():
        root = add_folder(path, profile, bench.emit, lambda text: None).root
        return Link(root, bench.lengths[root] + sum(link.size for _, link in node(bench.get, root).links))
    try:
        with path.open("rb") as file:
            return add_file(iter(lambda: file.read(1 << 20), b""), profile, bench.emit)
    except OSError as error:
        what = f"this file cannot be read: {error.strerror}"
        raise ConfigError(str(path), what, hint="correct the owner or mode of the file") from error


def _lengths(cache: Cache) -> Any:
    return lambda cid: len(cache.get(cid))
