"""The options of `publish name delegate` and `publish name revoke`, and their output."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.names.ens.permissions import ApprovalPlan
    from publisher.report import Report

F = TypeVar("F", bound=Callable[..., Any])


def permitting(function: F) -> F:
    """Add the argument and the options of the commands that change a permission."""
    for option in (
        click.option("--yes", is_flag=True, help="Sign and send without asking. A script needs this."),
        click.option("--dry-run", is_flag=True, help="Show the call and its cost; sign and write nothing."),
        click.option("--calldata", is_flag=True, help="Print the call and write it for a Safe; sign nothing."),
        click.option(
            "--password-env",
            metavar="VARIABLE",
            default="",
            show_default="none",
            help="Open the keystore of --signer with the password in this variable.",
        ),
        click.option(
            "--signer",
            metavar="SIGNER",
            default="",
            show_default="the one in publish.toml",
            help="Sign with the owner's key: env:PUBLISH_X or keystore:FILE.",
        ),
        click.option(
            "--name", metavar="NAME", default="", show_default="the name of the site", help="Change this ENS name."
        ),
        click.argument("address", metavar="ADDRESS"),
    ):
        function = option(function)
    return function


def run(session: Session, options: dict[str, Any], *, allow: bool) -> None:
    """Change a permission and report the result. `options` are those of `permitting`."""
    from publisher.app.name_permissions import PermissionListener, PermissionRequest, permit

    report = session.report
    listener = PermissionListener(partial(_plan, report), partial(_written, report), partial(_done, report))
    permit(session, PermissionRequest(options.pop("address"), allow, **options), listener)
    report.finish()


def _plan(report: Report, plan: ApprovalPlan) -> None:
    from publisher.cli.text.name import plan_lines, plan_row

    report.data.update(plan_row(plan))
    for line in plan_lines(plan):
        report.say(line)


def _written(report: Report, plan: ApprovalPlan, path: Path | None) -> None:
    from publisher.cli.text.name import call_lines

    report.add("file", str(path) if path else None)
    for line in call_lines(plan):
        report.result(line)
    if path:
        report.say(f"{path} has the same call for the Transaction Builder of a Safe")


def _done(report: Report, plan: ApprovalPlan, transaction: str) -> None:
    report.add("transaction", transaction or None)
    if transaction:
        report.say(f"done by transaction {transaction}")
