"""Test the pipeline of a site for `publish doctor --ci`: its files, variables and forge. Change none of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.app.context import Session
from publisher.app.forge import open_forge
from publisher.app.pipeline_files import PipelineFile, is_as_written, plan_files, values_of, variables_of
from publisher.ci.forge_api import TIMEOUT
from publisher.ci.kinds import KINDS, PipelineKind
from publisher.ci.pipeline import TOKEN, Pipeline, read_pipeline
from publisher.ci.repository import Repository, find_repository
from publisher.doctor.run import EMPTY, Examination
from publisher.errors import ConfigError, StoreError
from publisher.findings import Finding, clocks
from publisher.http.auth import Clock
from publisher.http.client import open_service
from publisher.http.errors import ServiceCall
from publisher.http.redact import host_of
from publisher.secrets.hosts import SUFFIX, parse_hosts

if TYPE_CHECKING:
    from publisher.config import Config

ANY_BRANCH, ANY_INSTALL = "any-branch", "any-install"
"""These values stand for the branch and the program that the author has chosen."""
INIT = "run `publish ci init`"


def pipeline(session: Session, settings: Config) -> Iterator[Examination]:
    """Yield the tests of the pipeline. If a test raises a PublishError, this error becomes a finding."""
    run = read_pipeline(session.env)
    yield Examination("pipeline", ConfigError.exit_code, partial(_files, session, settings, run))
    yield Examination("variables", ConfigError.exit_code, partial(_variables, session, settings))
    if settings.ci.preview_gateway:
        yield Examination("previews", StoreError.exit_code, partial(_preview_gateway, session, settings))
    yield Examination("forge", StoreError.exit_code, partial(_forge, session, settings, run))


def _files(session: Session, settings: Config, run: Pipeline) -> Iterator[Finding]:
    """Yield findings about the files of each pipeline in the repository, and about its history."""
    repository = find_repository(session.site)
    found = [kind for kind in KINDS.values() if (repository.top / _mark(kind)).exists()]
    if not found:
        yield Finding("pipeline", "fault", "the repository has no file of a pipeline", f"{INIT}, and commit the files")
    for kind in found:
        yield from _of_kind(settings, repository, kind)
    if repository.shallow:
        what = "this clone has only the newest commits; a build needs no older ones"
        yield Finding("pipeline", "ok", what)
    if run.forge and not run.commit:
        hint = "run the doctor in a job that the forge starts"
        yield Finding("pipeline", "warning", "the commit of this run is unknown, so a newer one cannot be seen", hint)


def _mark(kind: PipelineKind) -> str:
    """Return the path of the file that only this kind of pipeline has."""
    return kind.files[0 if kind.hosted else -1][1]


def _of_kind(settings: Config, repository: Repository, kind: PipelineKind) -> Iterator[Finding]:
    values = values_of(settings, repository, kind, ANY_BRANCH, ANY_INSTALL)
    faults = [*_file_faults(plan_files(repository, kind, values), kind)]
    yield from faults
    if not faults:
        yield Finding("pipeline", "ok", f"the {len(kind.files) + 1} files for {kind.title} are those of this version")


def _file_faults(files: tuple[PipelineFile, ...], kind: PipelineKind) -> Iterator[Finding]:
    again = f"run `publish ci init --for {kind.name}`"
    for file in files:
        if file.state == "missing":
            yield Finding(file.path, "fault", "the file is missing", f"{again}, and commit the file")
        elif file.path == kind.constraints and file.state == "different":
            what = "this machine has other versions of the libraries than this file, and may make another root"
            fix = f"{again} on the machine on which you write articles, and commit the file"
            yield Finding(file.path, "warning", what, fix)
        elif file.state == "different" and not is_as_written(file, (ANY_BRANCH, ANY_INSTALL)):
            what = "the file differs from the file that this version writes"
            yield Finding(file.path, "warning", what, f"{again} and look at the difference")


def _variables(session: Session, settings: Config) -> Iterator[Finding]:
    """Yield findings about each variable of publish.toml and the hosts of each secret."""
    secrets, hosts = variables_of(settings)
    for name in secrets:
        if not session.env.get(name):
            what = "the variable is not set, or it is empty"
            yield Finding(name, "fault", what, f"run `publish ci init`: it prints the command that stores {name}")
        elif name + SUFFIX in hosts:
            yield _hosts(session, name)
        else:
            yield Finding(name, "ok", "the variable is set")


def _hosts(session: Session, name: str) -> Finding:
    listed = session.env.get(name + SUFFIX)
    fix = f"set {name}{SUFFIX} to the hosts that may receive {name}, such as node.example.org:5001"
    if listed is None:
        what = (
            f"{name}{SUFFIX} is not set: a fresh machine of a forge does not send the secret, and on another "
            "machine, the first host that publish.toml names receives the secret"
        )
        return Finding(name, "warning", what, fix)
    try:
        found = parse_hosts(listed)
    except ValueError as error:
        return Finding(name + SUFFIX, "fault", str(error), fix)
    if not found:
        return Finding(name + SUFFIX, "fault", "the list of hosts is empty, so the secret is sent nowhere", fix)
    return Finding(name, "ok", f"the variable is set, and may be sent to {', '.join(map(str, found))}")


def _preview_gateway(session: Session, settings: Config) -> Iterator[Finding]:
    """Yield a finding about the gateway of previews. It is asked for the empty folder, which every node has."""
    address = settings.ci.address(EMPTY)
    call_info = ServiceCall("previews", "gateway", host_of(address), TIMEOUT, False, "correct preview-gateway in [ci]")
    service = open_service(call_info, address.rstrip("/"), None, Clock(), session.proxy(address))
    answer = service.call("GET", "/", ok_statuses=tuple(range(200, 600)))
    if answer.status == 200:
        yield Finding("previews", "ok", f"the gateway of previews at {host_of(address)} shows a root")
        return
    what = f"the gateway of previews at {host_of(address)} answers HTTP {answer.status} for a root that every node has"
    yield Finding("previews", "warning", what, "name another gateway in preview-gateway of [ci], such as your own")


def _forge(session: Session, settings: Config, run: Pipeline) -> Iterator[Finding]:
    """Yield findings about the forge of this run: its clock, the rights of the token, and the newest commit."""
    if run.forge not in ("github", "forgejo"):
        return
    if not session.env.get(TOKEN):
        fix = f"set {TOKEN} and {TOKEN}{SUFFIX} in the step, as the action of `publish ci init` does"
        yield Finding("forge", "warning", "there is no token, so nothing is written at the forge", fix)
        return
    forge = open_forge(session, settings, run)
    about = forge.api.about()
    if late := clocks("forge", about.date, time.time()):
        yield late
    yield _rights(about.value)
    branch = run.branch or run.default_branch
    if branch and not run.pull_request:
        head = forge.branch_head(branch)
        newest = (
            "this run is for it" if head == run.commit else f"this run is for {run.commit[:12] or 'an unknown one'}"
        )
        yield Finding("forge", "ok", f"the newest commit of {branch} is {head[:12]}; {newest}")


def _rights(repository: Any) -> Finding:
    rights = repository.get("permissions") if isinstance(repository, dict) else None
    if not isinstance(rights, dict):
        return Finding("forge", "note", "the forge does not report the rights of the token")
    if rights.get("admin"):
        what = "the token may administer the repository, which no pipeline needs"
        return Finding("forge", "warning", what, "use the token of the workflow, with the permissions of its file")
    if not rights.get("push"):
        return Finding("forge", "ok", "the token may read the repository and write nothing")
    return Finding("forge", "ok", "the token may read the repository, and write what the workflow permits")
