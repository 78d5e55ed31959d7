"""List what is left to do until a pipeline publishes a site. A step that is done is not listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import quote
from urllib.parse import urlsplit

from publisher.ci.kinds import SERVER, PipelineKind
from publisher.ci.pipeline import TOKEN
from publisher.ci.repository import Remote
from publisher.ci.secret_commands import ENVIRONMENT, PREVIEW, SECRETS_FILE, PipelineVariable, commands
from publisher.ci.templates import PipelineValues
from publisher.fast_dataclass import dataclass, field
from publisher.formatting import ether

TOP = "$(git rev-parse --show-toplevel)"
"""The shell words for the top of the repository."""
PROGRAM = "$HOME/.local/share/publish"
"""The virtual environment of the program on a server."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is left to do."""

    what: str
    commands: tuple[str, ...] = ()
    """The commands that do it. A shell takes them as they are."""


@dataclass(frozen=True, slots=True)
class SetupState:
    """What is known of the set-up of a pipeline. None stands for a fact that could not be read."""

    kind: PipelineKind
    remote: Remote
    values: PipelineValues
    uncommitted: tuple[str, ...] = ()
    """The files that git does not track, as paths below the top of the repository."""
    by_hand: tuple[str, ...] = ()
    """The files to which a person has to add lines."""
    unreachable: Mapping[str, str] = field(default_factory=dict)
    """Maps the label of each store that a machine of the forge cannot reach to the reason."""
    name: str = ""
    """The name of the site, or "" if it has none."""
    signer: str = ""
    password_env: str = ""
    key: str = ""
    """The address of the deploy key, or "" if there is no key on this machine."""
    keystore: str = "deploy-key.json"
    """The keystore of the key, as a path below the folder of the site. It is "" if the key is in a variable."""
    exposed: str = ""
    """The keystore, if no line of .gitignore names it. It is "" if a line does."""
    permitted: bool | None = None
    balance: int | None = None
    needed: int | None = None
    variables: tuple[PipelineVariable, ...] = ()
    """The variables that the pipeline needs."""
    stored: frozenset[str] | None = None
    """The variables that the forge or the file of secrets has. It is None if they cannot be listed."""
    environments: frozenset[str] | None = None
    """The environments of GitHub that only some branches may use. It is None if they cannot be listed."""
    server_done: frozenset[str] = frozenset()
    """The steps on a server that are done on this machine: `clone`, `program`, `timer` and `hook`."""


def steps(state: SetupState) -> Iterator[Step]:
    """Yield the steps that are left, in the order in which they are done."""
    yield from _remote(state)
    yield from _stores(state)
    yield from _signer(state)
    yield from _key(state)
    if state.kind.hosted:
        if state.kind.name == "github":
            yield from _environments(state)
        yield from _secrets(state)
        yield from _files(state)
    else:
        yield from _files(state)
        yield from _machine(state)
        yield from _secrets(state)
        yield from _start(state)


def _remote(state: SetupState) -> Iterator[Step]:
    if state.kind.hosted and not state.remote.url:
        lines = ("git remote add origin URL-OF-THE-REPOSITORY",)
        yield Step(f"make a repository for {state.kind.title}, and give its address to git", lines)


def _stores(state: SetupState) -> Iterator[Step]:
    for label, why in state.unreachable.items():
        yield Step(f"replace the store {label} by one that a machine of {state.kind.title} can use: {why}")


def _signer(state: SetupState) -> Iterator[Step]:
    if not state.name:
        return
    lines = 'signer = "env:PUBLISH_KEY" and password-env = "PUBLISH_PASSWORD"'
    if not state.signer:
        yield Step(f"write {lines} below [names] in publish.toml, so that the pipeline can move {state.name}")
    elif state.kind.hosted and state.signer.startswith("keystore:"):
        why = "a machine of the forge has no such file, and the secret PUBLISH_KEY will hold the text of the keystore"
        yield Step(f'write {lines} in place of signer = "{state.signer}" in publish.toml: {why}')
    elif state.kind.hosted and not state.password_env and state.keystore and state.key:
        yield Step('write password-env = "PUBLISH_PASSWORD" beside the signer in publish.toml, to open the keystore')


def _key(state: SetupState) -> Iterator[Step]:
    if not state.name or state.signer == "calldata":
        return
    if not state.key:
        password = state.password_env or "PUBLISH_PASSWORD"
        make = f"publish name key new --file {quote(state.keystore)} --password-env {password}"
        yield Step(
            "make a deploy key with a password of 12 or more characters",
            (f"stty -echo; read -r {password}; stty echo; export {password}", make),
        )
    if state.exposed:
        line = f"echo {quote(state.exposed)} >>.gitignore"
        why = "a person who has the keystore can try passwords at any speed"
        yield Step(f"keep {state.exposed} out of git: {why}", (line,))
    address = state.key or "ADDRESS"
    if not state.permitted:
        unknown = " (the chain could not be read)" if state.permitted is None and state.key else ""
        yield Step(
            f"let the owner of {state.name} permit the key{unknown}; --calldata prints the call for another wallet",
            (f"publish name delegate {address}",),
        )
    if not state.key:
        yield Step("send the key ether for 100 updates: the command that makes the key says how much")
    elif state.balance is None or state.needed is None:
        yield Step(f"send ether for 100 updates to {address}; the chain could not be read")
    elif state.balance < state.needed // 10:  # A key that can pay for ten updates needs nothing yet.
        missing = ether(state.needed - state.balance)
        yield Step(f"send at most {missing} to {state.key}: 100 updates need no more, and the key shall hold no more")


