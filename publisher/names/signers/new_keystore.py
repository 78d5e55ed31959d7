"""Make a new key and write it as a V3 keystore. The key itself is never shown and never returned."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from publisher.errors import ConfigError
from publisher.names.libraries import no_deeper
from publisher.names.signers.keys import ORDER, address_of

SHORTEST = 12
"""The least number of characters of a password. Anyone who gets the file can try passwords at any speed."""


def make_keystore(path: Path, password: str, draw: Callable[[int], int] = secrets.randbelow) -> str:
    """Make a key, write it to the new file `path`, and return its address.

    Only the owner of the file can read it. `password` encrypts the key with scrypt. `draw` returns a secret random
    number that is less than its argument. Raises ConfigError if the file exists or cannot be written, or if the
    password is too short.
    """
    if len(password) < SHORTEST:
        raise ConfigError(
            "password",
            f"the password has fewer than {SHORTEST} characters",
            hint="choose a longer password, then run again",
        )
    if path.exists():  # This check comes before the encryption, which takes a second.
        raise _exists(path)
    key = (1 + draw(ORDER - 1)).to_bytes(32)
    with no_deeper():
        from eth_account import Account

    text = json.dumps({**Account.encrypt(key, password), "address": address_of(key)})
    try:
        _write(path, text + "\n")
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigError(str(path), f"the keystore cannot be written: {why}", hint="choose another folder") from error
    return address_of(key)


def _exists(path: Path) -> ConfigError:
    return ConfigError(
        str(path), "this file exists already, so no key was made", hint="choose another name for the new file"
    )


def _write(path: Path, text: str) -> None:
    """Write a new file that only its owner can read, and make sure that it is on the disk.

    Raises OSError.
    """
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
