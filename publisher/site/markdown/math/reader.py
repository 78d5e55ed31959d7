"""Reads tokens one after the other, with the arguments of commands. Expanded macros go back to its beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from publisher.site.markdown.math.tex import BadFormula, Token

LONGEST = 100_000
"""The largest number of tokens that macros may add to a formula."""


class Reader:
    """The tokens of a formula that are not read yet."""

    def __init__(self, parts: Iterable[Token]) -> None:
        self._left = list(parts)[::-1]
        self._added = 0

    def next(self) -> Token | None:
        """Return the next token and go behind it. Return None at the end."""
        return self._left.pop() if self._left else None

    def peek(self) -> Token | None:
        """Return the next token that is no blank, and go behind the blanks before it. Return None at the end."""
        while self._left and self._left[-1].text == " ":
            self._left.pop()
        return self._left[-1] if self._left else None

    def directly(self, text: str) -> bool:
        """Return whether the next token is `text`, without a blank before it."""
        return bool(self._left) and self._left[-1].text == text

    def put_back(self, parts: Sequence[Token]) -> None:
        """Let these tokens be read next. Raise BadFormula if all that was put back is longer than LONGEST."""
        self._added += len(parts)
        if self._added > LONGEST:
            raise BadFormula("its macros make it too long", parts[0].start)
        self._left.extend(reversed(parts))

    def argument(self, command: Token) -> list[Token]:
        """Return the next token, or the tokens of the next group without its braces.

        Raise BadFormula if there is none.
        """
        first = self.peek()
        if first is None or first.text in ("}", "&"):
            raise BadFormula(f"something is missing behind {command.text}", command.start)
        self._left.pop()
        if first.text != "{":
            return [first]
        return self._until(lambda sign: sign == "}", "a { without a }", first.start)

    def optional(self, command: Token) -> list[Token] | None:
        """Return the tokens between the next brackets. Return None if the next token is no `[`."""
        first = self.peek()
        if first is None or first.text != "[":
            return None
        self._left.pop()
        return self._until(lambda sign: sign == "]", "a [ without a ]", command.start)

    def until(self, text: str, command: Token) -> list[Token]:
        """Return the tokens up to the next `text` outside of groups, and go behind it. Raise BadFormula without one."""
        return self._until(lambda sign: sign == text, f"{text} is missing behind {command.text}", command.start)

    def rest_of_group(self) -> list[Token]:
        """Return the tokens up to the end of the group, the cell or the formula that is open here."""
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
    """Return the characters of the tokens, without blanks at both ends."""
    return "".join(part.text for part in parts).strip()
