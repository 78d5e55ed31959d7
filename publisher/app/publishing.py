"""Build the site's folder, then deploy the root."""

from __future__ import annotations

from publisher.app.build_options import BuildOptions
from publisher.app.building import build_site, write_schedule
from publisher.app.context import Session
from publisher.app.deploying import DeployListener, DeployOptions, carry_out, check_names
from publisher.app.repairing_get import repairing_get
from publisher.app.same_root import require_same_root


def publish(session: Session, options: DeployOptions, listener: DeployListener, how: BuildOptions) -> None:
    """Build the site, store and pin its root, verify it, point the name at it, and read the name back.

    Raises ConfigError, ContentError, StoreError, NamingError, VerifyError, StateError and Unfinished.
    """
    settings = session.settings()
    check_names(settings, options)
    made = build_site(session, settings, how)
    session.report.problems(made.problems)
    write_schedule(session.report, made.schedule)
    require_same_root(session, made.root, options.same_as)
    get = repairing_get(session, made.root, how)
    carry_out(session, settings, made.root, options, listener, built=made, get=get)
