"""Do one step of a pipeline: check, build, publish, or deploy a CAR file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from publisher.app.add import PLAIN, FolderOptions
from publisher.app.build_options import BuildOptions, today
from publisher.app.building import build_site, check_site, write_schedule, write_site
from publisher.app.context import Session
from publisher.app.deploy_existing import deploy
from publisher.app.deploying import DeployListener, DeployOptions, label_of
from publisher.app.deployment_record import recorded
from publisher.app.due import is_due
from publisher.app.newest_commit import commit_and_branch, newest_only
from publisher.app.pipeline_report import end_step
from publisher.app.publishing import publish
from publisher.app.size import describe
from publisher.ci.pipeline import TOKEN, Pipeline, read_pipeline
from publisher.errors import ConfigError, NamingError, StateError, StoreError
from publisher.fast_dataclass import dataclass, replace

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.report import Report

LARGEST_DIFF = 200_000
"""The largest number of characters of the changes in a job summary. GitHub refuses a summary above 1 MiB."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pipeline, and its options."""

    command: Literal["check", "build", "publish", "deploy"]
    target: str
    """The CAR file, folder or root of `deploy`. It is empty for the other commands."""
    car: Path | None
    """The file into which `build` writes the site as a CAR, or None."""
    build: BuildOptions
    deploy: DeployOptions
    folder: FolderOptions = PLAIN
    """How `deploy` puts a folder in the cache."""
    only_due: bool = False
    """With `publish`, publish only if articles became due since the last publish."""
    needs_credentials: bool = False
    """Fail if a variable of a store or a name is not set, instead of leaving out what needs it."""


def run(session: Session, step: Step, listener: DeployListener) -> None:
    """Do one step, and write its summary and outputs for the pipeline.

    Raises ConfigError if an option or a file does not fit the step, and every PublishError of the command.
    """
    pipeline, report = read_pipeline(session.env), session.report
    report.at_end = partial(end_step, report, pipeline, "publish", ())
    must_fit(step)
    settings = session.settings()
    title = label_of(settings)
    report.at_end = partial(end_step, report, pipeline, title, ())
    if step.command != "deploy":
        step = replace(step, build=replace(step.build, now=step.build.now or today(settings)))
    if step.command in ("check", "build"):
        check_or_build(session, step)
    elif pipeline.pull_request:
        build_only(session, settings, step, "this run is for a pull request")
    elif missing := missing_variables(session, settings, step):
        without_credentials(session, settings, step, missing)
    else:
        day = step.build.now.isoformat() if step.build.now else ""
        builds = step.command == "publish"
        before_move = newest(session, settings, pipeline, builds=builds)
        options = replace(step.deploy, before_move=before_move, built_for=day)
        step = replace(step, deploy=options)
        records = step.deploy.moves_names
        commit = commit_and_branch(session, pipeline, builds=builds)[0] if pipeline.commit else ""
        with recorded(session, settings, replace(pipeline, commit=commit), title) if records else nullcontext():
            if step.only_due and not is_due(session, settings, step.build):
                nothing_due(report)
            elif step.command == "publish":
                publish(session, step.deploy, listener, step.build)
            else:
                deploy(session, step.target, step.deploy, listener, step.folder)
        report.at_end = partial(end_step, report, pipeline, title, changes(session))
    if step.build.now is not None:
        report.data.setdefault("now", step.build.now.isoformat())


def newest(session: Session, settings: Config, pipeline: Pipeline, *, builds: bool) -> Callable[[], str] | None:
    """Return a function that returns why no name may move now, or "" if the commit of this run is the newest.

    With a token, the forge is asked for the newest commit of the branch. Without one, git asks the repository. Return
    None if the commit or the branch of this run is unknown. `builds` says whether this run builds the work tree.
    """
    from publisher.app.forge import open_forge

    ask = open_forge(session, settings, pipeline).branch_head if session.env.get(TOKEN) and pipeline.api else None
    return newest_only(session, pipeline, ask, builds=builds)


