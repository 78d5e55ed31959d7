"""Pin the site that the workflow of a pull request built, and report its address at the forge.

This command runs with secrets, and its CAR file comes from a stranger. So nothing in the file is believed: every block
is hashed, and the size is limited. The forge says to which pull request the commit belongs. The settings are those of
the default branch. No name moves here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.deploying import label_of
from publisher.app.forge import open_forge
from publisher.app.pipeline_report import end_step
from publisher.app.preview_pins import PinOrder, pin, unpin_older
from publisher.ci.preview_comment import LONGEST, Comparison, Preview, comment, marker
from publisher.errors import ConfigError, ContentError, NamingError, PublishError, StoreError, StoreRefused
from publisher.fast_dataclass import dataclass
from publisher.formatting import count, volume

if TYPE_CHECKING:
    from publisher.ci.events import FinishedRun
    from publisher.ci.forge import Forge, PullRequest, State
    from publisher.ci.pipeline import Pipeline
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.stores.base import Receipt

DEPTH = 64
"""The largest number of levels of a preview. A site of this program has fewer than twenty."""

MB = 1_000_000

FAILED = "the preview failed; the log of the run says why"
"""The description of the status if a store failed. The message of a store could have the address of a private node."""


@dataclass(frozen=True, slots=True)
class PreviewDone:
    """A preview that is pinned, and the comments about it."""

    root: Cid
    address: str
    """The URL of the preview, or an empty string if no gateway is configured."""
    numbers: tuple[int, ...]
    """The numbers of the pull requests."""
    receipts: tuple[Receipt, ...]
    comments: tuple[str, ...]
    """The URLs of the comments."""


@dataclass(frozen=True, slots=True)
class _Job:
    """The objects that one preview needs."""

    session: Session
    settings: Config
    pipeline: Pipeline
    forge: Forge
    run: FinishedRun
    today: date

    def status(self, state: State, description: str, url: str = "") -> None:
        """Set the status of the commit for which the preview was built."""
        context = f"publish/preview ({label_of(self.settings)})"[:200]
        self.forge.set_status(self.run.commit, context, state, description, url or self.pipeline.run_url)

    def fail(self, description: str) -> None:
        """Set the status to failed. An error of the forge is ignored, because the first error is reported."""
        with suppress(StoreError):
            self.status("failure", description)


def preview(session: Session, car: Path, today: date) -> PreviewDone | None:
    """Pin the root of a CAR file as a preview, set the status of its commit, and write a comment.

    Return None if there is nothing to preview: the run was not for a pull request, its pull request is closed, or it
    has a newer commit. `today` is the present day in UTC. Raises ConfigError outside of a `workflow_run`, or if the
    token of the forge is missing. Raises StoreRefused for a CAR file that is damaged or too large, ContentError if a
    file holds a secret, and StoreError if no store pins the root or the forge fails.
    """
    from publisher.ci.events import finished_run
    from publisher.ci.pipeline import read_pipeline

    settings, pipeline = session.settings(), read_pipeline(session.env)
    forge = open_forge(session, settings, pipeline)
    run = finished_run(pipeline.event_file, pipeline.repository)
    job = _Job(session, settings, pipeline, forge, run, today)
    pulls = forge.pulls_of(run.repository, run.branch) if run.event == "pull_request" and run.repository else ()
    if not pulls:
        session.report.say("nothing to preview: no open pull request has this commit")
        return None
    current = tuple(pull for pull in pulls if pull.head_commit == run.commit)
    if not current:
        job.status("success", "not pinned: the pull request has a newer commit")
        session.report.say("nothing to preview: the pull request has a newer commit, which gets its own preview")
        return None
    try:
        root = _read(job, car)
    except PublishError as error:
        secret = isinstance(error, ContentError)
        job.fail("a file of the site holds a secret; the log of the run says which" if secret else error.message)
        raise
    try:
        return _pinned_and_reported(job, current, root)
    except PublishError:
        job.fail(FAILED)
        raise


def _read(job: _Job, car: Path) -> Cid:
    """Put the blocks of a CAR file in the cache, and return the root. Raises as `preview` does."""
    from publisher.app.add import import_car
    from publisher.dag.limits import ReadLimits

    ci = job.settings.ci
    if car.is_symlink() or not car.is_file():
        raise ConfigError(str(car), "there is no such CAR file", hint="correct the path")
    limits = ReadLimits(DEPTH, ci.preview_parts, ci.preview_megabytes * MB)
    if (size := car.stat().st_size) > limits.size:
        hint = "raise `preview-megabytes` under [ci] in publish.toml of the default branch"
        what = f"the CAR file has {volume(size)}; {volume(limits.size)} are allowed"
        raise StoreRefused(car.name, what, hint=hint)
    return import_car(job.session, car, limits=limits)


def _pinned_and_reported(job: _Job, pulls: tuple[PullRequest, ...], root: Cid) -> PreviewDone:
    changes = _comparisons(job, root)
    report, site = job.session.report, label_of(job.settings)
    report.at_end = partial(end_step, report, job.pipeline, site, changes[0].lines)
    older = tuple(each.old for each in changes if each.old is not None)
    address = job.settings.ci.address(root)
    receipts: list[Receipt] = []
    for pull in pulls:
        order = PinOrder(job.pipeline.repository, site, pull.number, job.today, root, older)
        receipts += pin(job.session, job.settings, order)
    summary = changes[0].summary
    job.status("success", summary if address else f"{root}: {summary}", address)
    comments: list[str] = []
    for pull in pulls:
        # If the pull request has a newer commit by now, only the run for that commit may write the comment.
        if job.forge.pull_request(pull.number).head_commit != job.run.commit:
            report.say(f"the pull request {pull.number} has a newer commit, so its comment stays")
            continue
        about = _about(job, pull, root, tuple(receipts))
        for each in changes:
            text = comment(about, each, job.pipeline.run_url)
            comments.append(job.forge.put_comment(pull.number, marker(each.name), text))
        unpin_older(job.session, job.settings, PinOrder(job.pipeline.repository, site, pull.number, job.today, root))
    numbers = tuple(pull.number for pull in pulls)
    return PreviewDone(root, address, numbers, tuple(receipts), tuple(comments))


def _about(job: _Job, pull: PullRequest, root: Cid, receipts: tuple[Receipt, ...]) -> Preview:
    from publisher.app.size import measured

    size = measured(job.session.cache(), root, job.session.cache().get_verified)
    return Preview(
        site=label_of(job.settings),
        number=pull.number,
        commit=job.run.commit,
        root=root,
        address=job.settings.ci.address(root),
        size=f"{count(size.pages, 'page')}, {count(size.files, 'file')}, {volume(size.bytes)}",
        stores=tuple(dict.fromkeys(f"{receipt.store} ({receipt.status})" for receipt in receipts)),
        until=job.today + timedelta(job.settings.ci.preview_days),
        day=job.run.day,
    )


def _comparisons(job: _Job, root: Cid) -> tuple[Comparison, ...]:
    """Return the changes from the root of each name to `root`. A site without a name has one result."""
    if not job.settings.names:
        return (Comparison(job.settings.site.title, None, "the site has no name to compare with"),)
    try:
        names = [(name.name, name.shows) for name in job.session.names(job.settings)]
    except ConfigError as error:
        why = "the name could not be read, so nothing was compared"
        job.session.report.warn(f"{error}; {why}")
        return tuple(Comparison(str(entry.settings.name), None, why) for entry in job.settings.names)
    return tuple(_comparison(job, name, shows, root) for name, shows in names)


def _comparison(job: _Job, name: str, shows: Callable[[], str], root: Cid) -> Comparison:
    from publisher.app.differences import difference
    from publisher.app.root_arguments import reading
    from publisher.ci.changes import changes
    from publisher.dag.uri import root_of
    from publisher.diff.counts import summary

    try:
        uri = shows()
    except NamingError as error:
        job.session.report.warn(str(error))
        return Comparison(name, None, "the name could not be read, so nothing was compared")
    old = root_of(uri)
    if old is None:
        return Comparison(name, None, "the name shows no root on IPFS yet")
    try:
        found = difference(job.session, old, root, reading(job.session, old))
    except (StoreError, ConfigError, NamingError) as error:
        job.session.report.warn(str(error))
        return Comparison(name, old, "the blocks of the shown root could not be read, so nothing was compared")
    # The first line of the changes has the counts, and the second line is empty.
    return Comparison(name, old, summary(found) or "nothing differs", tuple(changes(found, LONGEST)[2:]))
