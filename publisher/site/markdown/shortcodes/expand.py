"""Convert an article that calls shortcodes: hide the calls, convert the Markdown, and put in the HTML of the calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, replace
from publisher.site.markdown.shortcodes import placing
from publisher.site.markdown.shortcodes.calls import INCLUDE, Host
from publisher.site.markdown.shortcodes.include import Includes
from publisher.site.markdown.shortcodes.placing import Place
from publisher.site.markdown.shortcodes.source import Calls, SourceLine, find, unused_word, with_tokens
from publisher.site.markdown.shortcodes.syntax import ANY
from publisher.site.markdown.shortcodes.written import Written
from publisher.site.markdown.well_formed import well_formed
from publisher.site.model import Reference, Rendered

Convert = Callable[[str, int], Rendered]
"""A function that converts a text of Markdown. Its second argument is the number of the first line."""

ROUNDS = 16
"""The largest number of conversions of one article. One is usual. If an article shows a call as code, it needs two."""


@dataclass(frozen=True, slots=True)
class _Converted:
    """A text with its calls and the converted body.

    In the converted text, a token stands for each call (see source.py). `word` is the first word of these tokens.
    `places` has their places in the HTML of `body`.
    """

    lines: Sequence[SourceLine]
    calls: Calls
    word: str
    places: dict[str, Place]
    body: Rendered


def expand(text: str, line: int, convert: Convert, host: Host) -> Rendered:
    """Return the body of an article. Each call in `text` is replaced with the HTML of its shortcode.

    `text` begins on line `line` of its file. Faults of calls become problems at the lines of the calls. Exceptions of
    `convert` pass through.
    """
    if "::" not in text or not ANY.search(text):
        return convert(text, line)
    known = _Known(host)
    folder = host.path.rpartition("/")[0]
    lines = [SourceLine(each, number, folder=folder) for number, each in enumerate(text.split("\n"), line)]
    calls = find(lines, known, host.native)
    if not calls.found:
        body = convert(text, line)
        return replace(body, problems=tuple(_of_engine(body.problems, calls, lines, line)))
    includes = Includes(host)
    made = _converted(lines, line, convert, known, includes, host.native)
    return _finished(made, line, includes.problems, host)


class _Known:
    """Decides whether a name is the name of a shortcode, or a misspelling of one."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: dict[str, tuple[bool, bool]] = {}

    def __call__(self, name: str) -> tuple[bool, bool]:
        """Return whether there is a shortcode with this name, and whether a call with this name is meant."""
        if name not in self._known:
            there = name == INCLUDE or self._host.shortcodes.has(name, self._host.note)
            self._known[name] = there, there or bool(self._host.nearest(name))
        return self._known[name]


def _converted(
    lines: Sequence[SourceLine],
    line: int,
    convert: Convert,
    known: _Known,
    includes: Includes,
    native: tuple[str, ...],
) -> _Converted:
    """Convert the text until each token is in the HTML outside of code, and each file is included.

    If the HTML lacks a token, or has it in code, its line becomes plain text.
    """
    rounds = 0
    while True:
        rounds += 1
        calls = find(lines, known, native)
        word = unused_word("\n".join(each.text for each in lines))
        body = convert(with_tokens(lines, calls, word), line)
        places = placing.places(body.html, word)
        made = _Converted(lines, calls, word, places, body)
        in_code = frozenset(_in_code(made))
        if rounds == ROUNDS or not body.html:
            return made
        if in_code:
            lines = [replace(each, plain=True) if at in in_code else each for at, each in enumerate(lines)]
            continue
        included = includes.put(lines, calls)
        if included is None:
            return made
        lines = included


def _in_code(made: _Converted) -> Iterator[int]:
    """Yield the index of each line whose token has no place."""
    for number, one in enumerate(made.calls.found):
        if f"{number}" not in made.places:
            yield one.begin
        if one.end > one.begin and f"/{number}" not in made.places:
            yield one.end
    yield from (number for number in made.calls.without_begin if f"={number}" not in made.places)


def _finished(made: _Converted, line: int, of_includes: Sequence[Problem], host: Host) -> Rendered:
    """Return the body with the HTML of all calls."""
    body, lines = made.body, made.lines
    written = Written(host, lines, made.word, made.places)
    for number, one in enumerate(made.calls.found):
        if str(number) in made.places:
            written.call(number, one)
    for number in made.calls.without_begin:
        written.left_over(number)
    html = placing.replaced(body.html, made.places, written.html)
    html = well_formed(placing.without_tokens(html, made.word))
    anchors = dict.fromkeys(body.anchors)
    problems = [*_of_engine(body.problems, made.calls, lines, line), *of_includes, *written.problems]
    for given, at in written.ids:
        if given in anchors:
            what, hint = f"the id {given!r} is used twice", "give one of the two another id"
            problems.append(Problem(host.path, *at, what, hint, kind="duplicate-id"))
        anchors[given] = None
    moved = (Reference(one.target, one.kind, *_moved(one.line, one.col, lines, line)) for one in body.references)
    references = sorted((*moved, *written.references), key=lambda one: (one.line, one.col, one.target, one.kind))
    tags = ((name, _moved(*at, lines, line)) for name, at in body.tags)
    return replace(
        body,
        html=html,
        anchors=tuple(anchors),
        references=tuple(references),
        problems=tuple(sorted(problems, key=lambda one: (one.line, one.col))),
        tags=tuple(tags),
    )


def _of_engine(problems: Sequence[Problem], calls: Calls, lines: Sequence[SourceLine], line: int) -> Iterator[Problem]:
    """Yield the problems of a converted text with their positions in the file.

    If a block of another tool is left as text, the problem says that there is no shortcode with this name.
    """
    named = dict(calls.others)
    for problem in problems:
        name = named.get(problem.line - line, "") if problem.kind == "foreign-syntax" else ""
        if name:
            what = f"`:::{name}` names no shortcode and is left as text"
            hint = f"{problem.hint}, or make templates/shortcodes/{name}.html"
            problem = replace(problem, what=what, hint=hint)
        at, column = _moved(problem.line, problem.col, lines, line)
        yield replace(problem, line=at, col=column)


def _moved(at: int, column: int, lines: Sequence[SourceLine], first: int) -> tuple[int, int]:
    """Return the line and column in the file for a position in the converted text, which begins at line `first`."""
    if not first <= at < first + len(lines):
        return at, column
    source = lines[at - first]
    return source.line, source.column or column
