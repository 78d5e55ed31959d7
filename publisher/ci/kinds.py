"""Define the kinds of pipeline that `publish ci init` can write, and find out which of them a repository needs."""

from __future__ import annotations

from collections.abc import Callable

from publisher.ci.repository import Remote
from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass

SERVER = ".publish-ci"
"""The folder for the files of a server. Its name begins with a dot, so no site contains it."""


@dataclass(frozen=True, slots=True)
class PipelineKind:
    """A kind of pipeline: where its files are, and what it can do."""

    name: str
    """The name for `--for`."""
    title: str
    files: tuple[tuple[str, str], ...]
    """The pairs (template, path below the top of the repository)."""
    constraints: str
    """The path of the file with the exact version of each library."""
    hosted: bool = True
    """Whether the jobs run on machines of a forge. Such a machine has only the files of the repository."""
    action: str = ""
    """The folder of the action, as `uses:` names it. It is empty for a pipeline without actions."""
    runner: str = ""
    """The label of the machine on which the jobs run."""


def _actions(folder: str, *names: str) -> tuple[tuple[str, str], ...]:
    """Return the files of GitHub Actions. `folder` is the folder of the forge, such as `.github`."""
    workflows = ((f"github/{name}.yml", f"{folder}/workflows/publish{_suffix(name)}.yml") for name in names)
    return (("github/action.yml", f"{folder}/actions/publish/action.yml"), *workflows)


def _suffix(name: str) -> str:
    """Return what follows `publish` in the name of a workflow.

    Every name begins with `publish`, so our workflows stand together in a sorted list.
    """
    return "" if name == "publish" else f"-{name}"


def _forgejo(name: str, title: str, folder: str, runner: str) -> PipelineKind:
    action = f"{folder}/actions/publish"
    files = (
        ("github/action.yml", f"{action}/action.yml"),
        ("forgejo/publish.yml", f"{folder}/workflows/publish.yml"),
    )
    return PipelineKind(name, title, files, f"{action}/constraints.txt", action=f"./{action}", runner=runner)


KINDS = {
    kind.name: kind
    for kind in (
        PipelineKind(
            "github",
            "GitHub Actions",
            _actions(".github", "publish", "preview-build", "preview", "rollback", "scheduled"),
            ".github/actions/publish/constraints.txt",
            action="./.github/actions/publish",
            runner="ubuntu-24.04",
        ),
        PipelineKind(
            "gitlab",
            "GitLab CI",
            (("gitlab/publish.yml", ".gitlab/publish.yml"), ("gitlab/include.yml", ".gitlab-ci.yml")),
            ".gitlab/publish-constraints.txt",
        ),
        _forgejo("forgejo", "Forgejo Actions", ".forgejo", "docker"),
        _forgejo("gitea", "Gitea Actions", ".gitea", "ubuntu-latest"),
        PipelineKind(
            "woodpecker",
            "Woodpecker",
            (("woodpecker/publish.yml", ".woodpecker/publish.yml"),),
            ".woodpecker/publish-constraints.txt",
        ),
        PipelineKind(
            "cron",
            "cron",
            (("server/publish-site", f"{SERVER}/publish-site"), ("server/crontab", f"{SERVER}/crontab")),
            f"{SERVER}/constraints.txt",
            hosted=False,
        ),
        PipelineKind(
            "systemd",
            "a systemd timer",
            (
                ("server/publish-site", f"{SERVER}/publish-site"),
                ("server/publish-site.service", f"{SERVER}/publish-site.service"),
                ("server/publish-site.timer", f"{SERVER}/publish-site.timer"),
            ),
            f"{SERVER}/constraints.txt",
            hosted=False,
        ),
        PipelineKind(
            "post-receive",
            "a git post-receive hook",
            (("server/post-receive", f"{SERVER}/post-receive"),),
            f"{SERVER}/constraints.txt",
            hosted=False,
        ),
    )
}
"""Maps each name for `--for` to its kind."""
PROGRAMS = frozenset({"server/publish-site", "server/post-receive"})
"""The templates of files that are programs."""
SHARED = frozenset({".gitlab-ci.yml"})
"""The author may have other lines in a file at one of these paths. It is written only if it does not exist."""
WORDS = (("github", "github"), ("gitlab", "gitlab"), ("codeberg", "forgejo"), ("forgejo", "forgejo"))
"""A word in the host of a forge, and the kind of pipeline of this forge."""
PLACES = (
    (".woodpecker", "woodpecker"),
    (".woodpecker.yml", "woodpecker"),
    (".woodpecker.yaml", "woodpecker"),
    (".forgejo", "forgejo"),
    (".gitea", "gitea"),
    (".gitlab-ci.yml", "gitlab"),
    (".github", "github"),
)
"""A file or folder at the top of a repository, and the kind of pipeline that uses it."""


def kind_of(remote: Remote, exists: Callable[[str], bool], chosen: str = "") -> PipelineKind:
    """Return the kind of pipeline for a repository. With `chosen`, return the kind of this name.

    `exists` returns whether there is a file or folder at a path below the top of the repository. If the host of
    the remote is GitHub or GitLab, it decides. Any other server may run several kinds of pipeline, so there the files
    decide first, and then the host. Raises ConfigError if nothing shows the kind.
    """
    if chosen:
        return KINDS[chosen]
    forge = next((kind for word, kind in (*WORDS, ("gitea", "gitea")) if word in remote.host), "")
    if forge in ("github", "gitlab"):
        return KINDS[forge]
    found = next((kind for path, kind in PLACES if exists(path) and (not forge or kind != "github")), "") or forge
    if not found:
        why = f"the server {remote.host} is unknown" if remote.host else "the repository has no server yet"
        raise ConfigError(
            "publish ci init",
            f"choose the kind of pipeline, because {why}",
            hint=f"run `publish ci init --for KIND`, where KIND is one of {', '.join(KINDS)}",
        )
    return KINDS[found]
