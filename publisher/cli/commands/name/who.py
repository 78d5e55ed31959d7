"""`publish name who`: list the accounts that may change a name."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain


@click.command(cls=Command)
@click.argument("name", metavar="[NAME]", required=False, default="")
@common
@click.pass_obj
@plain
def command(session: Session, /, name: str) -> None:
    """Show who may change a name and its records.

    It lists the owner, the manager, the Name Wrapper, the operators, the delegates and the roles, with what each of
    them may do, and marks the configured signer. Without NAME, it shows the ENS name of the site.

    It changes nothing outside of `.publish`.

    Examples:
    publish name who
    publish name who example.eth
    """
    from publisher.app.name_permissions import who
    from publisher.cli.text.name import rights_lines, rights_row

    found, report = who(session, name), session.report
    report.data.update(rights_row(found))
    for line in rights_lines(found):
        report.result(line)
    if found.holders.unknown:
        report.warn(f"operators, delegates and roles may be missing: {found.holders.unknown}")
    report.finish()
