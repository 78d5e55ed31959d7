"""Make the tokens of Pygments in less time, by trying all patterns of a state as one pattern.

A lexer of Pygments tries about thirty patterns at each token, with one call for each. One alternation of all patterns
finds the same first match in a single call. To compile the alternation takes as long as twenty blocks of code. So it is
compiled after twenty blocks of a language. The tokens are the same, and tests compare them. If a version of Pygments
stores its patterns in an unknown way, the slower lexer of Pygments is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

from pygments.lexer import Lexer, RegexLexer
from pygments.token import Error, Whitespace
from pygments.token import Token as Root

TokenType = Any
"""The type of a token in Pygments. It has no public name."""

_KIND = type(Root)

Token = tuple[TokenType, str]
WORTH = 20
"""The number of blocks of a language after which its patterns are compiled into one."""

_Match = Callable[[str, int], "re.Match[str] | None"]
_Rule = tuple[_Match, Any, Any]
"""A rule as Pygments stores it: the pattern, the type of a match, and the next states."""
_Step = tuple[_Match, dict[int, _Rule]]
"""One pattern for several rules. The number of the last group that closed says which rule has matched."""

# Matches what cannot be part of an alternation: references to groups, named groups, conditions and flags.
_ALONE = re.compile(r"\\[1-9]|\(\?P|\(\?\(|\(\?[a-zA-Z]+\)")
_FLAGS = re.compile(r"\(\?([ims]+)\)")


class FastLexer:
    """A lexer of Pygments, and the compiled patterns of the states that it has reached."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer: Any = lexer
        kind: Any = type(lexer)
        regular = kind.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed and not lexer.filters
        self._left = WORTH if regular and kind.get_tokens is Lexer.get_tokens else -1
        self._rules: dict[str, list[_Rule]] = {}
        self._states: dict[str, list[_Step]] = {}
        self._whole = _preparing(self._lexer)

    def tokens(self, code: str) -> Iterator[Token]:
        """Yield the tokens of Pygments, but no empty tokens. Some tokens may be split into two."""
        if not self._left and not self._rules:
            self._rules = _rules_of(self._lexer)
            self._left = 0 if self._rules else -1
        if self._left:
            self._left -= 1
            found: Iterator[Token] = self._lexer.get_tokens(code)
            return found
        return self._tokens("".join([text for _, text in self._whole.get_tokens(code)]))

    def _tokens(self, text: str) -> Iterator[Token]:
        place, stack, steps = 0, ["root"], self._steps("root")
        while True:
            for match, rules in steps:
                found = match(text, place)
                if found:
                    own, action, after = rules[found.lastindex or 0]
                    if type(action) is _KIND:
                        yield action, found.group()
                    elif action is not None:
                        yield from self._parts(action, own(text, place))
                    place = found.end()
                    if after is not None:
                        _move(stack, after)
                        steps = self._steps(stack[-1])
                    break
            else:
                if place == len(text):
                    return
                if text[place] == "\n":
                    stack, steps = ["root"], self._steps("root")
                yield Whitespace if text[place] == "\n" else Error, text[place]
                place += 1

    def _parts(self, action: Any, found: re.Match[str] | None) -> Iterator[Token]:
        return ((kind, text) for _, kind, text in action(self._lexer, found))

    def _steps(self, state: str) -> list[_Step]:
        known = self._states.get(state)
        if known is None:
            known = self._states[state] = list(_together(self._rules[state], self._lexer.flags))
        return known


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
    """Change the stack of states as `after` says, the last part of a rule. The lowest state always stays."""
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


def _together(rules: list[_Rule], flags: int) -> Iterator[_Step]:
    """Yield steps for the rules of a state, in the order of the rules. There are as few steps as possible."""
    run: list[tuple[str, int, _Rule]] = []
    for rule in rules:
        pattern = _pattern(rule)
        assert pattern is not None
        text = _among_others(pattern, flags)
        if text is not None:
            run.append((text, pattern.groups, rule))
            continue
        yield from _one_pattern(run, flags)
        run = []
        yield rule[0], dict.fromkeys(range(pattern.groups + 1), rule)
    yield from _one_pattern(run, flags)


def _one_pattern(run: list[tuple[str, int, _Rule]], flags: int) -> Iterator[_Step]:
    if not run:
        return
    last, rules = 0, {}
    for _, groups, rule in run:
        last += groups + 1
        rules[last] = rule
    yield re.compile("|".join([f"(?:{text})()" for text, _, _ in run]), flags).match, rules


def _among_others(pattern: re.Pattern[str], flags: int) -> str | None:
    """Return the text of a pattern in a form that can be part of an alternation, or None if there is no such form."""
    text = pattern.pattern
    own = _FLAGS.match(text)
    if own:
        text = f"(?{own[1]}:{text[own.end() :]})"
    elif pattern.flags != flags | re.UNICODE:
        return None
    return None if flags & re.VERBOSE or _ALONE.search(text) else text
