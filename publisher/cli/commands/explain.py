"""`publish explain`: how a file, a folder or a root becomes its CID."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.app.add import profile_name
from publisher.app.context import Session
from publisher.cli.group import OfRoots, common, plain
from publisher.cli.text.terminal import width
from publisher.errors import BlockMissing, ConfigError, StoreRefused

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.dag.cid import Block, Cid
    from publisher.dag.unixfs import Link, Profile
    from publisher.explain import Part, Parting

PIPED = 100
"""Columns where nobody looks at a terminal."""


@click.command(cls=OfRoots)
@click.argument("path")
@click.option("--profile", metavar="NAME", help="Compare with what this profile makes of it.")
@click.option("--depth", type=click.IntRange(0, 100), default=3, show_default=True, help="Levels of the tree.")
@common
@click.pass_obj
@plain
def command(session: Session, /, path: str, profile: str | None, depth: int) -> None:
    """Show how a file, a folder or a root becomes its CID: chunks, links, shards, bytes.

    PATH may also lead into a root that is in the cache: ROOT/posts/first.
    """
    from publisher.dag.unixfs import PROFILES
    from publisher.dag.walk import Malformed

    if not path:
        raise ConfigError("publish explain", "the path is empty", hint="write . for this folder")
    own = PROFILES[profile_name(session)]
    other = _profile(profile)
    try:
        if Path(path).exists():
            _explain_disk(session, Path(path), own, other, depth)
        elif other is not None:
            hint = "name a file or folder on this disk: a root is made already"
            raise ConfigError(path, "only what lies on this disk can be made with another profile", hint=hint)
        else:
            _explain_root(session, path, own, depth)
    except Malformed as error:
        raise StoreRefused(path, f"no sound file system: {error}", hint="it cannot be explained further") from error
    session.report.finish()


def _profile(name: str | None) -> Profile | None:
    from publisher.dag.unixfs import PROFILES

    if name is None or name in PROFILES:
        return PROFILES[name] if name else None
    raise ConfigError("--profile", f"no profile {name!r}", hint=f"there are {' and '.join(PROFILES)}")


def _explain_disk(session: Session, path: Path, own: Profile, other: Profile | None, depth: int) -> None:
    from publisher.explain import explain, partings

    name = path.resolve().name
    with _workbench() as bench:
        top = _made(path, own, bench)
        tree = explain(bench.get, bench.lengths.__getitem__, top, own, name=name, depth=depth)
        if other is None:
            return _tell(session, tree, own)
        second = _made(path, other, bench)
        found = partings(bench.get, (top, own), (second, other))
    roots = [(own.name, str(top.cid)), (other.name, str(second.cid))]
    return _tell_compared(session, roots, found)


def _explain_root(session: Session, text: str, own: Profile, depth: int) -> None:
    from publisher.app.counting_back import counted
    from publisher.dag.unixfs import Link
    from publisher.dag.walk import PathMissing, node, resolve
    from publisher.explain import explain

    get = session.cache().sound
    place = text.removeprefix("ipfs://").removeprefix("/ipfs/")
    root, _, inner = place.partition("/")
    cid = _root(session, root)
    try:
        cid = resolve(get, cid, inner)
        data = get(cid) if not cid.is_identity else cid.digest
        below = 0 if cid.is_raw else sum(link.size for _, link in node(get, cid).links)
        length = _lengths(session.cache())
        called = inner or (root.removeprefix("@") if counted(root) else root)
        tree = explain(get, length, Link(cid, len(data) + below), own, name=called, depth=depth)
    except PathMissing as error:
        raise ConfigError(text, f"the root has nothing at {error.path}") from error
    except BlockMissing as error:
        hint = "only what is here is explained: `publish add` its folder or CAR file first"
        raise BlockMissing(error.who, error.message, hint=hint) from error
    _tell(session, tree, own)


def _root(session: Session, text: str) -> Cid:
    """The root at the beginning of a path; unlike for other commands no name, for what is looked at has to be here."""
    from publisher.app.counting_back import counted
    from publisher.app.root_arguments import find
    from publisher.journal.queries import known, pick

    return find(session, text) if counted(text) else pick(text, known(session.journal().events()))


def _tell(session: Session, tree: Part, profile: Profile) -> None:
    from publisher.cli.text.explain import lines
    from publisher.explain import anatomy

    report = session.report
    report.add("root", str(tree.cid))
    report.add("profile", profile.name)
    report.add("cid", asdict(anatomy(tree.cid)))
    if report.json:
        report.add("tree", row(tree))
        return
    for line in lines(tree, profile, width(session.report.out, PIPED)):
        report.result(line)


def _tell_compared(session: Session, roots: list[tuple[str, str]], found: tuple[Parting, ...]) -> None:
    from publisher.cli.text.explain import compared

    session.report.add("roots", dict(roots))
    session.report.add("partings", [asdict(one) for one in found])
    for line in compared(found, roots, width(session.report.out, PIPED)):
        session.report.result(line)


def row(part: Part) -> dict[str, Any]:
    """A part as JSON, its fields that say nothing left out."""
    from publisher.explain import fields

    made: dict[str, Any] = {"name": part.name, "kind": part.kind, "cid": str(part.cid), "bytes": part.size}
    made |= {"tsize": part.tsize}
    if part.kind in ("chunk", "file"):
        made |= {"content": part.content, "offset": part.offset}
    if part.target:
        made |= {"target": part.target}
    if part.kind != "chunk":
        made |= {"links": part.links, "left": part.left, "parts": [row(below) for below in part.parts]}
    if part.sharding is not None:
        made["sharding"] = asdict(part.sharding)
    if part.block:
        made["fields"] = [{"at": one.at, "hex": one.raw.hex(), "what": one.what} for one in fields(part.block)]
    return made


@dataclass(slots=True)
class _Bench:
    """Blocks of a root that is made only to be looked at: of raw ones the length alone."""

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
        raise ConfigError(str(path), f"cannot be read: {error.strerror}", hint="correct its owner or mode") from error


def _lengths(cache: Cache) -> Any:
    return lambda cid: len(cache.get(cid))
