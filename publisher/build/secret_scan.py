"""Searches the folders for secrets before anything is made from them. Clean files are known by their digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from publisher.build.fingerprint import stamp
from publisher.build.inputs import Folders, Input, NotAsBefore, unchanged
from publisher.build.rows import Rows
from publisher.dag.cid import Cid
from publisher.errors import Problem
from publisher.hashing import digest
from publisher.secrets.file_names import secret_name
from publisher.secrets.scan import AT_ONCE, FoundSecret, Pieces, SecretSearch
from publisher.site.model import SiteSettings

if TYPE_CHECKING:
    from publisher.cache.store import Cache

CLEAN = "clean"
"""Stage of clean files. Each set of values, with our code, has one row: the digests of the files without secrets."""

SEARCHED = "searched"
"""Stage of the roots whose files were all searched, by root and key of the search."""

SHORT = 16
"""How many bytes of a file's digest a row holds."""

ASSETS = "assets/"
"""The folder among the templates whose files are copied."""


def key_of(search: SecretSearch) -> bytes:
    """Return the key of a search: the digest of the search and of our code."""
    return digest(stamp(), search.key())


@dataclass(frozen=True, slots=True)
class SecretFindings:
    """The secrets that were found, and the labels of the files with secrets. No page may be made from these files."""

    problems: tuple[Problem, ...] = ()
    files: frozenset[str] = frozenset()
    everywhere: bool = False
    """Whether a template or a setting holds a secret, so that any page may show it."""


def secrets_in(found: Folders, site: SiteSettings, search: SecretSearch, key: bytes, rows: Rows) -> SecretFindings:
    """Find every secret in the inputs of a build.

    These are files, articles (drafts too), templates, names, and the settings that pages show. `key` is the key of the
    search. Raises StateError if the cache cannot be written.
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
    """Record that a root, or everything that it was made from, was searched. Raises StateError."""
    cache.remember(SEARCHED, digest(key, root.raw), b"")


def was_searched(root: Cid, key: bytes, cache: Cache) -> bool:
    """Return whether `remember` recorded this root for the same search."""
    return cache.recall(SEARCHED, digest(key, root.raw)) is not None


def _inputs(found: Folders) -> Iterator[Input]:
    layers: tuple[Mapping[str, Input], ...] = (found.content, found.templates, found.static, found.theme)
    for inputs in layers:
        yield from inputs.values()


def _in_file(file: Input, search: SecretSearch) -> tuple[tuple[Problem, ...], bool]:
    """Return the problems of a file, and whether it holds nothing like a secret. An allowed secret counts as one."""
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
    """Yield copied files with names of secrets, and values in any file name, each with the label of its file."""
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
    """Yield a problem for each allowed file that is missing: another file could take its place."""
    there = {file.label for file in _inputs(found)}
    for path in search.allow - there:
        if path.startswith(tuple(f"{label}/" for label in labels)):
            hint = "correct the path, or remove it from the list"
            yield Problem("publish.toml", 0, 0, f"secrets.allow: there is no file {path}", hint)


def _in_settings(site: SiteSettings, search: SecretSearch) -> Iterator[Problem]:
    for one in search.text(repr(site)):
        yield from search.problems("publish.toml", (FoundSecret(f"{one.what}, in [site]", 0, True),))
