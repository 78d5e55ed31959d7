"""The nearest right word for one that is misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is meant, whatever its case: one that begins so, else the most similar; empty for none."""
    import difflib

    word, names = word.lower(), list(known)
    begun = [name for name in names if len(word.lstrip("-")) > 1 and name.startswith(word)]
    near = begun if len(begun) == 1 else difflib.get_close_matches(word, names, 1)
    return near[0] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The question to end a message with; empty where nothing is near."""
    near = nearest(word, known)
    return f" Did you mean {near}?" if near else ""


def no_option(option: str, words: Sequence[str], known: Sequence[str]) -> str:
    """What is said of an option that a command does not take; `words` are those that it was given.

    Of a long option behind one dash, the parser names the first letter alone: the whole word is among `words`.
    """
    if not option.startswith("--"):
        known = [name for name in known if name.startswith("--")]
        whole = (each.partition("=")[0] for each in words if each[:1] == "-" != each[1:2] and option[1:] in each)
        option = next((each for each in whole if len(each) > 2 and nearest(f"-{each}", known)), option)
    meant = did_you_mean(option if option.startswith("--") else f"-{option}", known) if len(option) > 2 else ""
    return f"There is no option {option!r}.{meant}"
