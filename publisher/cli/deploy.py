"""`publish deploy`: bare `publish` without the build. None of the author's code runs here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.cli.add import take
from publisher.cli.deploying import carry_out
from publisher.cli.group import common, deploying, plain
from publisher.cli.places import bring
from publisher.cli.session import Session
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from publisher.config import Settings
    from publisher.dag.cid import Cid


@click.command()
@click.argument("target", metavar="ROOT|FOLDER|CAR")
@deploying
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str, yes: bool, dry_run: bool, skip_name: bool) -> None:
    """Store, pin, verify and name a root, a folder or a CAR file."""
    settings = session.settings()
    root = find(session, settings, target)
    carry_out(session, settings, root, yes=yes, dry_run=dry_run, skip_name=skip_name)


def find(session: Session, settings: Settings, target: str) -> Cid:
    """A root by its CID, its unique beginning, @N (0 is the newest), or as a folder or CAR file.

    Blocks of a root that are not here are brought back from the stores and gateways.
    """
    from publisher.intake import must_be_folder
    from publisher.roots import known, pick

    if not target:  # a variable that was not set: never the folder that we happen to be in
        raise ConfigError("publish deploy", "the root or path is empty", hint="write . for this folder")
    if Path(target).exists():
        return take(session, Path(target))
    root = pick(target, known(session.journal().events()))
    bring(session, settings, root)
    must_be_folder(session.cache().get, root, target)
    return root
