"""Read the values of the variables that a configuration names, so that no file with such a value is published."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from publisher.secrets.scan import SecretSearch
from publisher.secrets.values import (
    SHORTEST,
    SHORTEST_CONCEALED,
    SecretValue,
    credentials,
    short_value_of,
    values_of,
)

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.config import Config

SALT = "salt"
"""The cache has the salt under this key (the argument `stage` of `Cache.recall`)."""


def search_for(settings: Config, secret: Callable[[str], str], cache: Cache | None) -> SecretSearch:
    """Return the search for the secrets of a site.

    `secret` returns the value of a variable, or an empty string if it is not set. `cache` records which files were
    searched. If `cache` is None, no file is recorded.
    """
    values: dict[bytes, SecretValue] = {}
    for value in _values(settings, secret):
        values.setdefault(value.secret(), value)
    salt = _salt(cache) if values and cache is not None else b""
    return SecretSearch(tuple(values.values()), frozenset(settings.secrets.allow), salt)


def conceal(settings: Config | None, secret: Callable[[str], str]) -> Callable[[str], str]:
    """Return a function that returns a text in which the names of the variables replace the secret values.

    These are the values of the variables that `settings` names, and the token of the forge. `secret` returns the value
    of a variable, or an empty string if it is not set. Values that are too short for a search of files are
    concealed too, if `short_value_of` yields them.
    """
    from publisher.ci.pipeline import TOKEN

    token = values_of(TOKEN, "secret", secret(TOKEN))
    values = [*token, *(_values(settings, secret, concealed=True) if settings is not None else ())]
    # A value may be a part of a longer one. The longer one has to be found first.
    return SecretSearch(tuple(sorted(values, key=lambda value: -value.reach))).masked


def _values(settings: Config, secret: Callable[[str], str], *, concealed: bool = False) -> Iterator[SecretValue]:
    """Yield the secret values of the variables that `settings` names. With `concealed`, also yield short ones.

    The header for HTTP basic authentication has the user name and the password in one encoded text. This text is secret
    too, so it is also yielded.
    """
    from publisher.config import variables

    users: dict[tuple[str, ...], str] = {}
    for variable in variables(settings):
        if variable.use == "user":
            users[variable.path[:-1]] = variable.name
            continue
        value = secret(variable.name)
        yield from values_of(variable.name, "address" if variable.use == "address" else "secret", value)
        if concealed and variable.use != "address":
            yield from short_value_of(variable.name, value)
        if (user := users.get(variable.path[:-1])) and variable.path[-1] == "password-env":
            shortest = SHORTEST_CONCEALED if concealed else SHORTEST
            yield from credentials(variable.name, secret(user), value, shortest)


def _salt(cache: Cache) -> bytes:
    """Return the salt of the cache. The first call makes it.

    The cache records digests of secret values. Without a salt, a table of digests could reveal the values.
    """
    salt = cache.recall(SALT, b"")
    if salt is None:
        salt = os.urandom(16)
        cache.remember(SALT, b"", salt)
    return salt
