"""Find out whether articles became due since the last publish, so that a scheduled run publishes only these."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from publisher.app.build_options import BuildOptions, today
from publisher.app.building import build_site
from publisher.app.context import Session
from publisher.dag.uri import root_of
from publisher.errors import VerifyError

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid

DAYS = 5
"""Of the days on which articles became due, at most this many are tried. Each takes a build of the whole site."""


def is_due(session: Session, settings: Config, how: BuildOptions) -> bool:
    """Return True if articles became due or expired since the build whose root the names show.

    To find that build, this folder is built for earlier days too. Return False if the names show the root of today.
    Without a name, return True, because nothing says what was published. Raises VerifyError if a name shows another
    root, for example after a rollback, which a scheduled run must not undo. Raises NamingError if a name cannot be
    read, and the errors of a build.
    """
    names = session.names(settings)
    if not names:
        return True
    shown = {name.name: root_of(name.shows()) for name in names}
    built = build_site(session, settings, how)
    ours = [built.root]
    if all(_among(root, ours) for root in shown.values()):
        return False
    while built.schedule.since and len(ours) <= DAYS:
        before = date.fromisoformat(built.schedule.since) - timedelta(1)
        built = build_site(session, settings, replace(how, fresh=False, now=before))
        ours.append(built.root)
        if all(_among(root, ours) for root in shown.values()):
            return True
    name, root = next((name, root) for name, root in shown.items() if not _among(root, ours))
    raise VerifyError(
        name,
        f"the name shows {root or 'no root'}, and this folder gives {ours[0]} on {how.now or today(settings)}; "
        "no build for an earlier day gave the shown root",
        hint="publish the newest commit if its run failed; after a rollback, revert the commit",
    )


def _among(root: Cid | None, roots: list[Cid]) -> bool:
    return root is not None and any(root.same_block(each) for each in roots)
