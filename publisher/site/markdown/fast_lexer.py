"""Make the tokens of Pygments in less time, by trying only patterns that can match at the current place in the code.

A lexer of Pygments tries about thirty patterns at each token. Few of these patterns can match a text that begins with a
certain character, and some can only match at the beginning of a line. Each character gets the same type of token as
from Pygments, and tests compare the types. If a version of Pygments stores its patterns in an unknown way, the slower
lexer of Pygments is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from pygments.lexer import Lexer, RegexLexer
from pygments.token import Error, Whitespace
from pygments.token import Token as Root

from publisher.site.markdown.first_characters import ASCII, begins_line, first_characters

TokenType = Any
"""The type of a token in Pygments. It has no public name."""

_KIND = type(Root)

Run = tuple[str, str]
"""The name that neighbouring tokens share, and their text."""

SHORT = 5_000
"""For less code than this in one language, in characters, Pygments takes less time than finding these rules."""

_Match = Callable[[str, int], "re.Match[str] | None"]
_Rule = tuple[_Match, Any, Any]
"""A rule as Pygments stores it: the pattern, the type of a match, and the next states."""
_NamedRule = tuple[_Match, "tuple[str | None, Any, Any]"]
"""A rule with the name of the type of a match, or None if this type is not fixed."""


class FastLexer:
    """A lexer of Pygments. For each of its states, it finds the rules that can match before a certain character.

    For the first `short` characters of code, it calls Pygments, because finding these rules would take longer. `name`
    returns the name of a type of token. Neighbouring tokens with the same name are put together.
    """

    def __init__(self, lexer: Lexer, name: Callable[[TokenType], str], short: int = SHORT) -> None:
        self._lexer: Any = lexer
        self._name = name
        kind: Any = type(lexer)
        regular = kind.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed and not lexer.filters
        self._rules = _rules_of(lexer) if regular and kind.get_tokens is Lexer.get_tokens else {}
        self._states = {
            state: (_State(rules, name), _State([rule for rule in rules if not _begins_line(rule)], name))
            for state, rules in self._rules.items()
        }
        """For each state, its rules at the beginning of a line, and its rules elsewhere."""
        self._whole = _preparing(self._lexer)
        self._left = short
        """The number of characters for which Pygments is still called."""

    def runs(self, code: str) -> list[Run]:
        """Return all text of the tokens of Pygments in runs. No run is empty or has the name of the run before it."""
        self._left -= len(code)
        if not self._rules or self._left >= 0:
            return _joined((self._name(kind), text) for kind, text in self._lexer.get_tokens(code))
        return self._runs("".join([text for _, text in self._whole.get_tokens(code)]))

    def _runs(self, text: str) -> list[Run]:
        found: list[Run] = []
        place, end, stack = 0, len(text), ["root"]
        since, last = 0, ""
        """At the start of each iteration, `text[since:place]` is a run named `last` that is not in `found` yet."""
        at_start, elsewhere = self._states["root"]
        while place < end:
            begin = place
            rules = at_start if not place or text[place - 1] == "\n" else elsewhere
            for match, rule in rules[text[place]]:
                matched = match(text, place)
                if matched is not None:
                    name, action, after = rule
                    place = matched.end()
                    break
            else:
                name, action, after = self._name(Error), None, None
                if text[place] == "\n":
                    name = self._name(Whitespace)
                    stack = ["root"]
                    at_start, elsewhere = self._states["root"]
                place += 1
            if name is None:  # several tokens, or none
                found.append((last, text[since:begin]))
                found += self._tokens(action, matched)
                since, last = place, ""
            elif name != last and begin < place:
                found.append((last, text[since:begin]))
                since, last = begin, name
            if after is not None:
                _move(stack, after)
                at_start, elsewhere = self._states[stack[-1]]
        found.append((last, text[since:end]))
        return _joined(found)

    def _tokens(self, action: Any, matched: re.Match[str] | None) -> list[Run]:
        """Return the runs of a rule that makes several tokens from one match. If `action` is None, return no runs."""
        return [(self._name(kind), part) for _, kind, part in action(self._lexer, matched)] if action else []


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Return the runs without empty ones. Neighbours with the same name are put together."""
    found: list[Run] = []
    before = None
    for run in runs:
        if run[0] == before:
            found[-1] = run[0], found[-1][1] + run[1]
        elif run[1]:
            found.append(run)
            before = run[0]
    return found


class _State(dict[str, list[_NamedRule]]):
    """Maps a character to the rules of one state that can match a text which begins with it. They keep their order."""

    def __init__(self, rules: list[_Rule], name: Callable[[TokenType], str]) -> None:
        super().__init__()
        self._rules = rules
        self._name = name
        self._firsts: list[tuple[_NamedRule, frozenset[str]]] = []
        """Each rule with its first characters. They are found when the state is first reached."""
        self._all: list[_NamedRule] = []

    def __missing__(self, first: str) -> list[_NamedRule]:
        self._firsts = self._firsts or [
            ((match, (self._name(action) if type(action) is _KIND else None, action, after)), first_characters(pattern))
            for match, action, after in self._rules
            if (pattern := _pattern(match))
        ]
        if first in ASCII:
            found = self[first] = [rule for rule, firsts in self._firsts if first in firsts]
            return found
        # All characters outside of ASCII share one list, because a text may have thousands of them.
        self._all = self._all or [rule for rule, _ in self._firsts]
        self[first] = self._all
        return self._all


def _begins_line(rule: _Rule) -> bool:
    pattern = _pattern(rule[0])
    return pattern is not None and begins_line(pattern)


def _preparing(lexer: Any) -> Any:
    """Return a lexer that prepares a text as `lexer` does, and returns the whole text as one token."""
    whole = copy(lexer)
    whole.get_tokens_unprocessed = lambda text: [(0, Root, text)]
    return whole


def _rules_of(lexer: Any) -> dict[str, list[_Rule]]:
    """Return the rules of each state. Return {} if Pygments stores them in an unknown way."""
    states = getattr(lexer, "_tokens", None)
    if not isinstance(states, dict) or not isinstance(states.get("root"), list):
        return {}
    rules = [rule for state in states.values() for rule in state]
    return states if all(type(rule) is tuple and len(rule) == 3 and _pattern(rule[0]) for rule in rules) else {}


def _pattern(match: Any) -> re.Pattern[str] | None:
    """Return the pattern with which a rule matches. Return None if it is not the method `match` of a pattern."""
    own = getattr(match, "__self__", None)
    return own if isinstance(own, re.Pattern) and match == own.match else None


def _move(stack: list[str], after: Any) -> None:
    """Change the stack of states as `after` says. `after` is the last part of a rule. The lowest state always stays."""
    if isinstance(after, int):
        del stack[max(1, len(stack) + after) :]
        return
    for state in after if isinstance(after, tuple) else (after,):
        if state == "#push":
            stack.append(stack[-1])
        elif state != "#pop":
            stack.append(state)
        elif len(stack) > 1:
            stack.pop()
