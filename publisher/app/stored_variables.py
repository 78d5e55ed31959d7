"""Find out which variables a forge or a server has stored for a pipeline. The values of secrets are not read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.app.context import Session
from publisher.app.pipeline_files import signing_variables
from publisher.ci.forge_api import WHO, ForgeApi, open_api
from publisher.ci.kinds import PipelineKind
from publisher.ci.pipeline import TOKEN
from publisher.ci.repository import Remote, Repository
from publisher.ci.secret_commands import ENVIRONMENT, PREVIEW, SECRETS_FILE
from publisher.errors import PublishError
from publisher.fast_dataclass import dataclass, replace
from publisher.http.auth import check_url, credentials

if TYPE_CHECKING:
    from publisher.config import Config

LINE = re.compile(r"(?:export )?(PUBLISH_\w+)=")
PERMISSION = "environments: read"


@dataclass(frozen=True, slots=True)
class StoredNames:
    """What a forge has for a pipeline. A value is None if it cannot be listed."""

    variables: frozenset[str] | None = None
    """The names of the secrets and variables."""
    environments: frozenset[str] | None = None
    """The environments of GitHub that only some branches may use."""


def stored(session: Session, settings: Config, repository: Repository, kind: PipelineKind) -> StoredNames:
    """Return what the forge has for the pipeline.

    The names are listed only if the variable PUBLISH_FORGE_TOKEN holds a token that may read them. GITHUB_API_URL may
    have the URL of the REST interface, if the address of the remote does not show it.
    """
    if not session.env.get(TOKEN) or kind.name not in ("github", "forgejo", "gitea") or not repository.remote.path:
        return StoredNames()
    url = session.env.get("GITHUB_API_URL", "").rstrip("/") or api_url(repository.remote, kind)
    try:
        check_url(WHO, "GITHUB_API_URL", url)
        # The runner or the remote repository says where the forge is, and publish.toml cannot change it. So the token
        # needs no list of hosts.
        secrets = replace(session.secrets(settings), keeps_record=True)
        sign = credentials(WHO, lambda name: secrets.credential(name, url), TOKEN)
        api = open_api(url, repository.remote.path, sign, session.proxy(url))
        names = _names(api, kind, signing_variables(settings))
        return StoredNames(names, _protected(api) if kind.name == "github" else None)
    except PublishError as error:
        session.report.say(f"the variables of {repository.remote.host} are unknown: {error}")
        return StoredNames()


def _protected(api: ForgeApi) -> frozenset[str]:
    """Return the environments with a rule for branches."""
    answer = api.get("/environments", PERMISSION, per_page="100")
    rows = answer.get("environments") if isinstance(answer, Mapping) else None
    found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return frozenset(str(row.get("name")) for row in found if row.get("deployment_branch_policy"))


def api_url(remote: Remote, kind: PipelineKind) -> str:
    """Return the URL of the REST interface of a forge, without a slash at its end."""
    if kind.name != "github":
        return f"https://{remote.host}/api/v1"
    return "https://api.github.com" if remote.host == "github.com" else f"https://{remote.host}/api/v3"


def _names(api: ForgeApi, kind: PipelineKind, signing: Collection[str]) -> frozenset[str]:
    """Return the names of the secrets and variables that are stored for every job that needs them.

    On GitHub, these are the names of the repository, the signing variables of the environment `production`, and every
    other name that both environments have.
    """
    if kind.name != "github":
        rows = ((what, list(api.rows(f"/actions/{what}", "repository: read"))) for what in ("secrets", "variables"))
        return frozenset(name for what, found in rows for name in _listed({what: found}, what))
    places = ("/actions", f"/environments/{ENVIRONMENT}", f"/environments/{PREVIEW}")
    anywhere, production, preview = (frozenset(_of_place(api, place)) for place in places)
    return anywhere | frozenset(name for name in production if name in signing or name in preview)


def _of_place(api: ForgeApi, place: str) -> Iterator[str]:
    """Yield the names at one place of GitHub. A place that does not exist has none."""
    for what in ("secrets", "variables"):
        yield from _listed(api.find(f"{place}/{what}", PERMISSION, per_page="100"), what)


def _listed(answer: Any, what: str) -> Iterator[str]:
    rows = answer.get(what) if isinstance(answer, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and isinstance(row.get("name"), str):
            yield row["name"].upper()


def on_server(env: Mapping[str, str]) -> frozenset[str] | None:
    """Return the variables in the file of secrets, or None if this machine has no such file. No value is kept."""
    home = env.get("HOME") or str(Path.home())
    try:
        text = Path(SECRETS_FILE.replace("$HOME", home)).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return frozenset(match[1] for line in text.splitlines() if (match := LINE.match(line.strip())))
