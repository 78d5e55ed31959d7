"""`publish build`: content to the output folder and a root."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.app.building import BuildOptions, write_site
from publisher.app.context import Session
from publisher.cli.options import checking, common, plain


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write (default: as configured).")
@click.option("--car", type=click.Path(path_type=Path), help="Also write the site as a CAR file.")
@click.option("--fresh", is_flag=True, help="Trust no earlier result: build everything anew.")
@checking
@common
@click.pass_obj
@plain
def command(session: Session, /, output: Path | None, car: Path | None, fresh: bool, lenient: bool) -> None:
    """Turn content into pages, write them, and print the root they have on IPFS."""
    report = session.report
    options = BuildOptions(fresh, lenient)
    write_site(session, lambda root: report.result(str(root)), output=output, car=car, options=options)
    report.finish()
