"""ENS: a name that shows a root. Everything heavy is imported when a name is opened or looked at, never before."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, NameUnusable
from publisher.names.base import NameContext, NameService

if TYPE_CHECKING:
    from publisher.names.ens.rpc import Chain

URL = re.compile(r"https?://[^/\s]+")
NO_URL = "rpc must be a list of http:// or https:// addresses"
PLAIN = re.compile(r"(?:(?!..--)[a-z0-9-]{1,63}\.)+[a-z]{2,63}")
"""Names that are spelled right as they are, without a look into any table, and that DNS has room for."""
SIGNING = ("signer", "password_env")
"""The fields of EnsSettings whose variables sign: they are sent to nobody."""

SIGNER = re.compile(r"|env:PUBLISH_[A-Z0-9_]+|keystore:.+")


@dataclass(frozen=True, slots=True)
class EnsSettings:
    """A `[names.X]` table of kind ens."""

    name: str
    rpc: tuple[str, ...]
    """End points, best first; env:PUBLISH_X reads one from the environment, since such URLs carry keys."""
    chain_id: int = 1
    signer: str = ""
    """env:PUBLISH_KEY, keystore:FILE, or nothing: then the name can be looked at and not moved."""
    password_env: str = ""
    """The variable that holds the keystore's password."""
    max_fee_gwei: float = 5.0
    """The most that is paid, in gwei a gas."""
    confirmations: int = 1
    timeout: int = 300
    """Seconds to wait for a transaction to be mined; after that it is pending, and the next run goes on."""


SETTINGS: type[EnsSettings] = EnsSettings


def connect(settings: EnsSettings, context: NameContext) -> NameService:
    """Open a name. Asks nobody yet. ConfigError, or NameUnusable for what is no name."""
    from publisher.names.ens.normalize import normalise
    from publisher.names.ens.service import EnsName

    name = normalise(settings.name)
    _check_all_but_name(settings)
    return EnsName(settings, name, open_chain(settings, context), context)


def home(settings: EnsSettings) -> str:
    """The address at which a visitor without an IPFS browser finds the name; empty where there is none."""
    if PLAIN.fullmatch(settings.name):
        return f"https://{settings.name}.limo/" if settings.name.endswith(".eth") else ""
    from publisher.names.ens.normalize import as_url, normalise

    return as_url(normalise(settings.name).text)


def open_chain(settings: EnsSettings, context: NameContext) -> Chain:
    """The chain of a name, for whoever only reads: `resolver.lookup(open_chain(...), "any.eth")`."""
    from publisher.names.ens.rpc import Chain

    urls = [context.address(url.removeprefix("env:")) if url.startswith("env:") else url for url in settings.rpc]
    if not all(URL.match(url) for url in urls):
        raise ConfigError(settings.name, NO_URL, hint="correct it in publish.toml, or in the variable that it names")
    return Chain(urls, settings.chain_id, sleep=context.sleep)


def open_lookup(settings: EnsSettings, context: NameContext) -> Callable[[str], str]:
    """What any name shows, as a URI, empty when nothing: for several threads, each with connections of its own.

    Asks nobody yet. ConfigError for end points that are none; errors of a look: the NamingError family.
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
    """Whether it is said who signs: without, the name can be looked at and not moved."""
    return bool(settings.signer)


def signs(settings: EnsSettings, folder: Path, key: bytes, read: Callable[[str], str]) -> bool:
    """Whether a private key is the one of the configured keystore: by the address in the file, else by opening it."""
    if not settings.signer.startswith("keystore:"):
        return False
    from publisher.names.signers import keys

    password = read(settings.password_env)
    return keys.belongs(folder / settings.signer.removeprefix("keystore:"), key, password)


def check(settings: EnsSettings) -> None:
    """ConfigError for what can be wrong without asking anybody."""
    _check_all_but_name(settings)
    if PLAIN.fullmatch(settings.name):
        return
    from publisher.names.ens.normalize import normalise

    try:
        normalise(settings.name)
    except NameUnusable as error:
        raise ConfigError(settings.name, f"name: {error.message}", hint=error.hint) from error


def _check_all_but_name(settings: EnsSettings) -> None:
    """The same for all but the name."""
    wrong = ""
    if not settings.rpc:
        wrong, hint = "rpc is empty", "name at least one end point of the chain"
    elif not all(url.startswith("env:") or URL.match(url) for url in settings.rpc):
        wrong, hint = NO_URL, 'such as rpc = ["https://rpc.example.org"]'
    elif not SIGNER.fullmatch(settings.signer):
        wrong = "signer is of a form that is not known"
        hint = 'write signer = "env:PUBLISH_KEY" (a private key) or "keystore:FILE" (with password-env)'
    elif settings.signer.startswith("keystore:") and not settings.password_env:
        wrong, hint = "a keystore needs its password", 'write password-env = "PUBLISH_PASSWORD"'
    elif settings.max_fee_gwei <= 0:
        wrong, hint = "max-fee-gwei must be more than 0", "5 is a careful ceiling"
    elif settings.confirmations < 1:
        wrong, hint = "confirmations must be 1 or more", "1 is the block that it is mined in"
    elif settings.timeout < 1:
        wrong, hint = "timeout must be 1 second or more", "300 is five minutes, 25 blocks"
    if wrong:
        raise ConfigError(settings.name, wrong, hint=hint)
