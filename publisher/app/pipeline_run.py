"""Do one step of a pipeline: check, build, publish, or deploy a CAR file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publisher.app.building import BuildOptions, check_site, write_site
from publisher.app.context import Session
from publisher.app.deploy_existing import deploy
from publisher.app.deploying import DeployListener, DeployOptions
from publisher.app.publishing import publish
from publisher.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pipeline, and its options."""

    command: str
    """`check`, `build`, `publish` or `deploy`."""
    target: str
    """The CAR file, folder or root of `deploy`. It is empty for the other commands."""
    car: Path | None
    """The file into which `build` writes the site as a CAR, or None."""
    build: BuildOptions
    deploy: DeployOptions


def run(session: Session, step: Step, listener: DeployListener) -> None:
    """Do one step. Raises ConfigError for a step without its target, and every PublishError of that command."""
    if (step.command == "deploy") != bool(step.target):
        hint = "write `publish ci run deploy site.car`, or leave the file out of the other steps"
        raise ConfigError("publish ci run", "the step `deploy`, and no other step, takes a CAR file", hint=hint)
    if step.command == "check":
        session.report.problems(check_site(session, step.build).problems)
    elif step.command == "build":
        write_site(session, lambda root: None, output=None, car=step.car, options=step.build)
    elif step.command == "publish":
        publish(session, step.deploy, listener, step.build)
    else:
        deploy(session, step.target, step.deploy, listener, hidden=False)
