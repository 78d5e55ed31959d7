"""The article stage makes articles from source files.

An article stays in the cache until one of these changes: its file, a setting, the code of this program, or the answer
to one of its recorded reads (see recorded_reads.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from publisher.build.fingerprint import stamp
from publisher.build.inputs import Folders, Input, NotAsBefore, unchanged
from publisher.build.rows import Rows
from publisher.build.shortcodes import SiteShortcodes, shortcodes_of
from publisher.concurrency.aside import Answer
from publisher.errors import ContentError, Problem, recording_problems
from publisher.fast_dataclass import dataclass, field, replace
from publisher.hashing import DIGEST, digest, digest_of_rows
from publisher.site.content.records import ArticleRecord, pack, pack_body, unpack
from publisher.site.model import Article, SourceFile
from publisher.site.recorded_reads import Facts
from publisher.site.settings import SiteSettings
from publisher.site.urls import permalink

if TYPE_CHECKING:
    from publisher.build.build_run import BuildRun
    from publisher.site.markdown.renderer import Renderer

ARTICLE = "article"
BODY = "body"
CODE = "code"

USES = "uses"
"""The cache stage for articles with shortcodes. It maps the path of an article to the names of its recorded reads."""

KNOWN_CODES = 500
"""The largest number of highlighted pieces of code that a worker keeps in memory."""


@dataclass(slots=True)
class ArticleOutcome:
    """The result of a worker for some source files."""

    made: list[tuple[str, bytes, bytes, str]] = field(default_factory=list)
    """The path, the cache row and the body of each article, and the names of its recorded reads, separated by NUL."""
    problems: list[Problem] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Maps the paths of source files with errors to their URLs, as far as the URLs could be found."""
    pointing: list[Article] = field(default_factory=list)
    """The articles of files with errors, for a check of their links."""
    codes: dict[bytes, bytes] = field(default_factory=dict)
    """Maps the key of each newly highlighted piece of code to its HTML."""


