"""Open the forge for which a pipeline runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.ci.forge import Forge
from publisher.ci.forge_api import WHO, open_api
from publisher.ci.pipeline import TOKEN
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.ci.pipeline import Pipeline
    from publisher.config import Config

KNOWN = ("github", "forgejo")
"""The kinds of forge with this REST interface."""


def open_forge(session: Session, settings: Config | None, pipeline: Pipeline, *, writes: bool = True) -> Forge:
    """Return a client for the repository of a pipeline. Nothing is sent yet.

    The token is in the variable PUBLISH_FORGE_TOKEN. Without it, the client can only read, and only public
    repositories. Raises ConfigError outside of a pipeline, for a malformed token, and for a host to which the token may
    not be sent. With `writes`, it is also raised for a missing token.
    """
    from publisher.http.auth import check_url, credentials

    if pipeline.forge not in KNOWN or not pipeline.api or pipeline.repository.count("/") != 1:
        hint = "run this command in a workflow of GitHub, Forgejo or Gitea, which sets GITHUB_API_URL"
        raise ConfigError("publish ci", "this run is not in a workflow of a forge", hint=hint)
    check_url(WHO, "GITHUB_API_URL", pipeline.api)
    given = TOKEN if session.env.get(TOKEN) else ""
    if writes and not given:
        hint = f"set {TOKEN} in the step, such as `{TOKEN}: ${{{{ github.token }}}}`"
        raise ConfigError("publish ci", f"the environment variable {TOKEN} is not set", hint=hint)
    # The runner sets the address of the forge, and publish.toml cannot change it. So the token needs no list of hosts.
    secrets = replace(session.secrets(settings), keeps_record=True)
    sign = credentials(WHO, lambda name: secrets.credential(name, pipeline.api), given)
    return Forge(open_api(pipeline.api, pipeline.repository, sign, session.proxy(pipeline.api)))
