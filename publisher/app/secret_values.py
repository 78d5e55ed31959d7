"""The variables that a configuration names, and what may not be published of their values."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from publisher.secrets.scan import SecretSearch
from publisher.secrets.values import Value, credentials, values_of

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.config import Config

SALT = "salt"
"""The stage of one memo row."""


def search_for(settings: Config, secret: Callable[[str], str], cache: Cache | None) -> SecretSearch:
    """What is searched for on behalf of a site. `secret` gives the value of a variable, empty where it is not set.

    `cache` is where it will be remembered what was searched; None where nothing will.
    """
    values: dict[bytes, Value] = {}
    for value in _values(settings, secret):
        values.setdefault(value.secret(), value)
    salt = _salt(cache) if values and cache is not None else b""
    return SecretSearch(tuple(values.values()), frozenset(settings.secrets.allow), salt)


def _values(settings: Config, secret: Callable[[str], str]) -> Iterator[Value]:
    """The user of basic authentication is no secret, but it stands in a header together with the password."""
    from publisher.config import variables

    users: dict[tuple[str, ...], str] = {}
    for variable in variables(settings):
        if variable.use == "user":
            users[variable.path[:-1]] = variable.name
            continue
        yield from values_of(variable.name, "address" if variable.use == "address" else "secret", secret(variable.name))
        if (user := users.get(variable.path[:-1])) and variable.path[-1] == "password-env":
            yield from credentials(variable.name, secret(user), secret(variable.name))


def _salt(cache: Cache) -> bytes:
    """Of one cache alone, so that what it remembers of values cannot be looked up in a table."""
    salt = cache.recall(SALT, b"")
    if salt is None:
        salt = os.urandom(16)
        cache.remember(SALT, b"", salt)
    return salt
