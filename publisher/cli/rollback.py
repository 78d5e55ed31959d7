"""`publish rollback`: an earlier root again. First it is made sure that it is still held, or it is fetched back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from publisher.cli.group import common, deploying, plain
from publisher.cli.session import Session
from publisher.errors import ConfigError, StoreError
from publisher.events import Event, Finished, Mined, Named, Signed, Wanted
from publisher.observe import root_of

if TYPE_CHECKING:
    from publisher.config import Settings
    from publisher.dag.cid import Cid, Get
    from publisher.names.base import NameService

BACK = re.compile(r"-([1-9]\d{0,5})")
CHANGES = 1000
"""Changes of a name that are asked of the chain where the journal does not reach far enough back."""


@click.command(context_settings={"ignore_unknown_options": True})  # -1 is no option
@click.argument("target", metavar="[ROOT|-1]", default="-1")
@deploying
@common
@click.pass_context
@plain
def command(ctx: click.Context, /, target: str, yes: bool, dry_run: bool, skip_name: bool) -> None:
    """Show an earlier root again: the one before, -2 for the one before that, or any root.

    It is sent again to every store that has let go of it, from wherever it is still to be had. Done twice, it does
    nothing more: -1 counts back from what was published last, not from an earlier rollback.
    """
    if target.startswith("-") and not BACK.fullmatch(target):
        raise click.NoSuchOption(target, ctx=ctx)
    from publisher.cli.deploying import carry_out, need_signers
    from publisher.intake.archive import must_be_folder

    session = ctx.ensure_object(Session)
    settings = session.settings()
    if not (dry_run or skip_name):
        need_signers(settings)
    root = find(session, settings, target)
    get = at_hand(session, settings, root, dry_run=dry_run)
    must_be_folder(get, root, target)
    carry_out(session, settings, root, yes=yes, dry_run=dry_run, skip_name=skip_name, get=get, back=True)


def find(session: Session, settings: Settings, target: str) -> Cid:
    """The root that is meant; ConfigError where none is known."""
    from publisher.roots import known, pick

    past = session.journal().events()
    steps = BACK.fullmatch(target)
    if not steps:
        return pick(target, known(past))
    names = session.names(settings)
    shown = root_of(names[0].shows()) if names else None
    before = earlier(past, shown, named=bool(names))
    if len(before) < int(steps[1]) and names:
        before = before or remembered(names[0], shown)
    if len(before) < int(steps[1]):
        many = {0: "no root is known", 1: "only 1 root is known"}.get(
            len(before), f"only {len(before)} roots are known"
        )
        than = f"{names[0].name} shows" if names else "was published last"
        hint = "`publish history` shows what is known; any root can be given as `publish rollback ROOT`"
        raise ConfigError("publish rollback", f"{many} from before the one that {than}", hint=hint)
    root = before[int(steps[1]) - 1]
    if names and root == shown:
        further = f"`publish rollback -{int(steps[1]) + 1}` goes further back"
        session.report.say(f"{names[0].name} was rolled back already; {further}")
    return {cid.to_v1(): cid for cid in known(past)}.get(root, root)  # a name shows version 1 of whatever was wanted


def earlier(past: Sequence[Event], shown: Cid | None, *, named: bool) -> tuple[Cid, ...]:
    """The roots before the one that is shown, newest first, in the order of their publishes.

    Rollbacks are no publishes: after one, it is still counted from what was published last, so that the same
    rollback done again, or gone on with, leads to the same root.
    """
    order = publishes(past, named=named)
    if shown is None or _rolled_back(past, shown):
        return order[1:]
    return order[order.index(shown) + 1 :] if shown in order else order


def publishes(past: Sequence[Event], *, named: bool) -> tuple[Cid, ...]:
    """The roots that names were moved to (without names: that were held), newest first, each once; no rollbacks."""
    back = {event.sequence: event.back for event in past if isinstance(event, Wanted)}
    signed = {event.hash: event for event in past if isinstance(event, Signed)}
    order: dict[Cid, None] = {}
    now = 0

    def add(uri: str, *, new: bool) -> None:
        root = root_of(uri)
        if root is not None and (new or root not in order):
            order.pop(root, None)
            order[root] = None

    for event in past:
        if isinstance(event, Wanted):
            now = event.sequence
        elif isinstance(event, Finished) and not named:
            add(f"ipfs://{event.root}", new=not back.get(event.sequence, False))
        elif named and isinstance(event, Named) and event.outcome == "moved":
            add(event.before, new=False)
            add(event.after, new=not back.get(now, False))
        elif named and isinstance(event, Mined) and event.ok and event.hash in signed:  # a run that was cut there
            attempt = signed[event.hash]
            add(attempt.before, new=False)
            add(attempt.after, new=not back.get(attempt.sequence, False))
    return tuple(reversed(order))


def _rolled_back(past: Sequence[Event], shown: Cid) -> bool:
    """Whether the newest wish is a rollback, under way or done and not changed by anybody since."""
    last = next((event for event in reversed(past) if isinstance(event, Wanted)), None)
    if last is None or not last.back:
        return False
    done = any(isinstance(event, Finished) and event.sequence == last.sequence for event in past)
    wanted = root_of(f"ipfs://{last.root}")
    return not done or (wanted is not None and wanted.to_v1() == shown)


def remembered(name: NameService, shown: Cid | None) -> tuple[Cid, ...]:
    """The same from the chain alone, which does not know what was a rollback: by the first time that it was shown."""
    changes = [root_of(change.uri) for change in itertools.islice(name.history(), CHANGES)]
    order = [root for root in dict.fromkeys(reversed(changes)) if root is not None]
    before = order[: order.index(shown)] if shown in order else order
    return tuple(reversed(before))


def at_hand(session: Session, settings: Settings, root: Cid, *, dry_run: bool) -> Get:
    """A way to the blocks: of a root that enough hold, from them; of another, fetched into the cache first."""
    from publisher.cli.places import bring, sources
    from publisher.fetching import Search, through
    from publisher.observe import together

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
