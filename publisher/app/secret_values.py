"""The values of the variables that a configuration names, which may not be published."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from publisher.secrets.scan import SecretSearch
from publisher.secrets.values import SecretValue, credentials, values_of

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.config import Config

SALT = "salt"
"""The stage of one row in the cache."""


def search_for(settings: Config, secret: Callable[[str], str], cache: Cache | None) -> SecretSearch:
    """Return what a site may not publish. `secret` returns the value of a variable, empty if it is not set.

    `cache` remembers which files were searched; with None, nothing is remembered.
    """
    values: dict[bytes, SecretValue] = {}
    for value in _values(settings, secret):
        values.setdefault(value.secret(), value)
    salt = _salt(cache) if values and cache is not None else b""
    return SecretSearch(tuple(values.values()), frozenset(settings.secrets.allow), salt)


def _values(settings: Config, secret: Callable[[str], str]) -> Iterator[SecretValue]:
    """Yield the secret values.

    The user of basic authentication is no secret, but stands in a header with the password.
    """
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
    """Return the salt of a cache: without it, a table could find the values behind the remembered digests."""
    salt = cache.recall(SALT, b"")
    if salt is None:
        salt = os.urandom(16)
        cache.remember(SALT, b"", salt)
    return salt
