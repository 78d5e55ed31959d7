"""Open the key that signs transactions.

`env:VARIABLE` names a variable with a private key, or with the text of a V3 keystore. `keystore:FILE` names a file with
a V3 keystore. The password of a keystore is in another variable. No message, repr or traceback holds a part of a key or
a password. The text of a library's error is never shown, because it may quote a key or a password.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.names.base import NameContext
from publisher.names.libraries import no_deeper

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of secp256k1 (https://www.secg.org/sec2-v2.pdf). A private key is at least 1 and less than ORDER."""
LARGEST_FILE = 1 << 16
"""At most this many bytes of a keystore file are read. A real keystore has about 500 bytes."""
LARGEST_WORK = 1 << 31
"""The largest amount of memory, in bytes, that scrypt may use (128 * n * r). Usual keystores need 256 MiB."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction of type 2 (EIP-1559) that calls a contract. The fees are in wei per gas."""

    chain: int
    nonce: int
    to: str
    data: bytes
    gas: int
    max_fee: int
    tip: int


class Signer(Protocol):
    """Signs transactions and sends nothing. Its methods raise ConfigError if the key cannot be used."""

    @property
    def address(self) -> str:
        """The address of the key, with its checksum."""
        ...

    def prove(self) -> None:
        """Check that the key can be used. Raises ConfigError if it cannot."""
        ...

    def sign(self, transaction: Transaction) -> bytes:
        """Return the raw bytes of the signed transaction."""
        ...


class KeySigner:
    """Signs with a private key. The key is read again for each use and is not kept in memory."""

    def __init__(self, address: str, read: Callable[[], bytes]) -> None:
        self._address = address
        self._read = read

    def __repr__(self) -> str:
        return f"KeySigner({self._address})"

    @property
    def address(self) -> str:
        """The address of the key."""
        return self._address

    def prove(self) -> None:
        """Read the key and forget it. So a wrong password is reported before any block is stored.

        Raises ConfigError if the key cannot be read, or if its address is not the address in the keystore.
        """
        self._key()

    def sign(self, transaction: Transaction) -> bytes:
        """Return the raw bytes of the signed transaction. A keystore is decrypted again for each transaction.

        Raises ConfigError as `prove` does.
        """
        return _signed(self._key(), transaction)

    def _key(self) -> bytes:
        key = self._read()
        if address_of(key) != self._address:
            raise ConfigError(
                "signer",
                f"the key belongs to {address_of(key)}, but the keystore names {self._address}",
                hint="correct the address in the keystore; if the key was changed during this run, run again",
            )
        return key


def open_signer(setting: str, password_env: str, context: NameContext) -> Signer:
    """Open the signer that publish.toml configures.

    `setting` is `env:VARIABLE` or `keystore:FILE`. `password_env` names the variable with the keystore's password.
    Raises ConfigError if the key cannot be read. The text of the error holds no part of the secret.
    """
    kind, _, where = setting.partition(":")
    if kind == "env" and where.startswith("PUBLISH_"):
        if is_keystore(text := context.secret(where)):
            return _keystore_signer(lambda: _env_keystore(context.secret(where), where), where, password_env, context)
        return KeySigner(address_of(_env_key(where, text)), lambda: _env_key(where, context.secret(where)))
    if kind == "keystore" and where:
        path = context.folder / where
        return _keystore_signer(lambda: _keystore(path), str(path), password_env, context)
    raise ConfigError(
        "signer",
        "the setting has an unknown form",  # the text does not quote the setting, because it may be the key itself
        hint='write signer = "env:PUBLISH_KEY" or signer = "keystore:FILE"',
    )


def is_keystore(text: str) -> bool:
    """Return whether the value of a variable begins as a keystore does. A private key has only hexadecimal digits."""
    return text.lstrip().startswith("{")


def belongs(source: Path | str, key: bytes, password: str) -> bool:
    """Return whether `key` is the private key of a keystore. Return False if this is unknown.

    `source` is the path of the keystore or its text. If the keystore has an address, it is compared with the address of
    `key`. Otherwise the keystore is decrypted with `password`.
    """
    try:
        keystore = _keystore(source) if isinstance(source, Path) else _env_keystore(source, "")
    except ConfigError:
        return False
    if written := _written_address(keystore):
        return _is_key(key) and address_of(key) == written
    return bool(password) and _decrypt(keystore, password)[0] == key


def address_of(key: bytes) -> str:
    """Return the address of a private key of 32 bytes."""
    with no_deeper():
        from eth_account import Account

    address: str = Account.from_key(key).address
    return address


def _signed(key: bytes, transaction: Transaction) -> bytes:
    # A run that signs also sends, and sending imports web3 in any case.
    with no_deeper():
        from web3 import Web3
        from web3.types import Nonce, TxParams, Wei

    fields: TxParams = {
        "type": 2,
        "chainId": transaction.chain,
        "nonce": Nonce(transaction.nonce),
        "to": Web3.to_checksum_address(transaction.to),
        "value": Wei(0),
        "data": transaction.data,
        "gas": transaction.gas,
        "maxFeePerGas": Wei(transaction.max_fee),
        "maxPriorityFeePerGas": Wei(transaction.tip),
    }
    return bytes(Web3().eth.account.sign_transaction(fields, key).raw_transaction)


