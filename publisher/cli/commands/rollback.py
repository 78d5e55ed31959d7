"""`publish rollback`: an earlier root again. First it is made sure that it is still held, or it is fetched back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.app.counting_back import before, counted
from publisher.cli.group import OfRoots, common, deploying, plain
from publisher.deploy.observe import root_of
from publisher.errors import StoreError

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get


@click.command(cls=OfRoots)
@click.argument("target", metavar="[ROOT|-1]", default="-1")
@deploying
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str, yes: bool, dry_run: bool, skip_name: bool) -> None:
    """Show an earlier root again: the one before, -2 for the one before that, or any root.

    It is sent again to every store that has let go of it, from wherever it is still to be had. Done twice, it does
    nothing more: -1 counts back from what was published last, not from an earlier rollback.
    """
    from publisher.app.deploying import carry_out, need_signers
    from publisher.intake.archive import must_be_folder

    settings = session.settings()
    if not (dry_run or skip_name):
        need_signers(settings)
    root = find(session, settings, target)
    get = at_hand(session, settings, root, dry_run=dry_run)
    must_be_folder(get, root, target)
    carry_out(session, settings, root, yes=yes, dry_run=dry_run, skip_name=skip_name, get=get, back=True)


def find(session: Session, settings: Config, target: str) -> Cid:
    """The root that is meant; ConfigError where none is known."""
    from publisher.journal.queries import known, pick

    steps = counted(target)
    if not steps:
        return pick(target, known(session.journal().events()))
    names = session.names(settings)
    shown = root_of(names[0].shows()) if names else None
    root = before(session, settings, steps, shown)
    if shown is not None and root.to_v1() == shown:
        further = f"`publish rollback -{steps + 1}` goes further back"
        session.report.say(f"{names[0].name} was rolled back already; {further}")
    return root


def at_hand(session: Session, settings: Config, root: Cid, *, dry_run: bool) -> Get:
    """A way to the blocks: of a root that enough hold, from them; of another, fetched into the cache first."""
    from publisher.app.sources import bring, sources
    from publisher.concurrency.threads import together
    from publisher.retrieval.fetch import Search, through

    keepers = (*session.stores(settings), *session.pinners(settings))

    def held(number: int) -> bool:
        try:
            return keepers[number].held(root)
        except StoreError:
            return False

    holding = sum(together(held, range(len(keepers))))
    shelf = session.shelf()
    if not dry_run and holding < (settings.deploy.copies or len(keepers)):
        bring(session, settings, root)
        return shelf.sound
    return through(shelf.sound, Search(root, sources(session, settings), session.report.warn))
