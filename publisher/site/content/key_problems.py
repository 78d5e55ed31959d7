"""Find unknown keys and posts without a date. Their problems depend on the front matter of all articles together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from publisher.errors import Problem
from publisher.site.content.frontmatter.keys import ALL
from publisher.site.content.records import ArticleRecord
from publisher.site.model import UnknownKey

SHOWN = 20
"""The largest number of unknown keys that the note names. The note only counts the other keys."""

SHARE = 100
"""A key counts as misspelt only if a single file has it, or if fewer than one in SHARE files has it."""


def key_problems(records: Iterable[ArticleRecord]) -> tuple[Problem, ...]:
    """Return a warning for each misspelt key, and one note about all other unknown keys.

    A misspelt key differs from a known key by one letter, and few files have it. The paths in problems are relative to
    the content folder.
    """
    files = 0
    found: list[tuple[str, UnknownKey]] = []
    for record in sorted(records, key=lambda each: each.article.source):
        files += 1
        found += ((record.article.source, key) for key in record.article.unknown_keys)
    counts = Counter(key.name for _, key in found)
    near = {name: _near(name) for name, count in counts.items() if count == 1 or count * SHARE < files}
    misspelt = [_misspelt(path, key, near[key.name]) for path, key in found if near.get(key.name)]
    meant = [(path, key) for path, key in found if not near.get(key.name)]
    return (*misspelt, *_unknown(meant, counts))


def undated_posts(records: Iterable[ArticleRecord]) -> tuple[Problem, ...]:
    """Return one note with the number of posts without a date, or () if every post has one.

    The path of the note is that of the first post without a date.
    """
    articles = (record.article for record in records)
    paths = sorted(article.source for article in articles if article.kind == "post" and article.date is None)
    if not paths:
        return ()
    what = "a post has no date and is listed after all others"
    if len(paths) > 1:
        what = f"{len(paths):,} posts have no date and are listed after all others"
    hint = "add `date: 2025-01-31`, or let the file's name begin with a date"
    return (Problem(paths[0], 0, 0, what, hint, kind="undated-post", level="note"),)


def _misspelt(path: str, key: UnknownKey, right: str) -> Problem:
    what = f"unknown key {key.name!r}"
    hint = f"did you mean {right!r}? if the key is your own, put it below `extra:`"
    return Problem(path, key.line, key.col, what, hint, kind="misspelt-key", level="warning")


def _unknown(found: list[tuple[str, UnknownKey]], counts: Mapping[str, int]) -> Iterator[Problem]:
    if not found:
        return
    names = sorted({key.name for _, key in found}, key=lambda name: (-counts[name], name))
    parts = [f"{name} ({counts[name]:,} file{'s' if counts[name] > 1 else ''})" for name in names[:SHOWN]]
    parts += [f"and {len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
    path, first = found[0]
    what = f"unknown keys are kept below `extra`: {', '.join(parts)}"
    hint = "use `page.extra` in a template to read them"
    yield Problem(path, first.line, first.col, what, hint, kind="unknown-key", level="note")


def _near(name: str) -> str:
    """Return the known key that differs from `name` only by one letter or in case, or "" if there is none."""
    lower = name.lower()
    return next((known for known in sorted(ALL) if _one_letter(lower, known.lower())), "")


def _one_letter(one: str, other: str) -> bool:
    """Return whether two texts differ by at most one letter that is changed, added, left out or swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[same:], other[same:]
    if one[1:] == other[1:] or one[1:] == other or one == other[1:]:
        return True
    return one[:2] == other[1::-1] and one[2:] == other[2:]
