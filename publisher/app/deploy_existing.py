"""Deploy a root, a folder or a CAR file, however it is called. None of the author's code runs here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.add import import_path
from publisher.app.context import Session
from publisher.app.deploying import DeployListener, DeployOptions, carry_out
from publisher.app.root_arguments import find
from publisher.app.sources import fetch_root

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid


def deploy(session: Session, target: str, options: DeployOptions, listener: DeployListener, *, hidden: bool) -> None:
    """Store, pin, verify and name it. With `hidden`, a folder's names that begin with a dot are taken along."""
    settings = session.settings()
    root = at_hand(session, settings, target, hidden=hidden)
    carry_out(session, settings, root, options, listener)


def at_hand(session: Session, settings: Config, target: str, *, hidden: bool = False) -> Cid:
    """What is to be deployed, however it is called. Blocks that are not here are brought from stores and gateways."""
    from publisher.intake.archive import must_be_folder

    if hidden and target and Path(target).is_dir():
        return import_path(session, Path(target), hidden=True)
    root = find(session, target)
    if not Path(target).exists():
        fetch_root(session, settings, root)
        must_be_folder(session.cache().get_verified, root, target)
        refuse(session, settings, root, target)
    return root


def refuse(session: Session, settings: Config, root: Cid, target: str) -> None:
    """ContentError with the secrets in a root's files, unless it was searched for the same ones before."""
    from publisher.build.secret_scan import key_of, remember, was_searched
    from publisher.intake.archive import refuse_secrets

    cache, search = session.cache(), session.secret_search(settings)
    key = key_of(search)
    if not was_searched(root, key, cache):
        refuse_secrets(cache.get_verified, root, search, target)
        remember(root, key, cache)
