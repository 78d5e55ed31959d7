"""Where everything of a site is: the answers that links, checks and recorded reads ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from publisher.site.content.records import ArticleRecord
from publisher.site.links.check import Lookups
from publisher.site.links.likeness import Anchors, Paths
from publisher.site.urls import file_of, permalink, split


class Addresses:
    """Content paths, addresses and anchors of one build."""

    def __init__(
        self,
        pieces: Mapping[str, ArticleRecord],
        *,
        drafts: Set[str] = frozenset(),
        failed: Set[str] = frozenset(),
        files: Iterable[str] = (),
    ) -> None:
        """`pieces` by content path; `failed` have faults, so they may have any anchor; `files` are all others."""
        self._pieces = pieces
        self._drafts = drafts
        self._failed = failed
        self._files = frozenset(files)
        self._sources = {file_of(piece.article.url): path for path, piece in pieces.items()}
        self._sources |= {file_of(permalink(path)): path for path in failed}
        self._anchors: dict[str, frozenset[str]] = {}
        self._paths = Paths(self._all)
        self._likeness: dict[str, Anchors] = {}

    def of(self, path: str) -> str | None:
        """The URL of what lies at a content path; None when nothing is published from there."""
        piece = self._pieces.get(path)
        if piece is not None:
            return piece.article.url
        if path in self._failed:
            return permalink(path)
        return path if path in self._files else None

    def source_at(self, url: str) -> str | None:
        """The content path of the article at a URL, `` for a page or file of another kind, None for nothing."""
        file = file_of(url)
        return "" if file in self._files else self._sources.get(file)

    def answer(self, target: str) -> str:
        """Everything that a page or a check can learn of a target, as one text: the answer to a recorded read."""
        path, fragment, _ = split(target)
        if path.startswith("/"):
            url: str | None = path[1:]
            source = self.source_at(path[1:])
        elif path in self._pieces and not fragment:
            return f"True False {self._pieces[path].article.url}"
        else:
            url = self.of(path)
            source = path if self._is_article(path) else self.source_at(path)
        anchored = bool(fragment and source) and self._has_anchor(source or "", fragment)
        return f"{source is not None} {anchored} {url}"

    def missing(self, target: str) -> bool:
        """Whether a target leads to nothing."""
        path, _, _ = split(target)
        if path.startswith("/"):
            return self.source_at(path[1:]) is None
        return self.of(path) is None and self.source_at(path) is None

    def lookups(self) -> Lookups:
        """The same answers, as a check of articles asks for them."""
        return Lookups(
            address_of=lambda path: self.of(path) if self._is_article(path) else None,
            is_draft=self._drafts.__contains__,
            is_asset=self._files.__contains__,
            source_at=self.source_at,
            has_anchor=self._has_anchor,
            paths=self._paths,
            anchors=self._anchors_like,
        )

    def _is_article(self, path: str) -> bool:
        return path in self._pieces or path in self._failed

    def _has_anchor(self, path: str, anchor: str) -> bool:
        return path in self._failed or anchor in self._anchors_of(path)

    def _anchors_of(self, path: str) -> frozenset[str]:
        if path not in self._anchors:
            piece = self._pieces.get(path)
            self._anchors[path] = frozenset(piece.anchors.split("\0") if piece else ())
        return self._anchors[path]

    def _anchors_like(self, path: str) -> Anchors:
        if path not in self._likeness:
            self._likeness[path] = Anchors(self._anchors_of(path))
        return self._likeness[path]

    def _all(self) -> Iterable[str]:
        yield from self._pieces
        yield from self._files
        yield from (f"/{file.removesuffix('index.html')}" for file in (*self._sources, *self._files))
