"""Bare `publish`: build, and then what `deploy` does."""

from __future__ import annotations

from publisher.app.context import Session
from publisher.app.deploying import carry_out, need_signers
from publisher.app.healing import mending
from publisher.errors import ConfigError


def run(session: Session, *, yes: bool, dry_run: bool, skip_name: bool, fresh: bool, drafts: bool) -> None:
    """The whole main job."""
    if drafts:
        raise ConfigError("publish", "drafts are never published", hint="`publish preview -D` shows them to you alone")
    settings = session.settings()
    if not (dry_run or skip_name):
        need_signers(settings)
    from publisher.build import build

    built = build(
        session.site,
        settings.site,
        settings.build,
        session.cache(),
        fresh=fresh,
        progress=session.report.detail,
        search=session.search(settings),
    )
    get = mending(session, built.root)
    carry_out(session, settings, built.root, yes=yes, dry_run=dry_run, skip_name=skip_name, built=built, get=get)
