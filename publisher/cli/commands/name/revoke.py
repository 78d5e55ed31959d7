"""`publish name revoke`: take the permission of a key away."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.permissions import permitting


@click.command(cls=Command)
@permitting
@common
@click.pass_obj
@plain
def command(session: Session, /, **options: str | bool) -> None:
    """Take the permission of a key away again.

    The key can then no longer change the records of the name. The owner of the name has to send the call. With
    --calldata, the command signs nothing. It prints the call, and writes it into a file that a Safe imports.

    It changes the rights of the name on the chain, and the journal in `.publish`.

    Examples:
    publish name revoke 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    publish name revoke 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --calldata
    """
    from publisher.cli.permissions import run

    run(session, options, allow=False)
