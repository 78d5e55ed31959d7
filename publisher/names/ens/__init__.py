"""Define the settings of ENS names, and open names. Heavy modules are imported only to open or read a name."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, NameUnusable
from publisher.fast_dataclass import dataclass
from publisher.names.base import CALLDATA, NameContext, NameService

if TYPE_CHECKING:
    from publisher.names.ens.fees import TransactionLimits
    from publisher.names.ens.permissions import Permissions
    from publisher.names.ens.rpc import Chain

URL = re.compile(r"https?://[^/\s]+")
NO_URL = "rpc must be a list of http:// or https:// addresses"
PLAIN = re.compile(r"(?:(?!..--)[a-z0-9-]{1,63}\.)+[a-z]{2,63}")
"""Matches a name that is already normalised and fits into DNS. Such a name needs no check by the tables of ENSIP-15."""
SIGNING = ("signer", "password_env")
"""The fields of EnsSettings that name variables with a key or a password.

The values of these variables never leave this machine.
"""

HIGH_FEE = 500.0
"""Gas has rarely cost more than this, in gwei. A higher limit may be a mistake."""
LEAST_GAS = 21_000
"""Every transaction takes at least this much gas."""

SIGNER = re.compile(rf"|env:PUBLISH_[A-Z0-9_]+|keystore:.+|{CALLDATA}")


@dataclass(frozen=True, slots=True)
class EnsSettings:
    """A `[names.LABEL]` table of kind ens."""

    name: str
    rpc: tuple[str, ...]
    """URLs of end points, best first. env:PUBLISH_X means the URL in that variable, which may have an API key."""
    chain_id: int = 1
    signer: str = ""
    """env:PUBLISH_KEY, keystore:FILE or calldata. Without a signer, the name can be read but not changed.

    The variable PUBLISH_KEY has a private key, or the text of a keystore.

    With calldata, the program signs nothing and prints the call that another person or program has to send.
    """
    password_env: str = ""
    """The name of the variable that holds the keystore's password."""
    max_fee_gwei: float = 5.0
    """The highest fee, in gwei per gas."""
    max_cost_eth: float | None = None
    """The most, in ether, that a change may cost with all its attempts.

    Without a value, it is the present cost of ten such changes, and at most 0.01 ether.
    """
    max_gas: int = 500_000
    """The largest gas limit of a transaction."""
    confirmations: int = 1
    """The number of blocks that must confirm a transaction. The block with the transaction is the first of them."""
    timeout: int = 300
    """Seconds to wait until a transaction is mined.

    After this time the transaction stays pending, and the next run continues with it.
    """

    @property
    def limits(self) -> TransactionLimits:
        """The limits of a change."""
        from publisher.names.ens.fees import ETHER, GWEI, TransactionLimits

        most = None if self.max_cost_eth is None else round(self.max_cost_eth * ETHER)
        return TransactionLimits(
            max_fee_wei=round(self.max_fee_gwei * GWEI),
            confirmations=self.confirmations,
            patience=float(self.timeout),
            max_gas=self.max_gas,
            max_cost_wei=most,
        )


SETTINGS: type[EnsSettings] = EnsSettings


def connect(settings: EnsSettings, context: NameContext) -> NameService:
    """Open a name. No request is sent yet.

    Raises ConfigError if a setting is wrong, and NameUnusable if the configured name is not a name.
    """
    from publisher.names.ens.normalize import normalise
    from publisher.names.ens.service import EnsName

    name = normalise(settings.name)
    _check_all_but_name(settings)
    return EnsName(settings, name, open_chain(settings, context), context)


def open_permissions(settings: EnsSettings, context: NameContext) -> Permissions:
    """Open the rights of a name. No request is sent yet.

    Raises ConfigError if a setting is wrong, and NameUnusable if the configured name is not a name.
    """
    from publisher.names.ens.normalize import normalise
    from publisher.names.ens.permissions import Permissions

    name = normalise(settings.name)
    _check_all_but_name(settings)
    return Permissions(settings, name, open_chain(settings, context), context)


def home(settings: EnsSettings) -> str:
    """Return the URL at which a browser without IPFS finds the name, or "" if there is none.

    Raises NameUnusable if the configured name is not a name.
    """
    if PLAIN.fullmatch(settings.name):
        return f"https://{settings.name}.limo/" if settings.name.endswith(".eth") else ""
    from publisher.names.ens.normalize import as_url, normalise

    return as_url(normalise(settings.name).text)


def open_chain(settings: EnsSettings, context: NameContext) -> Chain:
    """Open the chain of a name for reading, for example for `resolver.lookup`. No request is sent yet.

    Raises ConfigError if the variable of an end point is not set, or if an end point is not a URL.
    """
    from publisher.names.ens.rpc import Chain

    urls = [context.address(url.removeprefix("env:")) if url.startswith("env:") else url for url in settings.rpc]
    if not all(_is_url(url) for url in urls):
        raise ConfigError(settings.name, NO_URL, hint="correct it in publish.toml, or in the variable that it names")
    return Chain(urls, settings.chain_id, sleep=context.sleep, warn=context.warn)


