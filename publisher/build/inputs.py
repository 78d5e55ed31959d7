"""List the files of a site's folders with their digests. Files with unchanged size and times are not read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from publisher.build.fingerprint import stamp
from publisher.build.rows import Rows, pack_link, unpack_link
from publisher.build.settings import BuildSettings
from publisher.dag.cid import Block
from publisher.dag.unixfs import Link, Profile, add_file
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field, replace
from publisher.hashing import digest, digest_of_rows
from publisher.regular_files import chunks
from publisher.site.content.article_files import HEAD, is_article
from publisher.site.content.scan import ScannedFile, scan
from publisher.site.data_files import is_data
from publisher.site.file_names import is_html

STAT = "stat"
FILE = "file"

READABLE = "correct the owner or mode of the file"
CHANGED = ("this file changed during the build", "build again")
"""The text and the hint of the problem for a file that has changed since the scan of its folder."""

HTML = "html"
"""The cache stage for HTML files. Its keys are digests of our code and of a file. The value is b"1" for an article."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a build reads."""

    path: str
    """The path of the file relative to its folder, with slashes."""
    place: str
    """The path of the file on the disk."""
    label: str
    """The name of the file in messages."""
    digest: bytes
    """The sha2-256 digest of the bytes of the file."""
    article: bool = False
    """Whether the file is an article. Only files of the content folder can be articles."""


class NotAsBefore(Exception):
    """An input cannot be read, or has changed since the scan. `problem` has the file and the reason."""

    def __init__(self, file: Input, what: str, hint: str) -> None:
        super().__init__(what)
        self.problem = Problem(file.label, 0, 0, what, hint)


def unchanged(file: Input) -> Iterator[bytes]:
    """Yield the bytes of an input in pieces.

    Raises NotAsBefore if the file cannot be read. Raises it after the last piece if the bytes have changed.
    """
    found = hashlib.sha256()
    try:
        for data in chunks(file.place):
            found.update(data)
            yield data
    except OSError as error:
        raise NotAsBefore(file, unreadable(error), READABLE) from error
    if found.digest() != file.digest:
        raise NotAsBefore(file, *CHANGED)


def unreadable(error: OSError) -> str:
    """Return the text of the problem for a file that cannot be read."""
    return f"this file cannot be read: {error.strerror}"


@dataclass(slots=True)
class Folders:
    """Everything that a build reads. The keys are the paths relative to each folder."""

    content: dict[str, Input] = field(default_factory=dict)
    templates: dict[str, Input] = field(default_factory=dict)
    static: dict[str, Input] = field(default_factory=dict)
    data: dict[str, Input] = field(default_factory=dict)
    theme: dict[str, Input] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    read: int = 0
    """The number of files in the content folder that the scan read, because they were new or may have changed."""

    def digests(self) -> Iterator[bytes | str]:
        """Yield a digest of the names and digests of the files in each folder.

        Two builds with the same digests have the same files.
        """
        every = {"content": self.content, "templates": self.templates, "static": self.static, "theme": self.theme}
        every |= {"data": self.data}
        for kind, inputs in every.items():
            yield kind
            yield digest_of_rows({path.encode(): file.digest for path, file in inputs.items()})


def scan_folders(site: Path, settings: BuildSettings, theme: Path, rows: Rows, now: int) -> Folders:
    """Scan the folders of a site and of its theme. `now` is in nanoseconds since 1970.

    A file that cannot be read becomes a problem. Raises StateError if the cache cannot be written.
    """
    found = Folders()
    known = rows.all(STAT)
    seen: dict[bytes, bytes] = {}
    scans = [("content", found.content, scan(site / settings.content, settings.content), settings.content)]
    for kind, inputs, label in (
        ("templates", found.templates, settings.templates),
        ("static", found.static, settings.static),
        ("data", found.data, settings.data),
    ):
        if (site / label).is_dir():
            scans.append((kind, inputs, scan(site / label, label), label))
    scans.append(("theme", found.theme, scan(theme, "default", follow=True), "default"))
    for kind, inputs, scanned, label in scans:
        found.problems += scanned.problems
        for file in scanned.files:
            if kind == "data" and not is_data(file.path):
                continue
            key = f"{kind} {file.path}".encode()
            row = known.get(key, b"")
            if row[: len(file.stamp)] != file.stamp:
                row = file.stamp + _digest(file, label, found.problems)
                found.read += kind == "content"
                if file.settled(now):
                    seen[key] = row
            else:
                known.pop(key)
            article = kind == "content" and is_article(file.path)
            inputs[file.path] = Input(file.path, file.place, f"{label}/{file.path}", row[len(file.stamp) :], article)
    for file_of_article in html_articles(found.content, rows):
        found.content[file_of_article.path] = replace(file_of_article, article=True)
    rows.keep(STAT, seen)
    # These files were removed, or changed so recently that their stamp is not reliable yet.
    rows.drop(STAT, known.keys() - seen.keys())
    return found


def html_articles(content: Mapping[str, Input], rows: Rows) -> list[Input]:
    """Return the HTML files that are articles. A file is read only if its digest is new.

    Raises StateError if the cache cannot be written.
    """
    found: list[Input] = []
    html = [file for path, file in content.items() if is_html(path)]
    known = rows.all(HTML) if html else {}
    seen: dict[bytes, bytes] = {}
    for file in html:
        key = digest(stamp(), file.digest)
        flag = known.get(key) or seen.get(key)
        head, sure = (b"", True) if flag else _head(file)
        flag = flag or (b"1" if is_article(file.path, head) else b"0")
        if sure:
            seen[key] = flag
        if flag == b"1":
            found.append(file)
    rows.keep(HTML, {key: flag for key, flag in seen.items() if key not in known})
    rows.drop(HTML, known.keys() - seen.keys())
    return found


def _head(file: Input) -> tuple[bytes, bool]:
    """Return the first HEAD bytes of a file, and whether the file is unchanged since the scan."""
    head = b""
    with suppress(NotAsBefore):  # the stage that uses the file reports the problem
        for data in unchanged(file):
            head += data[: HEAD - len(head)]
        return head, True
    return head, False


def add_files(
    inputs: Mapping[str, Input], profile: Profile, rows: Rows, emit: Callable[[Block], None]
) -> tuple[dict[str, Link], list[Problem]]:
    """Make the blocks of the files that are copied, and pass them to `emit`.

    Return the links by path in the site, and a problem for each file that cannot be read. Raises StateError if the
    cache cannot be written. Exceptions of `emit` pass through.
    """
    links: dict[str, Link] = {}
    problems: list[Problem] = []
    for path, file in inputs.items():
        key = digest(profile.name, file.digest)
        row = rows.one(FILE, key)
        if row is not None:
            links[path] = unpack_link(row)
            continue
        try:
            links[path] = link = add_file(unchanged(file), profile, emit)
        except NotAsBefore as error:
            problems.append(error.problem)
        else:
            rows.keep(FILE, {key: pack_link(link)})
    return links, problems


def _digest(file: ScannedFile, label: str, problems: list[Problem]) -> bytes:
    whole = hashlib.sha256()
    try:
        for data in chunks(file.place):
            whole.update(data)
    except OSError as error:
        problems.append(Problem(f"{label}/{file.path}", 0, 0, unreadable(error), READABLE))
    return whole.digest()
