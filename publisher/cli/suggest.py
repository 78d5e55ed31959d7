"""Suggest the nearest known word for a misspelt command or option."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word nearest to `word`, or an empty string if no known word is similar.

    If exactly one known word begins with `word`, this word is returned. Otherwise the most similar word is returned.
    The case of `word` is ignored.
    """
    import difflib

    word, names = word.lower(), list(known)
    begun = [name for name in names if len(word.lstrip("-")) > 1 and name.startswith(word)]
    near = begun if len(begun) == 1 else difflib.get_close_matches(word, names, 1)
    return near[0] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the question ` Did you mean …?` for the end of a message, or an empty string if no known word is near."""
    near = nearest(word, known)
    return f" Did you mean {near}?" if near else ""


def no_option(option: str, words: Sequence[str], known: Sequence[str]) -> str:
    """Return the message about an option that a command does not have. `words` are the arguments of the command.

    If a long option is written with one dash, click reports only its first letter. The function then finds the whole
    option in `words`.
    """
    if not option.startswith("--"):
        known = [name for name in known if name.startswith("--")]
        whole = (each.partition("=")[0] for each in words if each[:1] == "-" != each[1:2] and option[1:] in each)
        option = next((each for each in whole if len(each) > 2 and nearest(f"-{each}", known)), option)
    meant = did_you_mean(option if option.startswith("--") else f"-{option}", known) if len(option) > 2 else ""
    return f"There is no option {option!r}.{meant}"
