"""Deploy a root, a folder or a CAR file. No code of the site's author runs here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.add import PLAIN, FolderOptions, import_path, no_relative
from publisher.app.context import Session
from publisher.app.deploying import DeployListener, DeployOptions, carry_out
from publisher.app.root_arguments import find
from publisher.app.same_root import require_same_root
from publisher.app.sources import fetch_root

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid


def deploy(
    session: Session, target: str, options: DeployOptions, listener: DeployListener, folder: FolderOptions = PLAIN
) -> None:
    """Store, pin and verify `target`, then point the names at it. `target` is a root, a folder or a CAR file.

    `folder` says how a folder is put in the cache. Raises ConfigError, ContentError for secrets in the files,
    StoreError, NamingError, VerifyError and Unfinished.
    """
    settings = session.settings()
    root = at_hand(session, settings, target, folder)
    require_same_root(session, root, options.same_as, target)
    carry_out(session, settings, root, options, listener)


def at_hand(session: Session, settings: Config, target: str, folder: FolderOptions) -> Cid:
    """Return the root of `target`. Missing blocks are fetched into the cache from stores and gateways.

    Raises ConfigError for an unknown target, NamingError if a name cannot be read, BlockMissing if no source has a
    block, StoreRefused for a root that is not a folder, and ContentError for secrets in its files.
    """
    from publisher.intake.archive import must_be_folder

    no_relative(target, folder)
    if target and Path(target).is_dir():
        return import_path(session, Path(target), folder)
    root = find(session, target)
    if not Path(target).exists():
        fetch_root(session, settings, root)
        must_be_folder(session.cache().get_verified, root, target)
        refuse(session, settings, root, target)
    return root


def refuse(session: Session, settings: Config, root: Cid, target: str) -> None:
    """Raise ContentError if a file of `root` contains a secret.

    The cache records the search, so a second call for the same root and the same secrets reads no file.
    """
    from publisher.build.secret_scan import key_of, remember, was_searched
    from publisher.intake.archive import refuse_secrets

    cache, search = session.cache(), session.secret_search(settings)
    key = key_of(search)
    if not was_searched(root, key, cache):
        refuse_secrets(cache.get_verified, root, search, target)
        remember(root, key, cache)
