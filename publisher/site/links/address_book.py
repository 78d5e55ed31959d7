"""Find the article or file to which a link leads. Compute the answers to facts about links (see recorded_reads.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Set

from publisher.site.content.records import ArticleRecord, split_pairs
from publisher.site.file_names import is_index
from publisher.site.links.check import Found, Lookups
from publisher.site.links.likeness import Anchors, Paths
from publisher.site.links.names import ArticleNames
from publisher.site.links.resolve import Base, has_one_reading, name_in, old_addresses, readings, spellings
from publisher.site.model import ArticleMetadata
from publisher.site.permalinks import alias_urls
from publisher.site.urls import file_of, split, target

_ESCAPED = frozenset("#?%")
"""The characters that have a meaning in a target (see urls.py). A target without them is a path."""


class Addresses:
    """The content paths, addresses and anchors of all articles and files of one build."""

    def __init__(
        self,
        pieces: Mapping[str, ArticleRecord],
        *,
        drafts: Set[str] = frozenset(),
        failed: Mapping[str, str] | None = None,
        files: Iterable[str] = (),
        by_name: bool = False,
    ) -> None:
        """Store the articles and files of a site.

        `pieces` maps content paths to articles. `drafts` has the content paths of articles that are left out. `failed`
        maps the content path of each article with errors to its URL, if the URL is known. Links to any anchor of these
        articles count as good. `files` are all other files of the site. `by_name` is as in Base.
        """
        self._pieces = pieces
        self._drafts = drafts
        self._failed = failed or {}
        self._files = frozenset(files)
        self._by_name = by_name
        # If two articles have the same address, the first by path gets it. So the order of `pieces` does not matter.
        self._sources = {file_of(self._failed[path]): path for path in sorted(self._failed, reverse=True)}
        self._sources |= {file_of(pieces[path].article.url): path for path in sorted(pieces, reverse=True)}
        self._old = {file_of(url): path for url, path in _old_urls(pieces)}
        self._names = ArticleNames(pieces, self._files)
        self._other_ids: dict[str, dict[str, str]] = {}
        self._paths = Paths(self._all)
        self._likeness: dict[str, Anchors] = {}
        self._found: dict[str, Found | None] = {}
        self._base: Base | None = None
        self._meant: dict[str, Found | None] = {}
        """The answers of `meant` for the links in the article `_base`. A page asks several times for each link."""

    def record(self, path: str) -> ArticleRecord | None:
        """Return the article at a content path, or None if the site shows no article there."""
        return self._pieces.get(path)

    def base(self, article: ArticleMetadata) -> Base:
        """Return the base of all links in an article."""
        return Base(article.source, article.url, self._by_name)

    def of(self, path: str, base: Base | None = None) -> str | None:
        """Return the URL of the page or file that `meant` returns, or None if there is no such page or file."""
        found = self.meant(path, base)
        return found.url if found else None

    def meant(self, path: str, base: Base | None) -> Found | None:
        """Return the page or file to which the path of a link in the article `base` leads.

        This is the first reading of the path that exists. Return None if no reading exists.
        """
        if has_one_reading(path):
            return self.find(path)
        if base is not self._base:
            self._base, self._meant = base, {}
        if path not in self._meant:
            self._meant[path] = next(filter(None, map(self.find, readings(path, base))), None)
        return self._meant[path]

    def asked(self, text: str, base: Base | None) -> Iterator[str]:
        """Yield the names of the facts that decide where the target `text` leads. Leave out the leading `@`."""
        path, fragment, _ = split(text)
        if has_one_reading(path):
            yield target(path, fragment)
            return
        for reading in readings(path, base):
            yield target(reading, fragment)
            if self.find(reading):
                return

    def find(self, reading: str) -> Found | None:
        """Return the page or file that a reading means, or None if there is none. resolve.py explains the search."""
        if reading not in self._found:
            self._found[reading] = self._look(reading)
        return self._found[reading]

    def answer(self, text: str) -> str:
        """Return the answer to the fact `text`, which is a reading with an optional fragment.

        The text of the answer has everything that a page or a check can learn about the reading.
        """
        piece = self._pieces.get(text)
        if piece is not None and not _ESCAPED.intersection(text):  # most links name the file of an article
            return f"{piece.article.url}\n{text}"
        path, fragment, _ = split(text)
        found = self.find(path)
        if found is None:
            return f"nothing {self.is_draft(path)}"
        if not fragment or not found.source:
            return f"{found.url}\n{found.source}"
        known = self._id_of(found.source, fragment) or found.source in self._failed
        return f"{found.url}\n{found.source}\n{known or sorted(set(self._anchors_of(found.source)))}"

    def language_of(self, source: str) -> str:
        """Return the language of the article at a content path, or "" if there is no such article."""
        piece = self._pieces.get(source)
        return piece.article.language if piece else ""

    def with_our_id(self, text: str, base: Base | None) -> str:
        """Return the target `text`. If its fragment is another tool's id of a heading, write our id instead."""
        path, fragment, query = split(text)
        found = self.meant(path, base) if fragment else None
        known = self._id_of(found.source, fragment) if found and found.source else None
        return text if known in (None, fragment) else target(path, known or "", query)

    def all_answer(self) -> str:
        """Return a digest of all paths and addresses.

        The hint for a dead link depends on all of them, because it may name any of them.
        """
        return hashlib.sha256("\0".join(sorted(self._all())).encode()).hexdigest()

    def is_draft(self, reading: str) -> bool:
        """Return whether a reading is an article that is left out of this build."""
        return any(spelling in self._drafts for spelling in spellings(reading))

    def lookups(self) -> Lookups:
        """Return the functions that the check of links in articles needs."""
        return Lookups(
            base=self.base,
            find=self.find,
            is_draft=self.is_draft,
            has_anchor=self._has_anchor,
            paths=self._paths,
            anchors=self._anchors_like,
        )

    def _look(self, reading: str) -> Found | None:
        named = name_in(reading)
        if named is not None:
            path = self._names.nearest(named)
            return self._at(path) if path is not None else None
        # Most readings mean their first spelling, so the list of the others is made only if it is needed.
        found = self._at(reading.lstrip("/"))
        if found is None:
            found = next((found for spelling in spellings(reading) if (found := self._at(spelling))), None)
        if found is None:
            old = (self._old.get(file_of(url)) for url in old_addresses(reading))
            source = next((path for path in old if path is not None), None)
            found = self._at(source) if source is not None else None
        return found

    def _at(self, spelling: str) -> Found | None:
        """Return the page or file whose content path or address is `spelling`, or None if there is none."""
        piece = self._pieces.get(spelling)
        if piece is not None:
            return Found(piece.article.url, spelling)
        if spelling in self._failed:
            return Found(self._failed[spelling], spelling)
        file = file_of(spelling)
        source = self._sources.get(file)
        if source is not None:
            piece = self._pieces.get(source)
            return Found(piece.article.url if piece is not None else self._failed[source], source)
        return Found(spelling, "") if file in self._files else self._beside(spelling)

    def _beside(self, spelling: str) -> Found | None:
        """Return the file that another tool would publish at `spelling`, below the address of an article.

        Tools such as Zola publish the files beside `posts/a/index.md` below the address of the article. So the folder
        of the article is searched for the last name in `spelling`. Return None if there is no such file.
        """
        address, _, name = spelling.rpartition("/")
        source = self._sources.get(file_of(f"{address}/")) if address and name else None
        if source is None or not is_index(source):
            return None
        path = f"{source.rpartition('/')[0]}/{name}"
        return Found(path, "") if path in self._files else None

    def _has_anchor(self, path: str, anchor: str) -> bool:
        return path in self._failed or self._id_of(path, anchor) is not None

    def _id_of(self, path: str, anchor: str) -> str | None:
        """Return the id that the anchor `anchor` means in the article at `path`, or None if the article has none."""
        if anchor in self._anchors_of(path):
            return anchor
        if path not in self._other_ids:
            piece = self._pieces.get(path)
            self._other_ids[path] = split_pairs(piece.other_ids) if piece else {}
        return self._other_ids[path].get(anchor)

    def _anchors_of(self, path: str) -> Collection[str]:
        """Return the anchors of the article at `path`. They are not kept, because all together take much memory."""
        piece = self._pieces.get(path)
        return piece.anchors.split("\0") if piece else ()

    def _anchors_like(self, path: str) -> Anchors:
        if path not in self._likeness:
            self._likeness[path] = Anchors(self._anchors_of(path))
        return self._likeness[path]

    def _all(self) -> Iterable[str]:
        yield from self._pieces
        yield from self._files
        yield from (f"/{file.removesuffix('index.html')}" for file in (*self._sources, *self._files))


def _old_urls(pieces: Mapping[str, ArticleRecord]) -> Iterator[tuple[str, str]]:
    """Yield each old address with the content path of its article, sorted by path.

    Two articles may have the same old address. same_names.py reports this fault.
    """
    for path in sorted(pieces):
        article = pieces[path].article
        yield from ((url, path) for url in alias_urls(article.aliases, article.url))
