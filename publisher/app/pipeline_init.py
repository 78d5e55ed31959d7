"""Write the files of a pipeline for the repository of a site, and find out what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher.app.context import Session
from publisher.app.deploy_key import KEYSTORE, find_key
from publisher.app.pipeline_files import PipelineFile, plan_files, values_of, write_file
from publisher.app.secret_hosts import host_texts
from publisher.app.stored_variables import StoredNames, on_server, stored
from publisher.ci.kinds import SERVER, PipelineKind, kind_of
from publisher.ci.repository import Repository, find_repository
from publisher.ci.secret_commands import PipelineVariable
from publisher.ci.steps import PROGRAM, SetupState, Step, steps
from publisher.ci.templates import PipelineValues
from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass, replace
from publisher.secrets.hosts import SUFFIX
from publisher.secrets.tracked import is_tracked

if TYPE_CHECKING:
    from publisher.app.deploy_key import DeployKey
    from publisher.config import Config
    from publisher.names.ens import EnsSettings

KEY, PASSWORD = "PUBLISH_KEY", "PUBLISH_PASSWORD"
"""In the steps that are left, these variables hold the key and its password."""
LOCAL = ("127.0.0.1", "localhost", "::1", "unix:")


@dataclass(frozen=True, slots=True)
class InitOptions:
    """The options of `publish ci init`. An empty text means that the program finds the value itself."""

    kind: str = ""
    branch: str = ""
    install: str = ""
    keystore: str = KEYSTORE
    force: bool = False
    """Whether files that are different are replaced without a question."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """A file of the pipeline, and what was done with it."""

    file: PipelineFile
    done: Literal["written", "replaced", "unchanged", "kept"]
    """`kept` means that a file with a difference was left as it is. A file that is only outdated is replaced."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """The files of the pipeline, and the steps that are left."""

    kind: PipelineKind
    files: tuple[FileResult, ...]
    steps: tuple[Step, ...]

    @property
    def kept(self) -> tuple[str, ...]:
        """Return the paths of the files that were left as they are although they differ."""
        return tuple(each.file.path for each in self.files if each.done == "kept")


def set_up(session: Session, options: InitOptions, differs: Callable[[PipelineFile], bool]) -> SetUp:
    """Write the files of the pipeline and return what is left to do.

    `differs` is called with each file that the author may have changed, and returns whether to replace it. If
    `options.force` is set, it is not called, and each of these files is replaced. A file that is `shared` stays as it
    is in both cases. Raises ConfigError if the site is in no git repository, if nothing shows the kind of pipeline, or
    if a file cannot be written.
    """
    settings = session.settings()
    repository = find_repository(session.site)
    kind = kind_of(repository.remote, lambda path: (repository.top / path).exists(), options.kind)
    values = values_of(settings, repository, kind, options.branch, options.install)
    planned = plan_files(repository, kind, values)
    results = tuple(_write(repository.top, file, options.force, differs) for file in planned)
    state = read_state(session, settings, repository, kind, values, options.keystore)
    names = [each.file.path for each in results]
    left = tuple(path for path in names if not is_tracked(repository.top / path))
    by_hand = tuple(each.file.path for each in results if each.file.shared and each.file.state == "different")
    state = replace(state, uncommitted=tuple(path for path in left if path not in by_hand), by_hand=by_hand)
    return SetUp(kind, results, tuple(steps(state)))


def _write(top: Path, file: PipelineFile, force: bool, differs: Callable[[PipelineFile], bool]) -> FileResult:
    if file.state == "equal":
        return FileResult(file, "unchanged")
    if file.state == "missing":
        write_file(top, file)
        return FileResult(file, "written")
    if file.state == "outdated":
        write_file(top, file)
        return FileResult(file, "replaced")
    if file.shared or not (force or differs(file)):
        return FileResult(file, "unchanged" if file.shared else "kept")
    write_file(top, file)
    return FileResult(file, "replaced")


def read_state(
    session: Session,
    settings: Config,
    repository: Repository,
    kind: PipelineKind,
    values: PipelineValues,
    keystore: str,
) -> SetupState:
    """Return what is known of the set-up, apart from the files of the repository."""
    key = find_key(session, settings, keystore)
    forge = stored(session, settings, repository, kind) if kind.hosted else StoredNames(on_server(session.env))
    entry = next((each.settings for each in settings.names if each.kind == "ens"), None)
    signer = entry.signer if entry is not None else ""
    variables = [*_variables(session, settings, values, signer.removeprefix("env:"), key.file, hosted=kind.hosted)]
    names = {each.name for each in variables}
    variables += [each for each in _more(kind, entry, key, keystore) if each.name not in names]
    return SetupState(
        kind,
        repository.remote,
        values,
        unreachable=dict(_unreachable(settings, session.env)) if kind.hosted else {},
        name=entry.name if entry is not None else "",
        signer=signer,
        password_env=entry.password_env if entry is not None else "",
        key=key.address,
        keystore=key.file or ("" if key.address else keystore),
        exposed=_exposed(session.site, key.file or ("" if key.address else keystore)),
        permitted=key.permitted,
        balance=key.balance,
        needed=key.needed,
        variables=tuple(variables),
        stored=forge.variables,
        environments=forge.environments,
        server_done=frozenset(_done(session.env, repository, values)),
    )


def _variables(
    session: Session, settings: Config, values: PipelineValues, signer: str, keystore: str, *, hosted: bool
) -> Iterator[PipelineVariable]:
    """Yield the variables of the pipeline: the signer first, and the hosts of a secret after this secret."""
    hosts = host_texts(session, settings)
    if hosted:  # On a machine of a forge, `localhost` is that machine.
        hosts = {name: text for name, text in hosts.items() if not _is_here(text)}
    for name in sorted(values.secrets, key=lambda name: (name != signer, name)):
        file, exported = keystore if name == signer else "", bool(session.env.get(name))
        yield PipelineVariable(name, file, exported=exported, signs=name in values.signing)
        if name + SUFFIX in values.hosts:
            yield PipelineVariable(name + SUFFIX, value=hosts.get(name, ""))


def _more(kind: PipelineKind, entry: EnsSettings | None, key: DeployKey, keystore: str) -> Iterator[PipelineVariable]:
    """Yield the variables that publish.toml will name once the steps for the signer are done."""
    if entry is None or not kind.hosted or entry.signer == "calldata":
        return
    in_file = key.file or ("" if key.address else keystore)
    if not entry.signer.startswith("env:"):
        yield PipelineVariable(KEY, in_file, signs=True)
    if not entry.password_env and in_file:
        yield PipelineVariable(PASSWORD, signs=True)


def _exposed(site: Path, keystore: str) -> str:
    """Return `keystore` if the file .gitignore of the site has no line with its name, and otherwise ""."""
    try:
        lines = (site / ".gitignore").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return "" if not keystore or {keystore, f"/{keystore}"} & {*map(str.strip, lines)} else keystore


def _unreachable(settings: Config, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the label of each store that a machine of a forge cannot reach, and the reason."""
    for entry in settings.stores:
        api = str(getattr(entry.settings, "api", ""))
        variable = api.removeprefix("env:") if api.startswith("env:") else ""
        if entry.kind == "embedded":
            yield entry.label, "the embedded store keeps the site on that machine, and the machine is thrown away"
        elif variable and _is_here(env.get(variable, "")):
            yield entry.label, f"{variable} holds an address of this machine"
        elif _is_here(api):
            yield entry.label, f"{api} is this machine"


def _is_here(address: str) -> bool:
    return any(word in address for word in LOCAL) or address.startswith("/unix/")


def _done(env: Mapping[str, str], repository: Repository, values: PipelineValues) -> Iterator[str]:
    """Yield the steps on a server that are done, if this machine is the server."""
    home = Path(env.get("HOME") or Path.home())
    if (home / values.clone / ".git").exists():
        yield "clone"
    if (home / PROGRAM.removeprefix("$HOME/") / "bin/publish").exists():
        yield "program"
    if (home / ".config/systemd/user/timers.target.wants/publish-site.timer").exists():
        yield "timer"
    hook = Path(repository.remote.url) / "hooks/post-receive"
    if not repository.remote.host and hook.is_file():
        ours = repository.top / SERVER / "post-receive"
        if ours.is_file() and hook.read_bytes() == ours.read_bytes():
            yield "hook"


def refuse(result: SetUp) -> None:
    """Raise ConfigError if a file was left as it is although it differs."""
    if result.kept:
        what = f"{len(result.kept)} of the files differ from the files that this version writes"
        hint = f"look at the differences above; --force replaces {', '.join(result.kept)}"
        raise ConfigError("publish ci init", what, hint=hint)