def open_lookup(settings: EnsSettings, context: NameContext) -> Callable[[str], str]:
    """Return a function that turns any name into the URI of its record, or into "" if the record is empty.

    Each thread gets its own connections. Raises ConfigError if a setting is wrong. No request is sent yet. The returned
    function raises NamingError if a name cannot be read.
    """
    _check_all_but_name(settings)
    open_chain(settings, context).close()
    here = threading.local()

    def lookup_here(name: str) -> str:
        from publisher.names.ens.resolver import lookup

        if not hasattr(here, "chain"):
            here.chain = open_chain(settings, context)
        return lookup(here.chain, name)

    return lookup_here


def has_signer(settings: EnsSettings) -> bool:
    """Return whether a signer is configured. Without a signer, the name can be read but not changed."""
    return bool(settings.signer)


def high_fee(settings: EnsSettings) -> str:
    """Return `max-fee-gwei` with its value if it is above HIGH_FEE, else ""."""
    return f"max-fee-gwei = {settings.max_fee_gwei:g}" if settings.max_fee_gwei > HIGH_FEE else ""


def signs(settings: EnsSettings, folder: Path, key: bytes, read: Callable[[str], str]) -> bool:
    """Return whether `key` is the private key of the configured keystore. Return False if no keystore is configured.

    `folder` is the folder of publish.toml. `read` returns the value of a variable, or "" if it is not set.
    """
    from publisher.names.signers import keys

    kind, _, where = settings.signer.partition(":")
    source = folder / where if kind == "keystore" else read(where) if kind == "env" else ""
    if isinstance(source, str) and not keys.is_keystore(source):
        return False
    return keys.belongs(source, key, read(settings.password_env))


def check(settings: EnsSettings) -> None:
    """Raise ConfigError if a setting is wrong. Use no network."""
    _check_all_but_name(settings)
    if PLAIN.fullmatch(settings.name):
        return
    from publisher.names.ens.normalize import normalise

    try:
        normalise(settings.name)
    except NameUnusable as error:
        raise ConfigError(settings.name, f"name: {error.message}", hint=error.hint) from error


def _is_url(text: str) -> bool:
    """Return whether a text is an http:// or https:// URL with a host. If it has a port, the port must be valid."""
    from urllib.parse import urlsplit

    try:
        place = urlsplit(text)
        return bool(URL.match(text) and place.hostname and place.port != 0)
    except ValueError:
        return False


def _check_all_but_name(settings: EnsSettings) -> None:
    """Raise ConfigError if a setting other than the name is wrong."""
    _check_connection(settings)
    _check_limits(settings)


def _check_connection(settings: EnsSettings) -> None:
    """Raise ConfigError if the end points or the signer are configured wrongly."""
    wrong = ""
    if not settings.rpc:
        wrong, hint = "rpc is empty", "name at least one end point of the chain"
    elif not all(url.startswith("env:") or _is_url(url) for url in settings.rpc):
        wrong, hint = NO_URL, 'write rpc = ["https://rpc.example.org"]'
    elif not SIGNER.fullmatch(settings.signer):
        wrong = "signer has an unknown form"
        hint = 'write signer = "env:PUBLISH_KEY" (a private key), "keystore:FILE" (with password-env) or "calldata"'
    elif settings.signer.startswith("keystore:") and not settings.password_env:
        wrong, hint = (
            "password-env is missing: a keystore needs its password",
            'write password-env = "PUBLISH_PASSWORD"',
        )
    if wrong:
        raise ConfigError(settings.name, wrong, hint=hint)


def _check_limits(settings: EnsSettings) -> None:
    """Raise ConfigError if a limit is too low."""
    wrong = ""
    if settings.max_fee_gwei <= 0:
        wrong, hint = "max-fee-gwei must be more than 0", "write a careful ceiling, such as 5"
    elif settings.max_cost_eth is not None and settings.max_cost_eth <= 0:
        wrong, hint = "max-cost-eth must be more than 0", "write the most that one publish may cost, such as 0.002"
    elif settings.max_gas < LEAST_GAS:
        wrong, hint = "max-gas must be 21000 or more", "write 500000, or leave max-gas out"
    elif settings.confirmations < 1:
        wrong, hint = (
            "confirmations must be 1 or more",
            "write 1 to wait only for the block with the transaction, or a higher number",
        )
    elif settings.timeout < 1:
        wrong, hint = "timeout must be 1 second or more", "write 300 for five minutes, which is 25 blocks"
    if wrong:
        raise ConfigError(settings.name, wrong, hint=hint)
