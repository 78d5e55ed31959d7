"""Unpin previews whose pull requests are closed, and previews that are too old."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.forge import open_forge
from publisher.app.preview_pins import PinnedPreview, at_each, open_previews
from publisher.errors import ConfigError, PublishError, StoreError, StoreUnreachable
from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from publisher.ci.forge import Forge
    from publisher.ci.pipeline import Pipeline
    from publisher.stores.base import PinBackend


@dataclass(frozen=True, slots=True)
class Swept:
    """The result of a sweep."""

    gone: tuple[PinnedPreview, ...]
    """The previews that were unpinned. In a dry run, these are the previews that would be unpinned."""
    left: int
    """The number of all other previews at the stores that answered."""
    faults: tuple[PublishError, ...]
    """The errors of the forge and of the stores. The work at the other stores was done."""


def close(session: Session, number: int | None) -> Swept:
    """Unpin every preview of a pull request at all stores.

    If `number` is None, the event of the run names the pull request. Raises ConfigError if there is no such event, or
    outside of a pipeline.
    """
    from publisher.ci.events import pull_request_number

    settings, pipeline = session.settings(), _pipeline(session)
    chosen = pull_request_number(pipeline.event_file) if number is None else number
    previews = open_previews(session, settings, pipeline.repository)

    seen: list[PinnedPreview] = []

    def work(backend: PinBackend) -> tuple[PinnedPreview, ...]:
        pins = previews.pinned(backend)
        seen.extend(pins)
        return previews.unpin(backend, (each for each in pins if each.of.number == chosen), (chosen,))

    gone, faults = at_each(previews.backends, work)
    return Swept(gone, len(seen) - len(gone), faults)


def sweep(session: Session, today: date, *, dry_run: bool) -> Swept:
    """Unpin previews of closed pull requests, and previews that are older than `[ci] preview-days`.

    `today` is the present day in UTC. If the forge fails, only previews that are too old are unpinned. Raises
    ConfigError outside of a pipeline.
    """
    settings, pipeline = session.settings(), _pipeline(session)
    forge = open_forge(session, settings, pipeline, writes=False)
    previews = open_previews(session, settings, pipeline.repository)
    pins, silent = at_each(previews.backends, previews.pinned)
    closed, faults = _closed(forge, {each.of.number for each in pins})
    first = today - timedelta(settings.ci.preview_days)
    going = tuple(each for each in pins if each.of.number in closed or each.of.day <= first)
    if dry_run:
        return Swept(going, len(pins) - len(going), (*silent, *faults))
    failed = {error.who for error in silent}

    def work(backend: PinBackend) -> tuple[PinnedPreview, ...]:
        return previews.unpin(backend, (each for each in going if each.store == backend.label), closed)

    gone, more = at_each([each for each in previews.backends if each.label not in failed], work)
    return Swept(gone, len(pins) - len(gone), (*silent, *faults, *more))


def _closed(forge: Forge, numbers: Iterable[int]) -> tuple[frozenset[int], tuple[StoreError, ...]]:
    """Return the numbers of closed pull requests, and the errors of the forge.

    All closed ones among `numbers` are returned. The 100 closed pull requests that changed last are returned too, even
    if they are not in `numbers`.
    """
    closed: set[int] = set()
    faults: list[StoreError] = []
    try:
        closed |= set(forge.closed_pulls())
    except StoreError as error:
        faults.append(error)
    for number in sorted(set(numbers) - closed):
        if faults and isinstance(faults[-1], StoreUnreachable):
            break
        try:
            closed |= set() if forge.pull_request(number).open else {number}
        except StoreError as error:
            faults.append(error)
    return frozenset(closed), tuple(faults)


def _pipeline(session: Session) -> Pipeline:
    from publisher.ci.pipeline import read_pipeline

    pipeline = read_pipeline(session.env)
    if not pipeline.repository:
        hint = "run this command in a workflow: GITHUB_REPOSITORY names the repository"
        raise ConfigError("publish ci", "this run is not in a pipeline", hint=hint)
    return pipeline
