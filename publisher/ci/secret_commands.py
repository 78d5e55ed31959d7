"""Write the commands that store a secret at a forge or on a server. No secret and no token is an argument of a program.

A keystore is read from its file. Every other secret is read from its variable or from a hidden prompt.

The commands are documented at https://cli.github.com/manual/gh_secret_set,
https://docs.gitlab.com/cli/variable/set/, https://forgejo.org/docs/latest/user/api-usage/ and
https://woodpecker-ci.org/docs/cli.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from publisher.ci.kinds import PipelineKind
from publisher.ci.pipeline import TOKEN
from publisher.ci.repository import Remote
from publisher.fast_dataclass import dataclass

ENVIRONMENT = "production"
"""The environment of GitHub and the scope of GitLab for the secrets. GitHub can protect an environment."""
PREVIEW = "preview"
"""The environment of GitHub for the jobs of previews. It holds no key."""
SECRETS_FILE = "$HOME/.config/publish-site.env"
"""The file with the secrets on a server."""
AS_REQUEST = (
    "python3 -c 'import json, os, sys; "
    f'print("header = \\"Authorization: token " + os.environ["{TOKEN}"] + "\\""); '
    'print("data = " + json.dumps(json.dumps({"KEY": sys.stdin.read().strip()})))\''
)
"""The shell words that read a value from standard input, and write a curl configuration with the token and the value.

Everybody on a machine can read the arguments of a program, so neither the token nor the value is an argument of curl.
"""

QUOTES = """sed "s/'/'\\\\\\\\''/g\""""
"""The shell words that escape each single quote of their input, so that the text can stand in single quotes."""


@dataclass(frozen=True, slots=True)
class PipelineVariable:
    """A variable that a pipeline needs."""

    name: str
    file: str = ""
    """The keystore that is the value, or "" if the value is not in a file."""
    value: str = ""
    """The value, if it is not secret."""
    exported: bool = False
    """Whether the variable is set on this machine."""
    signs: bool = False
    """Whether the site signs with it. The jobs for previews get no such variable."""


def commands(kind: PipelineKind, remote: Remote, variable: PipelineVariable) -> Iterator[str]:
    """Yield the commands that store a variable for a kind of pipeline.

    Without a remote repository, words in capitals stand for the parts of its address.
    """
    remote = remote if remote.host else Remote(host="HOST", path="OWNER/REPOSITORY")
    if not kind.hosted:
        yield _server(variable)
    elif kind.name == "github":
        yield _github(variable, ENVIRONMENT)
        if not variable.signs:
            yield _github(variable, PREVIEW)
    elif kind.name == "gitlab":
        yield _gitlab(variable)
    elif kind.name == "woodpecker":
        yield from _woodpecker(remote, variable)
    else:
        yield _forgejo(remote, variable)


def _source(variable: PipelineVariable) -> str:
    """Return the shell words that write the value to standard output and end with a pipe.

    Return "" if the value is not known here, so that it must be typed at a prompt.
    """
    if variable.value:
        return f"printf %s {quote(variable.value)} | "
    return f"printenv {variable.name} | " if variable.exported else ""


def _github(variable: PipelineVariable, environment: str) -> str:
    if variable.value:
        return f"gh variable set {variable.name} --env {environment} --body {quote(variable.value)}"
    set_it = f"gh secret set {variable.name} --env {environment}"
    if variable.file:
        return f"{set_it} <{quote(variable.file)}"
    return _source(variable) + set_it  # Without standard input, gh asks for the value and does not show it.


def _gitlab(variable: PipelineVariable) -> str:
    set_it = f"glab variable set {variable.name} --protected --raw --scope {ENVIRONMENT}"
    if variable.file:
        return f"{set_it} <{quote(variable.file)}"
    if variable.value:
        return _source(variable) + set_it
    return f"{_source(variable) or _prompt()}{set_it} --masked"


def _forgejo(remote: Remote, variable: PipelineVariable) -> str:
    key, method, place = ("value", "POST", "variables") if variable.value else ("data", "PUT", "secrets")
    request = AS_REQUEST.replace("KEY", key)
    request = f"{request} <{quote(variable.file)}" if variable.file else (_source(variable) or _prompt()) + request
    url = f"https://{remote.host}/api/v1/repos/{remote.path}/actions/{place}/{variable.name}"
    curl = f'curl --config - --fail-with-body -X {method} -H "Content-Type: application/json"'
    return f"{request} | {curl} {quote(url)}"


def _woodpecker(remote: Remote, variable: PipelineVariable) -> Iterator[str]:
    """Yield the commands for Woodpecker. Each secret lists the events that may read it, without pull requests."""
    events = "--event push --event cron --event manual"
    add = f"woodpecker-cli repo secret add {quote(remote.path)} --name {variable.name.lower()} {events}"
    if variable.file:
        yield f"{add} --value @{quote(variable.file)}"
    else:
        yield f"{_source(variable) or _prompt()}{add} --value @/dev/stdin"


def _server(variable: PipelineVariable) -> str:
    """Return the command that adds a line to the file of secrets. A shell reads this file, so the value is quoted."""
    if variable.value:
        return f'echo {variable.name}={quote(variable.value)} >>"{SECRETS_FILE}"'
    source = f"cat {quote(variable.file)} | " if variable.file else _source(variable) or _prompt()
    one_line = "tr -d '\\n' | " + QUOTES
    return f"""{{ printf "{variable.name}='"; {source}{one_line}; echo "'"; }} >>"{SECRETS_FILE}\""""


def _prompt() -> str:
    """Return the shell words that read a value from the terminal without showing it."""
    return "{ stty -echo; head -n 1; stty echo; } | "
