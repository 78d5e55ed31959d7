"""Show who may change a name, make a deploy key, and permit or revoke such a key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.confirm import confirm
from publisher.app.context import Session
from publisher.app.deploy_key import KEYSTORE, UPDATES
from publisher.app.replace_file import replace_text
from publisher.errors import ConfigError, NamingError
from publisher.fast_dataclass import dataclass, replace

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.names.ens.permissions import ApprovalPlan, DeployFunds, NameRights, Permissions

DELEGATE_FILE, REVOKE_FILE = "safe-delegate.json", "safe-revoke.json"
"""The files with a call for the Transaction Builder of a Safe, in the folder of the site. A publish writes neither."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made."""

    address: str
    file: str
    """The path of the keystore as publish.toml writes it."""
    password_env: str
    funds: DeployFunds | None
    """The ether that the key needs, or None if it is unknown."""
    fault: str = ""
    """The reason why the price of gas is unknown, or "" if it is known or the site has no name."""


@dataclass(frozen=True, slots=True)
class PermissionRequest:
    """A request to give the key `delegate` the right to change the record of a name, or to take this right away."""

    delegate: str
    allow: bool
    name: str = ""
    """The name, or "" for the only ENS name of the site."""
    signer: str = ""
    """The signer for this run, or "" for the signer in publish.toml."""
    password_env: str = ""
    """The variable with the password of the keystore in `signer`, or "" if `signer` needs no password."""
    calldata: bool = False
    """Write the call for another program instead of signing it."""
    yes: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class PermissionListener:
    """The functions that a change of a permission calls with its progress."""

    plan: Callable[[ApprovalPlan], None]
    """Called with the call and its price before the question to the person."""
    written: Callable[[ApprovalPlan, Path | None], None]
    """Called with the call and the file that has it for the Transaction Builder, or None if no file was written."""
    done: Callable[[ApprovalPlan, str], None]
    """Called at the end with the hash of the transaction, or "" if there was nothing to do."""


def who(session: Session, name: str = "") -> NameRights:
    """Return who may change a name. Without `name`, it is the only ENS name of the site.

    Raises ConfigError if the site has no ENS name, and NamingError if the name cannot be read.
    """
    return _open(session, session.settings(), name).rights()


def new_key(session: Session, file: str, password_env: str) -> NewKey:
    """Make a key, write its keystore into the folder of the site, and return its address and the ether that it needs.

    The password comes from the variable `password_env`. Raises ConfigError if the variable is not set, if the file
    exists, or if the file would be published or leave the folder.
    """
    from publisher.names.signers.new_keystore import make_keystore

    settings = session.settings()
    path = _inside(session, settings, file)
    password = session.env.get(password_env, "")
    if not password:
        raise ConfigError(
            password_env,
            "this variable has no password for the new key",
            hint=f"export {password_env}=… with a password of 12 or more characters, then run again",
        )
    funds, fault = None, ""
    if any(entry.kind == "ens" for entry in settings.names):
        try:
            funds = _open(session, settings, "").funds(UPDATES)
        except NamingError as error:  # The key can be made without a chain.
            fault = str(error)
    return NewKey(make_keystore(path, password), file, password_env, funds, fault)


def permit(session: Session, request: PermissionRequest, listener: PermissionListener) -> None:
    """Give or take the right to change the record of a name, or write the call for another program.

    Raises ConfigError for a wrong address or setting, NamingError if the change is not possible, StateError for a
    damaged journal, and Unfinished if the person does not confirm or the transaction needs more time.
    """
    from publisher.names.ens.approval import checked_address

    if request.password_env and not request.signer:
        raise ConfigError(
            "--password-env",
            "this option belongs to --signer, which is missing",
            hint="add --signer keystore:FILE, or write password-env below the name in publish.toml",
        )
    settings = session.settings()
    delegate = checked_address(request.delegate)
    name = _open(session, settings, request.name, request.signer, request.password_env)
    with session.journal().locked():
        plan = name.plan(delegate, request.allow, sign=not request.calldata)
        listener.plan(plan)
        if plan.approval.done or (request.dry_run and not request.calldata):
            return listener.done(plan, "")
        if request.calldata:
            return listener.written(plan, None if request.dry_run else _write_batch(session, plan))
        if not request.yes:
            confirm(session.report, "Send it?", "nothing was signed")
        journal = session.journal()
        outcome = name.change(plan, journal.events(), journal.append, session.report.say)
        return listener.done(plan, outcome.transaction)


def _open(session: Session, settings: Config, name: str, signer: str = "", password_env: str = "") -> Permissions:
    """Open the rights of a name. Raises ConfigError if the site has no ENS name, or several and `name` is empty."""
    from publisher.names import ens

    entries = [entry.settings for entry in settings.names if entry.kind == "ens"]
    chosen = [each for each in entries if each.name == name] or entries[: 1 if name else None]
    if not chosen:
        raise ConfigError(
            "publish name",
            "the site has no ENS name",
            hint='add [names.main] with kind = "ens", name and rpc to publish.toml',
        )
    if len(chosen) > 1:
        raise ConfigError(
            "publish name",
            f"the site has {len(chosen)} ENS names",
            hint=f"name one of them: {', '.join(each.name for each in chosen)}",
        )
    wanted = replace(chosen[0], name=name or chosen[0].name)
    if signer:
        wanted = replace(wanted, signer=signer, password_env=password_env)
    return ens.open_permissions(wanted, session.name_context(settings))


def _inside(session: Session, settings: Config, file: str) -> Path:
    """Return the path of a new keystore.

    Raises ConfigError if the path leaves the site, or leads into a folder that a build reads or writes.
    """
    path = session.site / file
    place = Path(file)
    published = {settings.build.content, settings.build.templates, settings.build.static, settings.build.output}
    if place.is_absolute() or ".." in place.parts or any(place.is_relative_to(folder) for folder in published):
        raise ConfigError(
            file,
            "a keystore must be in the folder of the site, and not in a folder that is published",
            hint=f"write a name such as {KEYSTORE}",
        )
    return path


def _write_batch(session: Session, plan: ApprovalPlan) -> Path:
    """Write the file for the Transaction Builder into the folder of the site, and return its path.

    If the file had another call, the report says that this call is replaced, because it may not have been sent yet.
    Raises ConfigError if the file cannot be written.
    """
    from publisher.names.ens.tx_builder import batch_file

    call = plan.approval
    path = session.site / (DELEGATE_FILE if call.allow else REVOKE_FILE)
    verb = "permit" if call.allow else "revoke"
    calls = [(call.to, f"0x{call.data.hex()}")]
    text = batch_file(plan.chain, calls, f"{call.name}: {verb} {call.delegate}", f"{call.effect}.")
    if path.is_file() and path.read_bytes() != text.encode():
        session.report.say(f"{path} had another call, which is replaced")
    replace_text(path, text)
    return path
