"""Find the words that were removed and added between two texts. Each change is shown with some words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from publisher.diff.page_text import PageLink, PageText
from publisher.diff.sequence import Effort, Run, runs
from publisher.fast_dataclass import dataclass

Where = Literal["title", "description", "main", "around"]
"""A part of a page. `main` is the main text. `around` has menus, headers and footers, which are alike on many pages."""

# These scripts have no spaces between words. In them, a character with its combining marks counts as one word.
_SINGLE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3003-\u3007\u3021-\u303f\u3040-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_MARKS = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059"
    "\u17b4-\u17d3\u3099\u309a\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
)
_SIGNS = "!-/:-@\\[-`{-~\u00a1-\u00bf\u2010-\u2018\u201a-\u205e\u3001\u3002\u3008-\u3020\ufe10-\ufe4f\uff01-\uff65"
_ASCII = re.compile(r"\s*(?:[^\s!-/:-@\[-`{-~]+(?:['.,:/@_-][^\s!-/:-@\[-`{-~]+)*|\S)")
_SIGN = re.compile(rf"\s*[{_SIGNS}]|\n")
_SENTENCE = re.compile(r"\s*[.!?。！？;；…]+")

BREAK = "\n"
"""Stands for the end of a paragraph in a list of words."""
MARK = " ¶"
"""The sign for a paragraph break that was added or removed between words that stay."""
FARTHEST = 100
"""The largest number of words by which a changed block is shifted, so that it ends with a sentence or paragraph."""
CONTEXT = 6
"""The number of words that are shown on each side of a change. For scripts without spaces, it is twice as large."""
LIKENESS = 0.3
"""If two sentences have a smaller share of common words, one counts as removed and the other as added."""
LONGEST = 400
"""The largest number of words of one piece. If a piece is longer, only its beginning and its end are shown."""

PieceKind = Literal["same", "removed", "added", "cut"]


class TextPiece(NamedTuple):
    """Consecutive words of one kind. A piece of kind `cut` stands for words that are left out, and its text is ""."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A changed paragraph: the words that stay, the removed words and the added words."""

    where: Where
    pieces: tuple[TextPiece, ...]

    @property
    def change(self) -> tuple[object, ...]:
        """A key of the change. Two pages with the same change have equal keys."""
        return (self.where, *(piece for piece in self.pieces if piece.kind in ("removed", "added")))


class _Step(NamedTuple):
    kind: PieceKind
    word: str


def words(text: str) -> list[str]:
    """Return the words of a text, each with the space before it.

    For Chinese, Japanese and Thai, return the characters.
    """
    return (_ASCII if text.isascii() else _any_word()).findall(text)


@cache
def _any_word() -> re.Pattern[str]:
    """Return the pattern for texts in any script. Compiling the pattern takes 4 ms, so it is compiled when needed."""
    plain = rf"[^\s{_SIGNS}{_SINGLE}]+"
    return re.compile(rf"\s*(?:[{_SINGLE}][{_MARKS}]*|{plain}(?:['’.,:/@_-]{plain})*|\S)")


def changes(old: PageText, new: PageText, effort: Effort) -> tuple[Passage, ...]:
    """Return every changed passage: of the title, the description, the main text, and the text around it."""
    found: list[Passage] = []
    sides: tuple[tuple[Where, Sequence[str], Sequence[str]], ...] = (
        ("title", [old.title], [new.title]),
        ("description", [old.description], [new.description]),
        ("main", old.main, new.main),
        ("around", old.around, new.around),
    )
    for where, before, after in sides:
        if before != after:
            found += _passages(where, before, after, effort)
    return tuple(found)


def links(old: PageText, new: PageText) -> tuple[tuple[PageLink, ...], tuple[PageLink, ...]]:
    """Return the removed links and the added links in reading order. Each link occurs once."""
    before, after = dict.fromkeys(old.links), dict.fromkeys(new.links)
    return tuple(link for link in before if link not in after), tuple(link for link in after if link not in before)