def must_fit(step: Step) -> None:
    """Raise ConfigError if a step lacks its file, or has a file that it does not use."""
    if (step.command == "deploy") != bool(step.target):
        what = "the step needs a CAR file, a folder or a root" if step.command == "deploy" else "the step takes no file"
        raise ConfigError(f"publish ci run {step.command}", what, hint="write `publish ci run deploy site.car`")
    if step.only_due and step.command != "publish":
        hint = "write `publish ci run publish --due`"
        raise ConfigError(f"publish ci run {step.command}", "only the step `publish` takes --due", hint=hint)
    if step.folder != PLAIN and not (step.target and Path(step.target).is_dir()):
        hint = "write `publish ci run deploy FOLDER`, or leave these options out"
        raise ConfigError(f"publish ci run {step.command}", "--hidden and --relative are for a folder", hint=hint)
    if step.car is not None and step.command != "build":
        hint = "write `publish ci run build --car site.car`"
        raise ConfigError(f"publish ci run {step.command}", "only the step `build` writes a CAR file", hint=hint)


def nothing_due(report: Report) -> None:
    """Report that the names show the root of today already, so that there is nothing to publish."""
    report.add("left_out", {"steps": "publishing", "why": "no article became due", "variables": []})
    report.say("nothing to publish: no article became due")


def check_or_build(session: Session, step: Step) -> None:
    """Do a step that needs no secret. Raises ContentError for faults of the site, and ConfigError."""
    report = session.report
    if step.command == "check":
        built = check_site(session, step.build)
        report.add("pages", built.pages)
        report.problems(built.problems)
        report.result("no errors")
        return
    write_site(session, lambda root: report.result(str(root)), output=None, car=step.car, options=step.build)
    if step.car is not None:
        report.add("car", str(step.car))


def missing_variables(session: Session, settings: Config, step: Step) -> tuple[str, ...]:
    """Return the variables that this step needs and that are unset or empty, in alphabetical order.

    A pipeline that runs for a fork gets every secret as an empty text.
    """
    from publisher.config import variables

    needed = [each for each in variables(settings) if each.path[0] == "stores" or not step.deploy.skip_name]
    return tuple(sorted({each.name for each in needed if not session.env.get(each.name, "").strip()}))


def without_credentials(session: Session, settings: Config, step: Step, missing: tuple[str, ...]) -> None:
    """Do what needs no secret. `missing` has the variables that are not set.

    Raises ConfigError if the step has `needs_credentials`. Otherwise raises the errors of a build.
    """
    what = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"
    if step.needs_credentials:
        hint = "set each of them: store it as a secret, and pass it to this step"
        raise ConfigError("publish ci run", what, hint=hint)
    build_only(session, settings, step, what, missing)


def build_only(session: Session, settings: Config, step: Step, why: str, missing: tuple[str, ...] = ()) -> None:
    """Build and check the site, or read the CAR file. Report that the rest was left out, and the reason `why`.

    Raises ContentError for faults of the site, and StoreError for a damaged CAR file.
    """
    from publisher.app.add import import_path

    report = session.report
    if step.command == "publish":
        built = build_site(session, settings, step.build)
        report.problems(built.problems)
        write_schedule(report, built.schedule)
        describe(report, session.cache(), built.root, built)
    elif Path(step.target).exists():
        root = import_path(session, Path(step.target), step.folder)
        describe(report, session.cache(), root)
    steps = "storing the site, checking the copies and moving the name"
    report.add("left_out", {"steps": steps, "why": why, "variables": list(missing)})
    report.say(f"left out: {steps}, because {why}")
    if "root" in report.data:  # Nothing was read if the target is a root.
        report.result(str(report.data["root"]))


def changes(session: Session) -> list[str]:
    """Return the Markdown lines of the changes between the root that the name showed before and the new root.

    The counts of the changes become a part of the JSON object. Without a name or a new root there are no lines.
    """
    from publisher.app.differences import difference
    from publisher.app.root_arguments import reading
    from publisher.ci.changes import changes as lines_of
    from publisher.diff.counts import summary

    report = session.report
    roots = _roots(report.data)
    if roots is None:
        return []
    old, new = roots
    try:
        found = difference(session, old, new, reading(session, old or new))
    except (ConfigError, StoreError, NamingError, StateError) as error:
        # The step has published, so it has succeeded.
        report.warn(f"the changes are not shown: {error}")
        return []
    report.add("diff", summary(found) or "nothing differs")
    return lines_of(found, LARGEST_DIFF)


def _roots(data: dict[str, Any]) -> tuple[Cid | None, Cid] | None:
    """Return the old and the new root of the first name in the results or the plan of a deploy, or None."""
    from publisher.dag.cid import Cid
    from publisher.dag.uri import root_of

    rows = [row for row in (*data.get("names", ()), *data.get("plan", ())) if "before" in row]
    if not rows or "root" not in data:
        return None
    return root_of(rows[0]["before"]), Cid.parse(data["root"])
