"""`publish add`: put a folder or a CAR file of another tool in the cache."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain, relative
from publisher.cli.values import files


@click.command(cls=Command)
@click.argument("path", shell_complete=files)
@click.option("--hidden", is_flag=True, help="Include names that begin with a dot, such as .well-known.")
@click.option("--check", is_flag=True, help="Check the links of every page, not only of a sample.")
@relative
@common
@click.pass_obj
@plain
def command(session: Session, /, path: str, hidden: bool, check: bool, relative: bool) -> None:
    """Put a folder or a CAR file in the cache; print its root.

    PATH is a folder that any tool has built, or a CAR file. If PATH is -, the command reads a CAR file from standard
    input. The command warns of links that do not work on an IPFS gateway. `publish deploy ROOT` can then publish the
    root.

    It changes only the cache in `.publish` of this folder, or of the folder that -C names. The folder need not contain
    a site.

    Examples:
    publish add public
    publish add --relative public
    publish add - < site.car
    """
    from publisher.app.add import FolderOptions, add

    root = add(session, path, FolderOptions(hidden, check, relative))
    session.report.result(str(root))
    session.report.finish()