def _files(state: SetupState) -> Iterator[Step]:
    for path in state.by_hand:
        yield Step(f"add these lines to {path}", ("include:", "  - local: .gitlab/publish.yml"))
    push = "git push" if state.remote.url else f"git push --set-upstream origin {quote(state.values.branch)}"
    if state.uncommitted:
        paths = " ".join(map(quote, state.uncommitted))
        # The other commands work in the folder of the site, and these paths begin at the top of the repository.
        git = "git" if state.values.site == "." else f'git -C "{TOP}"'
        yield Step(
            "commit these files, and push them", (f"{git} add {paths}", 'git commit -m "Publish on merge"', push)
        )


def _environments(state: SetupState) -> Iterator[Step]:
    """Yield a step for each environment. Without a rule for branches, any branch of the repository could use it."""
    for name in (ENVIRONMENT, PREVIEW):
        if state.environments is None or name not in state.environments:
            place = f'"repos/{{owner}}/{{repo}}/environments/{name}"'
            rule = "deployment_branch_policy"
            lines = (
                f"gh api -X PUT {place} -F '{rule}[protected_branches]=false' -F '{rule}[custom_branch_policies]=true'",
                f'gh api -X POST {place[:-1]}/deployment-branch-policies" -f name={quote(state.values.branch)}',
            )
            yield Step(f"make the environment {name}, which only the branch {state.values.branch} may use", lines)


def _secrets(state: SetupState) -> Iterator[Step]:
    for variable in state.variables:
        if state.stored is not None and variable.name in state.stored:
            continue
        lines = commands(state.kind, state.remote, variable)
        if variable.name.endswith("_HOST"):
            whose = variable.name.removesuffix("_HOST")
            where = f"{variable.name} to the hosts that may receive {whose}"
            if not variable.value:
                lines = commands(state.kind, state.remote, PipelineVariable(variable.name, value="HOST:PORT"))
                where += ", which you write in place of HOST:PORT"
            yield Step(f"set {where}", tuple(lines))
        else:
            token = f", with a token of the forge in {TOKEN}" if state.kind.name in ("forgejo", "gitea") else ""
            yield Step(f"store the secret {variable.name}{token}", tuple(lines))


def _machine(state: SetupState) -> Iterator[Step]:
    """Yield the steps on the server before the secrets."""
    clone = f"$HOME/{state.values.clone}"
    if "clone" not in state.server_done and state.kind.name != "post-receive":
        url = state.remote.url or "URL-OF-THE-REPOSITORY"
        yield Step("on the server, make a clone that only publishes", (f'git clone {quote(url)} "{clone}"',))
    if "program" not in state.server_done:
        pinned = f"{clone}/{SERVER}/constraints.txt"
        if state.kind.name == "post-receive":
            pinned = "constraints.txt"
        lines = (f'python3 -m venv "{PROGRAM}"', f'"{PROGRAM}/bin/pip" install --constraint "{pinned}" "SPEC"')
        more = ", with constraints.txt of the repository" if state.kind.name == "post-receive" else ""
        spec = state.values.install
        yield Step(f"on the server, install the program{more}", tuple(line.replace("SPEC", spec) for line in lines))
    if state.stored is None and state.variables:
        lines = ('mkdir -p "$HOME/.config"', f'(umask 077; touch "{SECRETS_FILE}")')
        yield Step("on the server, make the file for the secrets, which only you may read", lines)


def _start(state: SetupState) -> Iterator[Step]:
    """Yield the steps on the server after the secrets."""
    folder = f"$HOME/{state.values.clone}/{SERVER}"
    if state.kind.name == "cron":
        add = f'{{ crontab -l; cat "{folder}/crontab"; }} | crontab -'
        yield Step("on the server, add the line of cron once; `crontab -l` shows whether it is there", (add,))
    elif state.kind.name == "systemd" and "timer" not in state.server_done:
        units = f'"{folder}/publish-site.service" "{folder}/publish-site.timer"'
        lines = (
            f"systemctl --user link {units}",
            "systemctl --user enable --now publish-site.timer",
            "loginctl enable-linger",
        )
        yield Step("on the server, start the timer, and let it run while nobody is logged in", lines)
    elif state.kind.name == "post-receive" and "hook" not in state.server_done:
        yield Step("copy the hook into the bare repository on the server", (_copy(state),))


def _copy(state: SetupState) -> str:
    remote, source = state.remote, f"{SERVER}/post-receive"
    if state.values.site != ".":
        source = f'"{TOP}/{source}"'
    if not remote.host:
        return f"cp {source} {quote(remote.url or 'REPOSITORY.git')}/hooks/post-receive"
    if "://" not in remote.url:
        return f"scp {source} {quote(f'{remote.url}/hooks/post-receive')}"
    address = urlsplit(remote.url)
    login = address.netloc.removesuffix(f":{address.port}")
    port = f"-P {address.port} " if address.scheme == "ssh" and address.port else ""
    return f"scp {port}{source} {quote(f'{login}:{address.path}/hooks/post-receive')}"
