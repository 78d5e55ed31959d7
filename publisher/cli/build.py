"""`publish build`: content to the output folder and a root."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.cli.group import common, plain
from publisher.cli.session import Session
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from publisher.config import Settings
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
    from publisher.build import build, write_output
    from publisher.cli.size import describe
    from publisher.cli.tidying import tidy

    settings = session.settings()
    output = output or session.site / settings.build.output
    must_be_apart(session, settings, output)
    if car is not None:
        must_be_free(session, settings, car)
    cache = session.cache()
    built = build(session.site, settings.site, settings.build, cache, fresh=fresh, progress=session.report.detail)
    write_output(cache, built.root, output)
    if car is not None:
        write_car(cache.get, built.root, car)
    describe(session.report, cache, built.root, built)
    session.report.result(str(built.root))
    tidy(session, settings)
    session.report.finish()


def must_be_apart(session: Session, settings: Settings, output: Path) -> None:
    """ConfigError for an output folder in which pages and sources would mix."""
    from publisher.config import entangled

    for name in entangled(session.site, settings.build, output):
        hint = "what is built would be read as a source: name a folder of its own"
        raise ConfigError("publish build", f"the output folder {output} is not apart from {name}", hint=hint)


def must_be_free(session: Session, settings: Settings, car: Path) -> None:
    """ConfigError where a CAR file would replace something else, or become a part of the site."""
    from publisher.dag.car import read

    if car.is_dir() or not car.name:
        raise ConfigError(str(car), "is a folder", hint="name a file, such as site.car")
    if (session.site / settings.build.content).resolve() in car.resolve().parents:
        raise ConfigError(str(car), "lies in the content folder: the next build would publish it", hint="put it beside")
    if not car.exists() or not car.stat().st_size:
        return
    try:
        with car.open("rb") as file:
            read(file)
    except ValueError as error:
        hint = "name another file, or remove that one"
        raise ConfigError(str(car), "is there already, and is no CAR file", hint=hint) from error
    except OSError as error:
        raise ConfigError(str(car), f"cannot be replaced: {error.strerror}") from error


def write_car(get: Get, root: Cid, path: Path) -> None:
    """The whole root as one CARv1 file, put in place when it is complete."""
    from publisher.dag import walk
    from publisher.dag.car import write

    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.writelines(write([root], walk.reachable(get, root)))
        part.replace(path)
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
