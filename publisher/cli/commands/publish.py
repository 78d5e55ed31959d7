"""Bare `publish`: build, and then what `deploy` does."""

from __future__ import annotations

from publisher.app.building import BuildOptions
from publisher.app.context import Session
from publisher.app.deploying import DeployOptions
from publisher.app.publishing import publish
from publisher.cli.deploy_report import deploy_report
from publisher.errors import ConfigError

USUAL = BuildOptions()


def run(session: Session, options: DeployOptions, how: BuildOptions = USUAL, *, drafts: bool = False) -> None:
    """The whole main job."""
    if drafts:
        raise ConfigError("publish", "drafts are never published", hint="`publish preview -D` shows them to you alone")
    publish(session, options, deploy_report(session.report), how)
