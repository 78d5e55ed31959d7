"""Search the folders of a site for secrets before any page is made. Known clean files are not searched again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from publisher.build.fingerprint import stamp
from publisher.build.inputs import Folders, Input, NotAsBefore, unchanged
from publisher.build.rows import Rows
from publisher.dag.cid import Cid
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.hashing import digest
from publisher.secrets.file_names import secret_name
from publisher.secrets.scan import AT_ONCE, FoundSecret, Pieces, SecretSearch
from publisher.site.settings import SiteSettings

if TYPE_CHECKING:
    from publisher.cache.store import Cache

CLEAN = "clean"
"""The cache stage for clean files. It maps the key of a search to the digests of the files without secrets."""

SEARCHED = "searched"
"""The cache stage for roots whose files were all searched. A key is a digest of the root and of the search."""

SHORT = 16
"""The number of bytes of a file's digest in a row of CLEAN."""

ASSETS = "assets/"
"""The folder among the templates whose files are copied."""


def key_of(search: SecretSearch) -> bytes:
    """Return the key of a search, which is a digest of the search and of our code."""
    return digest(stamp(), search.key())


@dataclass(frozen=True, slots=True)
class SecretFindings:
    """The result of a search."""

    problems: tuple[Problem, ...] = ()
    """A problem for each secret."""
    files: frozenset[str] = frozenset()
    """The labels of the files with secrets. No page may be made from these files."""
    everywhere: bool = False
    """Whether a template or a setting holds a secret. Then any page might show it."""


def secrets_in(found: Folders, site: SiteSettings, search: SecretSearch, key: bytes, rows: Rows) -> SecretFindings:
    """Find all secrets in the inputs of a build: in files, drafts, templates, file names and `[site]` settings.

    `key` is the key of `search`. Raises StateError if the cache cannot be written.
    """
    row = rows.one(CLEAN, key) or b""
    known = {row[at : at + SHORT] for at in range(0, len(row), SHORT)}
    clean: set[bytes] = set()
    settings = tuple(_in_settings(site, search))
    named = tuple(_in_names(found, search))
    told: dict[str, tuple[Problem, ...]] = {}
    for file in _inputs(found):
        short = file.digest[:SHORT]
        if short not in known and short not in clean:
            problems, spotless = _in_file(file, search)
            if problems:
                told[file.label] = problems
            if not spotless:
                continue
        clean.add(short)
    if clean != known:
        rows.keep(CLEAN, {key: b"".join(sorted(clean))})
    files = frozenset((*told, *(label for label, _ in named)))
    layers = {file.label for inputs in (found.templates, found.theme) for file in inputs.values()}
    problems = (*settings, *(problem for _, problem in named), *chain.from_iterable(told.values()))
    return SecretFindings(problems, files, bool(settings or files & layers))


def remember(root: Cid, key: bytes, cache: Cache) -> None:
    """Record in the cache that the files of a root, or all sources of the root, were searched.

    `key` is the key of the search. Raises StateError if the cache cannot be written.
    """
    cache.remember(SEARCHED, digest(key, root.raw), b"")


def was_searched(root: Cid, key: bytes, cache: Cache) -> bool:
    """Return whether `remember` has recorded this root for the search with this key."""
    return cache.recall(SEARCHED, digest(key, root.raw)) is not None


def _inputs(found: Folders) -> Iterator[Input]:
    layers: tuple[Mapping[str, Input], ...] = (found.content, found.templates, found.static, found.data, found.theme)
    for inputs in layers:
        yield from inputs.values()


def _in_file(file: Input, search: SecretSearch) -> tuple[tuple[Problem, ...], bool]:
    """Return the problems of a file, and whether it has no secret at all.

    A secret that the settings allow causes no problem, but the file still counts as a file with a secret.
    """
    pieces: Pieces | None = None
    data = b""
    try:
        for chunk in unchanged(file):
            if pieces is None and len(data) + len(chunk) <= AT_ONCE:
                data += chunk
                continue
            if pieces is None:
                pieces = Pieces(search)
                pieces(data)
            pieces(chunk)
    except NotAsBefore as error:
        return (error.problem,), False
    copied = not file.article
    found = tuple(pieces.found.values()) if pieces else search.file(data, copied=copied)
    return tuple(search.problems(file.label, found)), not found


def _in_names(found: Folders, search: SecretSearch) -> Iterator[tuple[str, Problem]]:
    """Yield a problem for each copied file with the name of a secret, and for each secret value in any file name.

    The label of the file comes with each problem.
    """
    copied = [file for file in found.content.values() if not file.article]
    copied += [file for path, file in found.templates.items() if path.startswith(ASSETS)]
    copied += found.static.values()
    for file in copied:
        if kind := secret_name(file.path):
            yield from ((file.label, problem) for problem in search.problems(file.label, (FoundSecret(kind),)))
    if search.names(file.label for file in _inputs(found)):
        for file in _inputs(found):
            yield from ((file.label, problem) for problem in search.problems(file.label, search.text(file.label)))


def unused_allowances(found: Folders, labels: Iterable[str], search: SecretSearch) -> Iterator[Problem]:
    """Yield a problem for each file in `secrets.allow` that is missing.

    A later file with this name would be allowed.
    """
    there = {file.label for file in _inputs(found)}
    for path in search.allow - there:
        if path.startswith(tuple(f"{label}/" for label in labels)):
            hint = "correct the path, or remove it from the list"
            yield Problem("publish.toml", 0, 0, f"secrets.allow: there is no file {path}", hint)


def _in_settings(site: SiteSettings, search: SecretSearch) -> Iterator[Problem]:
    for one in search.text(repr(site)):
        yield from search.problems("publish.toml", (FoundSecret(f"{one.what}, in [site]", 0, True),))