def _env_key(variable: str, text: str) -> bytes:
    key = _parse(text)
    if key is None:
        raise ConfigError(
            variable,
            "this variable holds no private key",
            hint="write 64 hexadecimal digits, with or without 0x, or a whole keystore; no words, no quotation marks",
        )
    return key


def _parse(text: str) -> bytes | None:
    """Return the key that `text` holds as hexadecimal digits, or None if it holds no key.

    This function raises nothing, so no error can quote the key.
    """
    digits = text.strip().removeprefix("0x")
    if len(digits) != 64 or not all(c in "0123456789abcdefABCDEF" for c in digits):
        return None
    key = bytes.fromhex(digits)
    return key if _is_key(key) else None


def _is_key(key: bytes) -> bool:
    return len(key) == 32 and 0 < int.from_bytes(key, "big") < ORDER


def _keystore(path: Path) -> dict[str, Any]:
    """Read a V3 keystore.

    The format: https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage. Raises
    ConfigError if the file cannot be read or is no V3 keystore.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigError(
            "signer",
            f"the keystore {path} cannot be read: {why}",
            hint="write the path relative to the folder of publish.toml",
        ) from error
    found = _json(text)
    if not _is_version_3(found):
        raise ConfigError("signer", f"{path} is no V3 keystore", hint='name a JSON file with "crypto" and "version": 3')
    return dict(found)


def _env_keystore(text: str, variable: str) -> dict[str, Any]:
    """Return the V3 keystore in the value of a variable. Raises ConfigError if it is no V3 keystore."""
    found = _json(text.encode("utf-8", "surrogateescape"))
    if not _is_version_3(found):
        what = "this variable holds a text that is no complete V3 keystore"
        raise ConfigError(variable, what, hint="set it to all bytes of the keystore, from { to }")
    return dict(found)


def _is_version_3(found: Any) -> bool:
    return isinstance(found, dict) and found.get("version") == 3 and isinstance(found.get("crypto"), dict)


def _json(text: bytes) -> Any:
    """Return the parsed JSON, or None if `text` is not JSON.

    The parser's error is dropped, because it quotes the file. The file may be a private key instead of a keystore.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _written_address(keystore: dict[str, Any]) -> str:
    """Return the address in a keystore, which can be read without the password. Return "" if there is none."""
    digits = str(keystore.get("address", "")).lower().removeprefix("0x")
    if len(digits) != 40 or not all(c in "0123456789abcdef" for c in digits):
        return ""
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address("0x" + digits))


def _keystore_signer(
    read: Callable[[], dict[str, Any]], where: str, password_env: str, context: NameContext
) -> KeySigner:
    """Return the signer of a keystore, which `read` returns. `where` is its file or its variable, for messages."""

    def read_key() -> bytes:
        return _keystore_key(read(), where, password_env, context)

    return KeySigner(_written_address(read()) or address_of(read_key()), read_key)


def _keystore_key(keystore: dict[str, Any], where: str, password_env: str, context: NameContext) -> bytes:
    if not password_env:
        raise ConfigError("signer", "the keystore has no password-env", hint='add password-env = "PUBLISH_PASSWORD"')
    password = context.secret(password_env)
    key, why = _decrypt(keystore, password)
    if key is None:
        if why == WRONG:
            raise ConfigError(password_env, WRONG, hint="export the password without quotation marks and line end")
        raise ConfigError("signer", why, hint=f"look at {where}")
    return key


WRONG = "this password does not open the keystore"


def _decrypt(keystore: dict[str, Any], password: str) -> tuple[bytes | None, str]:
    """Return the decrypted key and "". If there is no valid key, return None and the reason.

    The errors of libraries are dropped, because they may quote their input.
    """
    with no_deeper():
        from eth_account import Account

    params = keystore["crypto"].get("kdfparams")
    if isinstance(params, dict) and _work(params) > LARGEST_WORK:
        return None, "the keystore asks for more memory than a real one needs"
    try:
        key = bytes(Account.decrypt(keystore, password))
    except foreign() as error:
        return None, WRONG if "MAC" in str(error) else "the keystore is damaged, or of a kind that cannot be read"
    return (key, "") if _is_key(key) else (None, "the keystore holds something that is no private key")


def foreign() -> tuple[type[BaseException], ...]:
    """Return the exceptions that eth_account and the libraries below it raise for a bad keystore."""
    from eth_utils.exceptions import ValidationError

    with no_deeper():
        from eth_keyfile.exceptions import EthKeyfileException

    wrong = (ValueError, TypeError, LookupError, ArithmeticError, NotImplementedError, MemoryError, AttributeError)
    return (EthKeyfileException, ValidationError, AssertionError, *wrong)


def _work(params: dict[str, Any]) -> int:
    n, r = params.get("n", 0), params.get("r", 0)
    return 128 * n * r if isinstance(n, int) and isinstance(r, int) else 0
