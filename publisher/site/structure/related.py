"""Find the related articles of a post: older posts with the same terms."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from functools import cached_property

from publisher.site.content.records import ArticleRecord
from publisher.site.structure.taxonomies import terms_of
from publisher.site.structure_settings import Taxonomy
from publisher.site.urls import term_url

LOOK_BACK = 20
"""The number of older posts that are compared for each term.

Without this limit, the time would grow with the square of the number of posts.
"""


class Related:
    """The related articles of one build. They are found at the first call of `to`.

    Only older posts count. So a new post does not change the related articles of any other post.
    """

    def __init__(self, posts: Sequence[ArticleRecord], taxonomies: Sequence[Taxonomy], count: int) -> None:
        """Store the posts, which are sorted newest first, and the largest number of related articles of a post."""
        self._posts, self._taxonomies, self._count = posts, taxonomies, count

    def to(self, url: str) -> tuple[ArticleRecord, ...]:
        """Return the related articles of the post at a URL.

        The posts that share the most terms with it come first. Posts that share equally many come newest first.
        """
        return self._found.get(url, ()) if self._count else ()

    @cached_property
    def _found(self) -> Mapping[str, tuple[ArticleRecord, ...]]:
        found: dict[str, tuple[ArticleRecord, ...]] = {}
        seen: dict[tuple[str, str], deque[int]] = {}
        oldest = len(self._posts) - 1
        for place in range(oldest, -1, -1):
            record = self._posts[place]
            terms = self._terms(record)
            common = Counter(number for term in terms for number in seen.get(term, ()))
            best = sorted(common, key=lambda number: (-common[number], number))[: self._count]
            found[record.article.url] = tuple(self._posts[number] for number in best)
            for term in terms:
                seen.setdefault(term, deque(maxlen=LOOK_BACK)).append(place)
        return found

    def _terms(self, record: ArticleRecord) -> list[tuple[str, str]]:
        """Return the language and the URL of each term of a post. So only posts in the same language are related."""
        language = record.article.language
        return [
            (language, url)
            for each in self._taxonomies
            for url in {term_url(each.name, name): None for name in terms_of(record.article, each.name)}
        ]
