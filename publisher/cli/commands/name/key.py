"""`publish name key new`: make a deploy key."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import one_of, words_of

ACTIONS = ("new",)


@click.command(cls=Command)
@click.argument(
    "action", metavar="new", callback=one_of(ACTIONS), shell_complete=words_of(lambda: [(name, "") for name in ACTIONS])
)
@click.option(
    "--file", metavar="FILE", default="deploy-key.json", show_default=True, help="Write the keystore into this file."
)
@click.option(
    "--password-env",
    metavar="VARIABLE",
    default="PUBLISH_PASSWORD",
    show_default=True,
    help="Encrypt the keystore with the password in this variable.",
)
@common
@click.pass_obj
@plain
def command(session: Session, /, action: str, file: str, password_env: str) -> None:
    """Make a key that can only publish.

    It makes a new key and writes it into a keystore that the password encrypts. It prints the address of the key and
    never the key itself. It also prints how much ether 100 publishes need, and what comes next.

    It changes only the file of the keystore, which must not exist yet.

    Examples:
    publish name key new
    publish name key new --file ci-key.json --password-env PUBLISH_CI_PASSWORD
    """
    from publisher.app.name_permissions import new_key
    from publisher.cli.text.name import key_lines, key_row

    made, report = new_key(session, file, password_env), session.report
    report.data.update(key_row(made))
    report.result(made.address)
    for line in key_lines(made):
        report.say(line)
    report.finish()
