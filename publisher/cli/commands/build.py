"""`publish build`: content to the output folder and a root."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from publisher.app.context import Session
from publisher.app.healing import mending
from publisher.app.replace_file import must_be_beside, must_be_free, replacing
from publisher.cli.options import common, plain
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write (default: as configured).")
@click.option("--car", type=click.Path(path_type=Path), help="Also write the site as a CAR file.")
@click.option("--fresh", is_flag=True, help="Trust no earlier result: build everything anew.")
@common
@click.pass_obj
@plain
def command(session: Session, /, output: Path | None, car: Path | None, fresh: bool) -> None:
    """Turn content into pages, write them, and print the root they have on IPFS."""
    from publisher.app.size import describe
    from publisher.app.trim import tidy
    from publisher.build import build, may_write, take, write_output

    settings = session.settings()
    output = output or session.site / settings.build.output
    must_be_apart(session, settings, output)
    if car is not None:
        must_be_car(session, settings, car)
    cache, owner = session.cache(), owner_of(settings)
    may_write(cache, output, session.site, owner)
    search, progress = session.search(settings), session.report.detail
    built = build(session.site, settings.site, settings.build, cache, fresh=fresh, progress=progress, search=search)
    get = mending(session, built.root)
    take(cache, output, owner)
    write_output(cache, built.root, output, get)
    if car is not None:
        write_car(get, built.root, car)
    describe(session.report, cache, built.root, built, get)
    session.report.result(str(built.root))
    tidy(session, settings)
    session.report.finish()


def must_be_apart(session: Session, settings: Config, output: Path) -> None:
    """ConfigError for an output folder in which pages and sources would mix."""
    from publisher.build.folders import entangled

    for name in entangled(session.site, settings.build, output):
        hint = "what is built would be read as a source: name a folder of its own"
        raise ConfigError("publish build", f"the output folder {output} is not apart from {name}", hint=hint)


def owner_of(settings: Config) -> str:
    """What a mark in an output folder calls this site: 16 hexadecimal digits that say nothing else, the same wherever
    the site is checked out, and without any cache."""
    names = sorted(f"{place.kind} {place.settings.name}" for place in settings.names)
    return sha256("\n".join(names or [settings.site.title]).encode()).hexdigest()[:16]


def must_be_car(session: Session, settings: Config, car: Path) -> None:
    """ConfigError where a CAR file would replace something else, or become a part of the site."""
    from publisher.dag.car import read

    def is_car(file: BinaryIO) -> bool:
        try:
            read(file)
        except ValueError:
            return False
        return True

    must_be_free(car, is_car, "CAR file", "site.car")
    must_be_beside(session, settings, car)


def write_car(get: Get, root: Cid, path: Path) -> None:
    """The whole root as one CARv1 file."""
    from publisher.dag import walk
    from publisher.dag.car import write

    with replacing(path) as file:
        file.writelines(write([root], walk.reachable(get, root)))
