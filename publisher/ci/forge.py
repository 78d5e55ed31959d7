"""Read branches and pull requests of a forge, and write comments, statuses and deployments.

Pull requests may come from anybody. So this module compares each answer with the request, and changes only comments
that its own account has written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from publisher.ci.forge_api import ForgeApi
from publisher.fast_dataclass import dataclass

State = Literal["pending", "success", "failure", "error"]
"""The state of a commit status."""

LONGEST = 140
"""The largest number of characters in the description of a status. GitHub refuses longer ones."""

LONGEST_COMMENT = 65_536
"""The largest number of characters in a comment. GitHub refuses longer ones."""

BOTS = ("github-actions[bot]", "gitea-actions", "forgejo-actions")
"""The accounts that write if a workflow uses its own token."""

OLDER = 20
"""At most this many deployments are read to find those that become inactive."""

READ, COMMENT = "contents: read", "pull-requests: write"
STATUS, DEPLOY, LOOK = "statuses: write", "deployments: write", "pull-requests: read"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the forge has it now."""

    number: int
    open: bool
    """Whether the pull request is neither merged nor closed."""
    head_commit: str
    """The whole hash of the newest commit of the pull request, in lower case."""
    head_repository: str
    """The repository of the branch, as `owner/name`. It is empty if this repository was deleted."""
    head_branch: str