@dataclass(slots=True)
class Stage:
    """The result of the stage: articles from the cache, articles made in this build, and files with errors."""

    pieces: dict[str, ArticleRecord] = field(default_factory=dict)
    """Maps the path of each source file without errors to its article."""
    problems: list[Problem] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Maps the paths of source files with errors to their URLs, as far as the URLs could be found."""
    pointing: list[Article] = field(default_factory=list)
    """The articles of files with errors, for a check of their links."""
    parsed: int = 0
    """The number of source files that were parsed in this build."""
    facts: bytes = b""
    """A digest of the path and the first part (see `records.pack`) of each article.

    The key in the first part is left out, so the digest stays the same after most edits of the text of an article.
    """


Convert = Callable[[list[Input], "Parser"], Iterable[ArticleOutcome]]
"""A function that converts files with a parser, and returns the outcomes."""


class Parser:
    """Makes articles from source files.

    Each process has one Parser, so the Markdown engine is made once per process.
    """

    def __init__(self, prefix: bytes, site: SiteSettings, recall: Answer, shortcodes: SiteShortcodes) -> None:
        self.recall = recall
        """The function that looks up highlighted code."""
        self._prefix = prefix
        self._facts = Facts(shortcodes.answer)
        self._site = site
        self._codes: dict[bytes, bytes] = {}
        self._fresh: dict[bytes, bytes] = {}
        self._shortcodes = shortcodes

    def key(self, file: Input, names: str) -> bytes:
        """Return the key of an article, which is a digest of everything that the article is made from.

        `names` are the names of the facts that the article has read, separated by NUL.
        """
        return sha256(self._prefix + file.digest + self._facts.digest_of(names) + file.path.encode()).digest()

    def __call__(self, files: Iterable[Input]) -> ArticleOutcome:
        """Read and parse some source files. Their problems are in the result, so that all can be reported together.

        Raises MemoryError, and each PublishError that is not a ContentError.
        """
        outcome = ArticleOutcome()
        for file in files:
            problems: list[Problem] = []
            with recording_problems(file.path, problems):
                self._one(file, outcome, problems)
            if problems:
                outcome.problems += problems
                outcome.failed.setdefault(file.path, permalink(file.path))
        outcome.codes, self._fresh = self._fresh, {}
        return outcome

    def prepare(self) -> None:
        """Make the Markdown engine for the flavour of the site. Otherwise the first article makes it."""
        self._markup.prepare()

    @cached_property
    def _markup(self) -> Renderer:
        """The Markdown engine. A build without changed articles does not import it."""
        from publisher.site.markdown.options import options_of
        from publisher.site.markdown.renderer import renderer

        return renderer(self._code, options=options_of(self._site), shortcodes=self._shortcodes)

    def _one(self, file: Input, outcome: ArticleOutcome, problems: list[Problem]) -> None:
        from publisher.site.content.parser import parse, pointing

        source = _source(file)
        try:
            parsed = parse(source, self._site, self._markup)
        except ContentError as error:
            problems += error.problems  # add them before calling `pointing`, which may raise the same error again
            pointed = pointing(source, self._site, self._markup)
            outcome.pointing.append(pointed)
            outcome.failed[file.path] = pointed.url
            return
        names = "\0".join(parsed.reads)
        row = pack(self.key(file, names), parsed.article, parsed.problems)
        outcome.made.append((file.path, row, pack_body(parsed), names))

    def _code(self, text: str, make: Callable[[], str]) -> str:
        """Return highlighted code for a text, from memory, from the cache, or made by `make`."""
        key = digest(self._prefix, text)
        known = self._codes.get(key) or self.recall(key)
        if known is None:
            known = self._fresh[key] = make().encode()
        if len(self._codes) >= KNOWN_CODES:
            self._codes.clear()
        self._codes[key] = known
        return known.decode()


def _source(file: Input) -> SourceFile:
    """Read a file. Raises ContentError if it has changed since the folder was scanned."""
    try:
        return SourceFile(file.path, b"".join(unchanged(file)))
    except NotAsBefore as error:
        raise ContentError("content", [replace(error.problem, path=file.path)]) from error


def _prefix(site: SiteSettings, stamp: bytes) -> bytes:
    """Return a digest of the code (`stamp`) and of the settings that articles depend on. It is a part of every key."""
    settings = (site.language, site.timezone, site.url, site.permalinks, site.markdown, site.math, site.posts)
    return digest(ARTICLE, stamp, repr((*settings, site.taxonomies)))


def parser_of(run: BuildRun, found: Folders, held: Collection[str], recall: Answer) -> Parser:
    """Return a parser for the articles of a build.

    `held` are the labels of the files that hold a secret. `recall` looks up highlighted code in the cache.
    """
    return Parser(_prefix(run.site, stamp()), run.site, recall, shortcodes_of(run, found, held))


class ArticleStage:
    """Makes the articles of source files. All paths, also in problems, are relative to the content folder."""

    def __init__(self, files: Mapping[str, Input], parser: Parser, rows: Rows, convert: Convert) -> None:
        """Pass the files that have changed to `convert`, and make the records of all other files.

        A child process may then convert the changed files. `finish` takes the results. Raises StateError if the cache
        cannot be written.
        """
        self._rows = rows
        known, uses = rows.all(ARTICLE), rows.all(USES)
        found: dict[str, bytes] = {}
        changed: list[Input] = []
        for path, file in files.items():
            row = known.get(path.encode(), b"")
            names = uses.get(path.encode())
            if row[:DIGEST] == parser.key(file, names.decode() if names else ""):
                found[path] = row
            else:
                changed.append(file)
        self._outcomes = convert(changed, parser)
        self._stage = Stage({path: unpack(path, row) for path, row in found.items()}, parsed=len(changed))
        self._facts = {path.encode(): _facts_of(row) for path, row in found.items()}
        rows.drop(ARTICLE, [key for key in known if key.decode() not in files])
        rows.drop(USES, [key for key in uses if key.decode() not in files])

    def finish(self) -> Stage:
        """Wait for the conversion, and return the result of the stage.

        Raises StateError if the cache cannot be written. Exceptions of `convert` pass through.
        """
        made = _keep(self._outcomes, self._stage, self._rows)
        # A record takes several times the memory of its row. So these records are made only after the processes that
        # convert the articles have ended.
        self._stage.pieces |= {path: unpack(path, row) for path, row in made.items()}
        self._facts |= {path.encode(): _facts_of(row) for path, row in made.items()}
        self._stage.facts = digest_of_rows(self._facts)
        return self._stage


def again(file: Input, parser: Parser, rows: Rows) -> None:
    """Make one article again, because the cache has its row but has lost its body.

    Raises StateError if the cache cannot be written.
    """
    _keep([parser([file])], Stage(), rows)


def _keep(outcomes: Iterable[ArticleOutcome], stage: Stage, rows: Rows) -> dict[str, bytes]:
    """Put the articles of all outcomes into the cache, and the problems of the outcomes into `stage`.

    Return the row of each article by its path.
    """
    made: dict[str, bytes] = {}
    for outcome in outcomes:
        for path, row, body, names in outcome.made:
            made[path] = row
            rows.keep(ARTICLE, {path.encode(): row})
            rows.keep(BODY, {row[:DIGEST]: body})
            if names:
                rows.keep(USES, {path.encode(): names.encode()})
            elif rows.one(USES, path.encode()):
                rows.drop(USES, [path.encode()])
        rows.keep(CODE, outcome.codes)
        rows.cache.commit()  # keeps the transaction short, because another build may be waiting to write
        stage.problems += outcome.problems
        stage.failed.update(outcome.failed)
        stage.pointing += outcome.pointing
    return made


def _facts_of(row: bytes) -> bytes:
    """Return the digest of a row without its key."""
    return sha256(row[DIGEST:]).digest()


def recalling(rows: Rows) -> Answer:
    """Return a function that looks up highlighted code in the cache, and returns None if the code is not there.

    In a forked process it always returns None, because a connection of SQLite must not be used after a fork.
    """
    here = os.getpid()
    return lambda key: rows.one(CODE, key) if os.getpid() == here else None
