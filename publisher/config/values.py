"""Check one value of publish.toml: its type, and that it is no secret. Show a value without its secrets."""

from __future__ import annotations

import re
import typing
import unicodedata
from types import NoneType
from typing import Any

PRIVATE_KEY = re.compile(r"(0x)?[0-9A-Fa-f]{64}")
SECRET = re.compile(r"PUBLISH_[A-Z0-9_]+")
_WORDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false", dict: "a table"}


def fit(value: Any, wanted: Any, key: str, choices: tuple[str, ...]) -> tuple[str, Any]:
    """Return the fault of a value, or an empty string if it has none, and the value in the type of its field.

    `wanted` is this type, `key` the key of the setting, and `choices` the allowed values, if they are limited.
    """
    options = typing.get_args(wanted) if typing.get_origin(wanted) is not tuple else ()
    kinds = tuple(kind for kind in (options or (wanted,)) if kind is not NoneType)
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if any(typing.get_origin(kind) is tuple for kind in kinds):
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            return "must be a list of texts", None
        return next(filter(None, (_secret_fault(text, key) for text in texts)), ""), tuple(texts)
    if not any(isinstance(value, kind) and isinstance(value, bool) == (kind is bool) for kind in kinds):
        return f"must be {_WORDS.get(kinds[0], 'a text')}, not {_WORDS.get(type(value), 'that')}", None
    if choices and value not in choices:
        return f"must be one of {', '.join(choices)}", None
    return _secret_fault(value, key), value


def _secret_fault(value: Any, key: str) -> str:
    """Return a fault if a value is a secret, has control characters, or names a variable without the prefix PUBLISH_.

    Because of the prefix, somebody who changes the file cannot make the program send other variables to a host. Return
    an empty string if the value has no fault.
    """
    if not isinstance(value, str) or not value:
        return ""
    if PRIVATE_KEY.fullmatch(value.strip().removeprefix("env:")):
        return "holds a private key: remove the key, name a PUBLISH_ variable here, and use that key no longer"
    if any(unicodedata.category(char) == "Cc" and char not in "\t\n\r" for char in value):
        return "holds control characters"
    name = value.removeprefix("env:") if value.startswith("env:") else value if key.endswith("-env") else None
    if name is None or SECRET.fullmatch(name):
        return ""
    return "must name an environment variable that begins with PUBLISH_ (the name, never the secret itself)"


def public(value: Any) -> Any:
    """Return a value without its secrets. A URL is cut after its host, because the rest may contain a key."""
    if isinstance(value, tuple):
        return tuple(public(item) for item in value)
    if not isinstance(value, str) or "://" not in value:
        return value
    scheme, _, rest = value.partition("://")
    place, slash, more = rest.partition("/")
    host = re.split(r"[?#]", place.rpartition("@")[2])[0]
    return f"{scheme}://{host}{'/…' if more or host != place else slash}"
