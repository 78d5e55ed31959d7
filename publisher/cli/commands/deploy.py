"""`publish deploy`: bare `publish` without the build. None of the author's code runs here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.app.add import take
from publisher.app.context import Session
from publisher.app.deploying import carry_out
from publisher.app.root_arguments import find
from publisher.app.sources import bring
from publisher.cli.group import OfRoots, common, deploying, plain

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid


@click.command(cls=OfRoots)
@click.argument("target", metavar="ROOT|FOLDER|CAR")
@click.option("--hidden", is_flag=True, help="Of a folder, take along what begins with a dot.")
@deploying
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str, hidden: bool, yes: bool, dry_run: bool, skip_name: bool) -> None:
    """Store, pin, verify and name a root, a folder or a CAR file.

    ROOT is a CID, the beginning of one, @1 or -1 for an earlier one, or a name that shows it.
    """
    settings = session.settings()
    root = at_hand(session, settings, target, hidden=hidden)
    carry_out(session, settings, root, yes=yes, dry_run=dry_run, skip_name=skip_name)


def at_hand(session: Session, settings: Config, target: str, *, hidden: bool = False) -> Cid:
    """What is to be deployed, however it is called. Blocks that are not here are brought from stores and gateways."""
    from publisher.intake.archive import must_be_folder

    if hidden and target and Path(target).is_dir():
        return take(session, Path(target), hidden=True)
    root = find(session, target)
    if not Path(target).exists():
        bring(session, settings, root)
        must_be_folder(session.cache().sound, root, target)
        refuse(session, settings, root, target)
    return root


def refuse(session: Session, settings: Config, root: Cid, target: str) -> None:
    """ContentError with the secrets in a root's files, unless it was searched for the same ones before."""
    from publisher.build.secret_scan import key_of, remember, was_searched
    from publisher.intake.archive import refuse_secrets

    cache, search = session.cache(), session.search(settings)
    key = key_of(search)
    if not was_searched(root, key, cache):
        refuse_secrets(cache.sound, root, search, target)
        remember(root, key, cache)
