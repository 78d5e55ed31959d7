"""Read the tokens of a formula, and the arguments of commands. Callers can put tokens back and read them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from publisher.site.markdown.math.formula import BadFormula
from publisher.site.markdown.math.tex import Token

LONGEST = 100_000
"""The largest number of tokens that macros may add to a formula."""


class Reader:
    """The tokens of a formula that have not been read."""

    def __init__(self, parts: Iterable[Token]) -> None:
        self._left = list(parts)[::-1]
        self._added = 0

    def next(self) -> Token | None:
        """Read the next token and return it, or None at the end."""
        return self._left.pop() if self._left else None

    def peek(self) -> Token | None:
        """Read the blanks that come next. Return the token after them without reading it, or None at the end."""
        while self._left and self._left[-1].text == " ":
            self._left.pop()
        return self._left[-1] if self._left else None

    def directly(self, text: str) -> bool:
        """Return whether the next token is `text`. A blank counts as a token."""
        return bool(self._left) and self._left[-1].text == text

    def put_back(self, parts: Sequence[Token]) -> None:
        """Put these tokens back. They are the next tokens to be read.

        Raises BadFormula if more than LONGEST tokens have been put back.
        """
        self._added += len(parts)
        if self._added > LONGEST:
            raise BadFormula("its macros make it too long", parts[0].start)
        self._left.extend(reversed(parts))

    def argument(self, command: Token) -> list[Token]:
        """Read an argument of `command`: one token or a group. Return its tokens, without the braces of a group.

        Raises BadFormula if there is no argument.
        """
        first = self.peek()
        if first is None or first.text in ("}", "&"):
            raise BadFormula(f"something is missing after {command.text}", command.start)
        self._left.pop()
        if first.text != "{":
            return [first]
        return self._until(lambda sign: sign == "}", "a { without a }", first.start)

    def optional(self, command: Token) -> list[Token] | None:
        """Read an argument in brackets, and return its tokens. Return None if the next token is no `[`.

        Raises BadFormula if the `]` is missing.
        """
        first = self.peek()
        if first is None or first.text != "[":
            return None
        self._left.pop()
        return self._until(lambda sign: sign == "]", "a [ without a ]", command.start)

    def until(self, text: str, command: Token) -> list[Token]:
        """Read up to and including the next token `text` that is outside groups. Return the tokens before it.

        Raises BadFormula if there is no such token.
        """
        return self._until(lambda sign: sign == text, f"{text} is missing after {command.text}", command.start)

    def rest_of_group(self) -> list[Token]:
        """Read and return the tokens up to the end of the current group, cell or formula."""
        depth = 0
        found: list[Token] = []
        while self._left:
            sign = self._left[-1].text
            if not depth and sign in ("}", "&", "\\\\", "\\cr", "\\end", "\\right"):
                break
            depth += (sign in ("{", "\\begin", "\\left")) - (sign in ("}", "\\end", "\\right"))
            found.append(self._left.pop())
        return found

    def _until(self, is_end: Callable[[str], bool], fault: str, at: int) -> list[Token]:
        depth = 0
        found: list[Token] = []
        while self._left:
            token = self._left.pop()
            if not depth and is_end(token.text):
                return found
            depth += (token.text == "{") - (token.text == "}")
            if depth < 0:
                break
            found.append(token)
        raise BadFormula(fault, at)


def plain(parts: Iterable[Token]) -> str:
    """Return the text of the tokens, without the blanks at the beginning and the end."""
    return "".join(part.text for part in parts).strip()
