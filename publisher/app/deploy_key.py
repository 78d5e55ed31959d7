"""Find the deploy key of a site, and read from the chain what it may do and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import ConfigError, PublishError
from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.names.ens import EnsSettings

UPDATES = 100
"""The number of updates for which a deploy key should have ether."""
KEYSTORE = "deploy-key.json"
"""The usual keystore of a deploy key, below the folder of the site."""


@dataclass(frozen=True, slots=True)
class DeployKey:
    """The key that signs in a pipeline. A value is None if the chain could not be read."""

    address: str = ""
    """The address of the key, or "" if there is no key on this machine."""
    file: str = ""
    """The keystore of the key below the folder of the site, or "" if the key is in a variable."""
    permitted: bool | None = None
    """Whether the key may change the record of the name."""
    balance: int | None = None
    """The ether of the key, in wei."""
    needed: int | None = None
    """The most that UPDATES updates cost at the present price of gas, in wei."""
    fault: str = ""
    """The reason why the chain could not be read, or "" if it was read."""


def find_key(session: Session, settings: Config, keystore: str) -> DeployKey:
    """Return the deploy key of the first ENS name of the site. Nothing is signed.

    The key is in the variable or the keystore that publish.toml names as the signer. Without such a key on this
    machine, it is in the file `keystore` below the folder of the site. A keystore that has the address of its key needs
    no password.
    """
    entry = next((each.settings for each in settings.names if each.kind == "ens"), None)
    address, file = _address(session, settings, entry, keystore)
    if entry is None or not address:
        return DeployKey(address, file)
    from publisher.names import ens

    try:
        permissions = ens.open_permissions(entry, session.name_context(settings))
        permitted = permissions.permits(address)
        balance = permissions.balance(address)
        return DeployKey(address, file, permitted, balance, permissions.funds(UPDATES).wei)
    except PublishError as error:
        return DeployKey(address, file, fault=str(error))


def _address(session: Session, settings: Config, entry: EnsSettings | None, keystore: str) -> tuple[str, str]:
    """Return the address of the key and the keystore with the key. Both are "" if there is no key."""
    from publisher.names.signers.keys import open_signer

    context = session.name_context(settings)
    signer, password = (entry.signer, entry.password_env) if entry is not None else ("", "")
    found = _opened(lambda: open_signer(signer, password, context).address) if signer else ""
    if found:
        return found, signer.removeprefix("keystore:") if signer.startswith("keystore:") else ""
    found = _opened(lambda: open_signer(f"keystore:{keystore}", password or "PUBLISH_PASSWORD", context).address)
    return found, keystore if found else ""


def _opened(address: Callable[[], str]) -> str:
    """Return an address, or "" if the key cannot be opened on this machine."""
    try:
        return address()
    except ConfigError:
        return ""
