"""`publish build`: turn the content into the output folder and a root."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import checking, common, plain
from publisher.cli.values import folders


@click.command(cls=Command)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    shell_complete=folders,
    show_default="output in publish.toml",
    help="Write the pages into this folder.",
)
@click.option(
    "--car",
    type=click.Path(path_type=Path),
    metavar="FILE",
    show_default="none",
    help="Write the site into this CAR file too.",
)
@click.option("--fresh", is_flag=True, help="Build every page again, without results of earlier builds.")
@checking
@common
@click.pass_obj
@plain
def command(
    session: Session,
    /,
    output: Path | None,
    car: Path | None,
    fresh: bool,
    lenient: bool,
    future: bool,
    now: date | None,
) -> None:
    """Turn the articles into pages and print their root.

    The root is the CID of the site on IPFS. The command sends nothing to the network.

    It changes the output folder, the CAR file that you name, and the cache in `.publish`.

    Examples:
    publish build
    publish build --output public
    publish build --car site.car
    """
    from publisher.app.build_options import BuildOptions
    from publisher.app.building import write_site

    report = session.report
    options = BuildOptions(fresh, lenient, future, now)
    write_site(session, lambda root: report.result(str(root)), output=output, car=car, options=options)
    report.finish()
