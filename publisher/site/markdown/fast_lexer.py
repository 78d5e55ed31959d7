"""Make the tokens of Pygments in less time, by trying only patterns that can match at the next character.

A lexer of Pygments tries about thirty patterns at each token. Few of these patterns can match a text that begins with a
certain character. Each character gets the same type of token as from Pygments, and tests compare the types. If a
version of Pygments stores its patterns in an unknown way, the slower lexer of Pygments is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from typing import Any

from pygments.lexer import Lexer, RegexLexer
from pygments.token import Error, Whitespace
from pygments.token import Token as Root

from publisher.site.markdown.first_characters import ASCII, first_characters

TokenType = Any
"""The type of a token in Pygments. It has no public name."""

_KIND = type(Root)

Token = tuple[TokenType, str]

SHORT = 5_000
"""After so many characters of code in one language, it is faster to find the rules of each first character."""

_Match = Callable[[str, int], "re.Match[str] | None"]
_Rule = tuple[_Match, Any, Any]
"""A rule as Pygments stores it: the pattern, the type of a match, and the next states."""


class FastLexer:
    """A lexer of Pygments. For each of its states, it finds the rules that can match at a certain first character.

    For the first `short` characters of code, it calls Pygments, because finding these rules would take longer.
    """

    def __init__(self, lexer: Lexer, short: int = SHORT) -> None:
        self._lexer: Any = lexer
        kind: Any = type(lexer)
        regular = kind.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed and not lexer.filters
        self._rules = _rules_of(lexer) if regular and kind.get_tokens is Lexer.get_tokens else {}
        self._states = {state: _State(rules) for state, rules in self._rules.items()}
        self._whole = _preparing(self._lexer)
        self._left = short
        """The number of characters for which Pygments is still called."""

    def tokens(self, code: str) -> list[Token]:
        """Return the tokens of Pygments. Some may be split into two, and empty tokens may be missing or added."""
        self._left -= len(code)
        if not self._rules or self._left >= 0:
            return list(self._lexer.get_tokens(code))
        return self._tokens("".join([text for _, text in self._whole.get_tokens(code)]))

    def _tokens(self, text: str) -> list[Token]:
        found: list[Token] = []
        place, end, stack = 0, len(text), ["root"]
        rules = self._states["root"]
        while True:
            first = text[place : place + 1]
            for match, action, after in rules[first]:
                matched = match(text, place)
                if matched is None:
                    continue
                begin, place = place, matched.end()
                if type(action) is _KIND:
                    found.append((action, text[begin:place]))
                elif action is not None:
                    found += [(kind, part) for _, kind, part in action(self._lexer, matched)]
                if after is not None:
                    _move(stack, after)
                    rules = self._states[stack[-1]]
                break
            else:
                if place == end:
                    return found
                if first == "\n":
                    stack, rules = ["root"], self._states["root"]
                found.append((Whitespace if first == "\n" else Error, first))
                place += 1


class _State(dict[str, list[_Rule]]):
    """Maps a character to those rules of one state that can match a text with this first character, in their order.

    The key "" stands for the end of a text.
    """

    def __init__(self, rules: list[_Rule]) -> None:
        super().__init__()
        self._rules = rules
        self._firsts: list[frozenset[str]] = []
        """The first characters of each rule. They are found when the state is first reached."""

    def __missing__(self, first: str) -> list[_Rule]:
        if first not in ASCII:
            self[first] = self._rules  # one list for all these characters, because a text may have thousands of them
            return self._rules
        self._firsts = self._firsts or [
            first_characters(pattern) for rule in self._rules if (pattern := _pattern(rule))
        ]
        pairs = zip(self._rules, self._firsts, strict=True)
        found = self[first] = [rule for rule, firsts in pairs if first in firsts]
        return found


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
    return states if all(type(rule) is tuple and len(rule) == 3 and _pattern(rule) for rule in rules) else {}


def _pattern(rule: Any) -> re.Pattern[str] | None:
    """Return the pattern of a rule. Return None if the rule does not match with a compiled pattern."""
    own = getattr(rule[0], "__self__", None)
    return own if isinstance(own, re.Pattern) and rule[0] == own.match else None


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