def _passages(where: Where, old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[Passage]:
    one = two = 0
    for run in [*runs(old, new, effort), None]:
        one_end, two_end = (run.old, run.new) if run else (len(old), len(new))
        if one < one_end or two < two_end:
            steps = _smooth(_slid(list(_compare(old[one:one_end], new[two:two_end], effort))))
            for paragraph in _paragraphs(steps):
                if any(step.kind != "same" for step in paragraph):
                    yield Passage(where, tuple(_pieces(paragraph)))
        if run:
            one, two = run.old + run.length, run.new + run.length


def _compare(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[_Step]:
    """Compare paragraphs that differ.

    Compare their sentences first, and then the words of the sentences that differ.
    """
    left, right = _sentences(old), _sentences(new)
    one = two = 0
    for run in [*runs(_keys(left), _keys(right), effort), None]:
        one_end, two_end = (run.old, run.new) if run else (len(left), len(right))
        gone = [word for sentence in left[one:one_end] for word in sentence]
        come = [word for sentence in right[two:two_end] for word in sentence]
        yield from _compare_words(gone, come, effort)
        if run:
            one, two = run.old + run.length, run.new + run.length
            yield from (_Step("same", word) for sentence in right[run.new : two] for word in sentence)


def _compare_words(old: list[str], new: list[str], effort: Effort) -> Iterator[_Step]:
    before, after = ([word.strip(" ") for word in side] for side in (old, new))
    common = runs(before, after, effort) if old and new else []
    alike = sum(_real(before[run.old : run.old + run.length]) for run in common)
    if alike < LIKENESS * min(_real(before), _real(after)):
        single = before.count(BREAK) == after.count(BREAK) == 1 and before[-1] == after[-1] == BREAK
        common = [Run(len(old) - 1, len(new) - 1, 1)] if single else []
    one = two = 0
    for run in [*common, None]:
        one_end, two_end = (run.old, run.new) if run else (len(old), len(new))
        yield from (_Step("removed", word) for word in old[one:one_end])
        yield from (_Step("added", word) for word in new[two:two_end])
        if run:
            one, two = run.old + run.length, run.new + run.length
            yield from (_Step("same", word) for word in new[run.new : two])


def _real(words: Sequence[str]) -> int:
    """Return the number of words, without punctuation."""
    return sum(not _SIGN.match(word) for word in words)


def _sentences(paragraphs: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for paragraph in paragraphs:
        sentence: list[str] = []
        for word in words(paragraph):
            sentence.append(word)
            if _SENTENCE.fullmatch(word):
                found.append(sentence)
                sentence = []
        if sentence or not found:
            found.append(sentence)
        found[-1] = [*found[-1], BREAK]
    return found


def _keys(sentences: list[list[str]]) -> list[str]:
    return ["\0".join(word.strip(" ") for word in sentence) for sentence in sentences]


def _slid(steps: list[_Step]) -> list[_Step]:
    """Shift changed blocks so that they end with a paragraph or a sentence, and return the steps.

    Such a shift does not change the meaning: `a. [b. a.]` and `[a. b.] a.` are the same change.
    """
    at = 0
    while at < len(steps):
        end = _end(steps, at)
        if steps[at].kind != "same" and all(step.kind == steps[at].kind for step in steps[at:end]):
            shift = _best_shift(steps, at, end)
            if shift:
                low, high = min(at, at + shift), max(end, end + shift)
                kinds: list[PieceKind] = ["same"] * (high - low)
                kinds[at + shift - low : end + shift - low] = [steps[at].kind] * (end - at)
                steps[low:high] = [step._replace(kind=kind) for step, kind in zip(steps[low:high], kinds, strict=True)]
                end = max(end, end + shift)
        at = end
    return steps


def _end(steps: list[_Step], at: int) -> int:
    """Return the end (exclusive) of the run of steps that begins at `at`. A run is all equal words, or all changes."""
    end = at
    while end < len(steps) and (steps[end].kind == "same") == (steps[at].kind == "same"):
        end += 1
    return end


def _best_shift(steps: list[_Step], at: int, end: int) -> int:
    best, best_shift = _seam(steps, end), 0
    for sign in (1, -1):
        shift = 0
        while abs(shift) < FARTHEST:
            enters, leaves = (end + shift, at + shift) if sign > 0 else (at + shift - 1, end + shift - 1)
            if not 0 <= enters < len(steps) or steps[enters].kind != "same":
                break
            if steps[enters].word.strip(" ") != steps[leaves].word.strip(" "):
                break
            shift += sign
            if (seam := _seam(steps, end + shift)) > best:
                best, best_shift = seam, shift
    return best_shift


def _seam(steps: list[_Step], end: int) -> int:
    """Return 2 if the step before `end` ends a paragraph, 1 if it ends a sentence, else 0."""
    word = steps[end - 1].word
    return 2 if word == BREAK else 1 if _SENTENCE.fullmatch(word) else 0


def _smooth(found: list[_Step]) -> list[_Step]:
    """Join two changes that have only one short word or punctuation mark between them. The new change includes it."""
    smooth: list[_Step] = []
    for number, step in enumerate(found):
        lone = (
            step.kind == "same"
            and step.word != BREAK
            and len(step.word) <= 2
            and 0 < number < len(found) - 1
            and found[number - 1].kind != "same"
            and found[number + 1].kind != "same"
        )
        smooth += [_Step("removed", step.word), _Step("added", step.word)] if lone else [step]
    return smooth


def _paragraphs(steps: list[_Step]) -> Iterator[list[_Step]]:
    """Yield the steps of one paragraph after the other.

    A paragraph that was added or removed as a whole is separate.
    """
    paragraph: list[_Step] = []
    for step in steps:
        if step.word != BREAK:
            joined = bool(paragraph) and paragraph[-1].word == MARK and not step.word.startswith(" ")
            paragraph.append(_Step(step.kind, " " + step.word) if joined else step)
        elif step.kind == "same" or {each.kind for each in paragraph} == {step.kind}:
            yield paragraph
            paragraph = []
        else:  # a paragraph was split, or two were joined
            paragraph.append(_Step(step.kind, MARK))
    if paragraph:
        yield paragraph


def _pieces(steps: list[_Step]) -> Iterator[TextPiece]:
    """Yield the changes and the words around them. Removed words come before added words."""
    at = 0
    while at < len(steps):
        end = _end(steps, at)
        if steps[at].kind == "same":
            yield from _context([step.word for step in steps[at:end]], first=at == 0, last=end == len(steps))
        else:
            yield from _change(steps[at:end])
        at = end


def _context(same: list[str], *, first: bool, last: bool) -> Iterator[TextPiece]:
    around = CONTEXT * (2 if len("".join(same)) < 3 * len(same) else 1)
    if first or last:
        if len(same) <= around + 2:
            yield TextPiece("same", "".join(same))
        elif first and not last:
            yield TextPiece("cut", "")
            yield TextPiece("same", "".join(same[-around:]).lstrip(" "))
        else:
            yield TextPiece("same", "".join(same[:around]))
            yield TextPiece("cut", "")
    elif len(same) <= 2 * around + 2:
        yield TextPiece("same", "".join(same))
    else:
        yield TextPiece("same", "".join(same[:around]))
        yield TextPiece("cut", "")
        yield TextPiece("same", "".join(same[-around:]).lstrip(" "))


def _change(steps: list[_Step]) -> Iterator[TextPiece]:
    removed = [step.word for step in steps if step.kind == "removed"]
    added = [step.word for step in steps if step.kind == "added"]
    if any(side and side[0].startswith(" ") for side in (removed, added)):
        yield TextPiece("same", " ")
    sides: tuple[tuple[PieceKind, list[str]], ...] = (("removed", removed), ("added", added))
    for kind, side in sides:
        if len(side) > LONGEST:
            yield TextPiece(kind, "".join(side[: LONGEST // 2]).strip(" "))
            yield TextPiece("cut", "")
            side = side[-LONGEST // 2 :]
        if side:
            yield TextPiece(kind, "".join(side).strip(" "))