@dataclass(frozen=True, slots=True)
class Forge:
    """One repository of a forge.

    The methods raise StoreUnreachable if the forge does not answer or limits requests for too long. They raise
    StoreRefused if the forge refuses, for example because the token lacks a permission, or if an answer does not have
    the documented form.
    """

    api: ForgeApi

    def branch_head(self, branch: str) -> str:
        """Return the whole hash of the newest commit of a branch, in lower case."""
        path = f"/branches/{quote(branch, safe='')}"
        found = self.api.get(path, READ)
        commit = _at(found, "commit")
        if not isinstance(found, Mapping) or found.get("name") != branch:
            raise self.api.strange(f"GET {path}")
        # GitHub writes `sha`. Forgejo and Gitea write `id`.
        return self._commit(_at(commit, "sha") or _at(commit, "id"), f"GET {path}")

    def pull_request(self, number: int) -> PullRequest:
        """Return the pull request with this number."""
        path = f"/pulls/{number}"
        found = self._pull(self.api.get(path, LOOK), f"GET {path}")
        if found.number != number:
            raise self.api.strange(f"GET {path}")
        return found

    def pulls_of(self, repository: str, branch: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests whose branch is `branch` of `repository`, in the order of their numbers.

        Both are compared, because any fork may have a branch with the same name.
        """
        owner = repository.partition("/")[0]
        # Forgejo and Gitea ignore `head` and list every open pull request.
        rows = self.api.rows("/pulls", LOOK, state="open", head=f"{owner}:{branch}")
        found = [self._pull(row, "GET /pulls") for row in rows]
        same = {pull.number: pull for pull in found if (pull.head_repository, pull.head_branch) == (repository, branch)}
        return tuple(same[number] for number in sorted(same) if same[number].open)

    def closed_pulls(self) -> tuple[int, ...]:
        """Return the numbers of the closed pull requests that changed last, at most 100 of them."""
        query = {"state": "closed", "sort": "updated", "direction": "desc", "per_page": "100"}
        rows = self.api.get("/pulls", LOOK, **query)
        if not isinstance(rows, list):
            raise self.api.strange("GET /pulls")
        found = [self._pull(row, "GET /pulls") for row in rows]
        return tuple(pull.number for pull in found if not pull.open)

    def put_comment(self, number: int, marker: str, text: str) -> str:
        """Write the comment with `marker` on a pull request, and return its URL. If it exists already, edit it.

        `marker` is an HTML comment of one line, such as `<!-- publish preview example.eth -->`. It becomes the first
        line of the comment. A comment of another account is never taken for ours, because anybody may write a marker.
        If two jobs have added a comment at the same time, the older comment stays.
        """
        body = {"body": f"{marker}\n{text}"[:LONGEST_COMMENT]}
        before = self._comments(number, marker)
        if before:
            return self._edit(before[0], body)
        path = f"/issues/{number}/comments"
        answer = self.api.send("POST", path, COMMENT, body)
        made = self._number(answer, f"POST {path}")
        oldest = min(self._comments(number, marker), default=made)
        if oldest >= made:
            return str(answer.get("html_url") or "")
        url = self._edit(oldest, body)
        self.api.delete(f"/issues/comments/{made}", COMMENT)
        return url

    def set_status(self, commit: str, context: str, state: State, description: str, url: str = "") -> None:
        """Set the status `context` of a commit. `url` is the target of its link. The description is cut if needed."""
        short = description if len(description) <= LONGEST else description[: LONGEST - 1] + "…"
        body = {"state": state, "context": context, "description": short} | ({"target_url": url} if url else {})
        path = f"/statuses/{quote(commit, safe='')}"
        if self.api.send("POST", path, STATUS, body).get("context") != context:
            raise self.api.strange(f"POST {path}")

    def deployment(self, commit: str, environment: str, description: str = "") -> int:
        """Create a deployment of a commit to an environment, and return its number."""
        body = {
            "ref": commit,
            "environment": environment,
            "description": description[:LONGEST],
            "auto_merge": False,
            "required_contexts": [],
        }
        return self._number(self.api.send("POST", "/deployments", DEPLOY, body), "POST /deployments")

    def finish_deployment(
        self, number: int, environment: str, state: State, address: str = "", log: str = "", description: str = ""
    ) -> None:
        """Set the state of a deployment. After a success, the older deployments of the environment become inactive.

        `address` is the URL at which visitors find the site, and `log` is the URL of the run.
        """
        links = {key: url for key, url in (("environment_url", address), ("log_url", log)) if url}
        self._deployment_state(number, {"state": state, "description": description[:LONGEST]} | links)
        if state != "success":
            return
        # GitHub itself makes older deployments inactive, but not those of a production environment. The list begins
        # with the newest ones.
        rows = self.api.get("/deployments", DEPLOY, environment=environment, per_page=str(OLDER))
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise self.api.strange("GET /deployments")
        numbers = [self._number(row, "GET /deployments") for row in rows if row.get("environment") == environment]
        for older in sorted(each for each in numbers if each < number):
            states = self.api.get(f"/deployments/{older}/statuses", DEPLOY, per_page="1")
            newest = states[0] if isinstance(states, list) and states else None
            if _at(newest, "state") == "success":
                self._deployment_state(older, {"state": "inactive"})

    def _deployment_state(self, number: int, body: Mapping[str, Any]) -> None:
        self.api.send("POST", f"/deployments/{number}/statuses", DEPLOY, {**body, "auto_inactive": False})

    def _comments(self, number: int, marker: str) -> list[int]:
        """Return the ids of the comments that begin with `marker` and are from our account, the oldest first."""
        path = f"/issues/{number}/comments"
        rows = self.api.rows(path, COMMENT)
        marked = [row for row in rows if str(row.get("body") or "").splitlines()[:1] == [marker]]
        login = self.api.login() if marked else ""
        return sorted(self._number(row, f"GET {path}") for row in marked if _is_own(row.get("user"), login))

    def _edit(self, comment: int, body: Mapping[str, str]) -> str:
        path = f"/issues/comments/{comment}"
        answer = self.api.send("PATCH", path, COMMENT, body)
        if self._number(answer, f"PATCH {path}") != comment:
            raise self.api.strange(f"PATCH {path}")
        return str(answer.get("html_url") or "")

    def _pull(self, row: Any, what: str) -> PullRequest:
        head, base = _at(row, "head"), _at(row, "base")
        state, number = _at(row, "state"), _at(row, "number")
        branch, into = _at(head, "ref"), _at(_at(base, "repo"), "full_name")
        source = _at(_at(head, "repo"), "full_name") or ""
        usable = all(isinstance(text, str) for text in (branch, into, source))
        if not usable or type(number) is not int or state not in ("open", "closed"):
            raise self.api.strange(what)
        if into.lower() != self.api.repository.lower():
            raise self.api.strange(what)  # The answer is about a pull request of another repository.
        return PullRequest(number, state == "open", self._commit(_at(head, "sha"), what), source, branch)

    def _number(self, row: Mapping[str, Any], what: str) -> int:
        number = row.get("id")
        if type(number) is not int:
            raise self.api.strange(what)
        return number

    def _commit(self, value: Any, what: str) -> str:
        if not is_commit(value):
            raise self.api.strange(what)
        return str(value).lower()


def is_commit(value: object) -> bool:
    """Return whether a value is the name of a commit: 40 hexadecimal digits, or 64 in a repository with SHA-256."""
    return isinstance(value, str) and len(value) in (40, 64) and all(c in "0123456789abcdefABCDEF" for c in value)


def _is_own(user: Any, login: str) -> bool:
    """Return whether a comment is from our account.

    `login` is the name of our account, or an empty string if the forge does not tell it. The token then belongs to a
    workflow or an app, so every comment of a bot counts as ours. People cannot write comments as a bot.
    """
    name = _at(user, "login")
    if login:
        return bool(name == login)
    return name in BOTS or _at(user, "type") == "Bot"


def _at(value: Any, key: str) -> Any:
    """Return the value of a key, or None if `value` is not a map or lacks the key."""
    return value.get(key) if isinstance(value, Mapping) else None
