"""`publish add`: what another tool built, into the cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.cli.deploying import describe
from publisher.cli.group import common, plain
from publisher.cli.session import Session
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from publisher.dag.cid import Cid


@click.command()
@click.argument("path")
@common
@click.pass_obj
@plain
def command(session: Session, /, path: str) -> None:
    """Put a folder built by any tool, or a CAR file, into the cache; print its root."""
    if not path:  # a variable that was not set: never the folder that we happen to be in
        raise ConfigError("publish add", "the path is empty", hint="write . for this folder")
    root = take(session, Path(path))
    describe(session.report, session.cache(), root)
    session.report.result(str(root))
    session.report.finish()


def take(session: Session, path: Path) -> Cid:
    """The root of a folder or a CAR file, its blocks in the cache."""
    from publisher.dag.unixfs import PROFILES
    from publisher.intake import add_car, add_folder

    if not path.exists():
        raise ConfigError(str(path), "there is no such folder or CAR file")
    cache = session.cache()
    if path.is_dir():
        root = add_folder(path, PROFILES[profile_name(session)], cache.put, session.report.warn)
    elif path.is_file():
        root = add_car(path, cache.put, cache.get)
    else:
        raise ConfigError(str(path), "neither a folder nor a CAR file")
    cache.commit()
    return root


def profile_name(session: Session) -> str:
    """The site's profile where there is a site, else the default one: a folder can be added anywhere."""
    if session.config is None and not (session.site / "publish.toml").exists():
        from publisher.build import BuildSettings

        return BuildSettings().profile
    return session.settings().build.profile
