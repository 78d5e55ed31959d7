"""`publish` without a command: build the site, then do what `publish deploy` does."""

from __future__ import annotations

from publisher.app.build_options import BuildOptions
from publisher.app.context import Session
from publisher.app.deploying import DeployOptions
from publisher.app.publishing import publish
from publisher.cli.deploy_report import deploy_report
from publisher.errors import ConfigError

USUAL = BuildOptions()


def run(session: Session, options: DeployOptions, how: BuildOptions = USUAL, *, drafts: bool = False) -> None:
    """Build and deploy the site of `session`.

    Raises ConfigError for `drafts`, because drafts are never published, and every PublishError of a build or a deploy.
    """
    if drafts:
        raise ConfigError(
            "publish", "drafts are never published", hint="run `publish preview -D` to see drafts on this machine only"
        )
    publish(session, options, deploy_report(session.report), how)
    session.report.finish()
