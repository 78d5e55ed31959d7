"""A forge on loopback with the documented REST interface of GitHub: branches, pull requests, comments, statuses and
deployments. It can be told to fail, to limit, to wait and to lie, and it records every request.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.services.listening import listening

BOT = {"login": "github-actions[bot]", "type": "Bot"}
BASE = "/api/v3"
"""Where the interface begins, as on a server of GitHub Enterprise."""

Answer = tuple[int, Any, Mapping[str, str]]
"""The status, the JSON value, and further headers."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that came, with everything that a secret could stand in."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(slots=True)
class Forge:
    """What one repository holds. `who` is the account of the token; an empty login is a workflow's own token."""

    repository: str = "anna/site"
    token: str = "forge-token-5f2c9d"
    url: str = ""
    """The URL of the interface: GITHUB_API_URL."""
    login: str = ""
    branches: dict[str, str] = field(default_factory=dict)
    """Branch -> its newest commit."""
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    rights: dict[str, bool] = field(default_factory=lambda: {"admin": False, "push": True, "pull": True})
    """What the token may do with the repository."""
    stored: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """The names of secrets and variables: ("environments/production", "secrets") -> names."""
    limited: dict[str, bool] = field(default_factory=dict)
    """Each environment, and whether only some branches may use it."""
    requests: list[Request] = field(default_factory=list)
    faults: list[tuple[str, Callable[[Request], Answer | None]]] = field(default_factory=list)
    """What answers instead, for requests whose "METHOD path" a pattern finds; None leaves it to the forge."""
    before: Callable[[Request], object] = lambda request: None
    """Called with each request before it is answered. It may wait."""
    delay: float = 0.0
    """Seconds before each answer."""
    numbers: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def env(self) -> dict[str, str]:
        """The variables of a job that may write here."""
        host = urlsplit(self.url).netloc
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_SERVER_URL": self.url.removesuffix(BASE),
            "GITHUB_REPOSITORY": self.repository,
            "PUBLISH_FORGE_TOKEN": self.token,
            "PUBLISH_FORGE_TOKEN_HOST": host,
        }

    def pull(
        self,
        number: int,
        head: str,
        *,
        source: str = "",
        branch: str = "change",
        base: str = "main",
        closed: bool = False,
    ) -> None:
        """Open a pull request, or move one: `head` is its newest commit, `source` the repository of its branch."""
        self.pulls[number] = {
            "number": number,
            "state": "closed" if closed else "open",
            "title": f"Change {number}",
            "html_url": f"{self.url.removesuffix(BASE)}/{self.repository}/pull/{number}",
            "head": {"sha": head, "ref": branch, "repo": {"full_name": source or self.repository}},
            "base": {"ref": base, "repo": {"full_name": self.repository}},
        }

    def comment(self, number: int, text: str, login: str, kind: str = "User") -> int:
        """A comment that somebody wrote; its id."""
        return int(self._add_comment(number, text, {"login": login, "type": kind})["id"])

    def texts(self, number: int) -> list[str]:
        """The texts of the comments of a pull request, oldest first."""
        return [each["body"] for each in self.comments if each["issue"] == number]

    def fail(self, what: str, status: int, message: str = "", times: int = 10**9, **headers: str) -> None:
        """Answer requests that fit the pattern `what` with a status, so often: `fail("POST .*/statuses", 403)`.

        With the status 0, the connection ends without an answer.
        """
        left = [times]

        def answer(request: Request) -> Answer | None:
            left[0] -= 1
            more = {name.replace("_", "-"): value for name, value in headers.items()}
            return (status, {"message": message} if message else None, more) if left[0] >= 0 else None

        self.faults.append((what, answer))

    def lie(self, what: str, value: Any) -> None:
        """Answer requests that fit the pattern `what` with a good status and this value."""
        self.faults.append((what, lambda request: (200, value, {})))

    def calls(self, what: str) -> list[Request]:
        """The requests that fit a pattern of "METHOD path"."""
        return [each for each in self.requests if re.search(what, f"{each.method} {each.path}")]

    def answer(self, request: Request) -> Answer:
        """What the interface says to a request."""
        with self.lock:
            self.requests.append(request)
            for what, fault in self.faults:
                if re.search(what, f"{request.method} {request.path}"):
                    found = fault(request)
                    if found is not None:
                        return found
            return self._answer(request)

    def _answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"message": "Bad credentials"}, {}
        path = request.path.removeprefix(BASE)
        if path == "/user":
            refused = {"message": "Resource not accessible by integration"}
            return (200, {"login": self.login}, {}) if self.login else (403, refused, {})
        prefix = f"/repos/{self.repository}"
        if path != prefix and not path.startswith(prefix + "/"):
            return 404, {"message": "Not Found"}, {}
        below = path.removeprefix(prefix)
        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, below)
            if found and method == request.method:
                try:
                    return act(self, request, *map(unquote, found.groups()))
                except (KeyError, IndexError):
                    return 404, {"message": "Not Found"}, {}
        return 404, {"message": "Not Found"}, {}

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    def _add_comment(self, number: int, text: str, user: Mapping[str, str]) -> dict[str, Any]:
        id_ = self._number()
        url = f"{self.url.removesuffix(BASE)}/{self.repository}/pull/{number}#issuecomment-{id_}"
        row = {"id": id_, "body": text, "user": dict(user), "html_url": url, "issue": number}
        self.comments.append(row)
        return row

    def get_repository(self, request: Request) -> Answer:
        return 200, {"full_name": self.repository, "default_branch": "main", "permissions": self.rights}, {}

    def list_stored(self, request: Request, place: str, what: str) -> Answer:
        rows = [{"name": name} for name in self.stored.get((place, what), [])]
        return 200, {"total_count": len(rows), what: rows}, {}

    def list_environments(self, request: Request) -> Answer:
        rule = {"protected_branches": False, "custom_branch_policies": True}
        rows = [{"name": name, "deployment_branch_policy": rule if on else None} for name, on in self.limited.items()]
        return 200, {"total_count": len(rows), "environments": rows}, {}

    def get_branch(self, request: Request, name: str) -> Answer:
        return 200, {"name": name, "commit": {"sha": self.branches[name]}}, {}

    def get_pull(self, request: Request, number: str) -> Answer:
        return 200, self.pulls[int(number)], {}

    def list_pulls(self, request: Request) -> Answer:
        owner, _, branch = request.query.get("head", [""])[0].partition(":")
        state = request.query.get("state", ["open"])[0]
        rows = [row for row in self.pulls.values() if state in ("all", row["state"])]
        if owner:
            rows = [row for row in rows if (_owner(row), row["head"]["ref"]) == (owner, branch)]
        return 200, _page(request, rows), {}

    def list_comments(self, request: Request, number: str) -> Answer:
        return 200, _page(request, [row for row in self.comments if row["issue"] == int(number)]), {}

    def post_comment(self, request: Request, number: str) -> Answer:
        _ = self.pulls[int(number)]
        if len(request.value["body"]) > 65_536:
            return 422, {"message": "Validation Failed: body is too long"}, {}
        user = {"login": self.login, "type": "User"} if self.login else BOT
        return 201, self._add_comment(int(number), request.value["body"], user), {}

    def patch_comment(self, request: Request, id_: str) -> Answer:
        row = next(each for each in self.comments if each["id"] == int(id_))
        row["body"] = request.value["body"]
        return 200, row, {}

    def delete_comment(self, request: Request, id_: str) -> Answer:
        self.comments[:] = [each for each in self.comments if each["id"] != int(id_)]
        return 204, None, {}

    def post_status(self, request: Request, commit: str) -> Answer:
        value = request.value
        if value["state"] not in ("error", "failure", "pending", "success") or len(value.get("description", "")) > 140:
            return 422, {"message": "Validation Failed"}, {}
        self.statuses.setdefault(commit, []).append(value)
        return 201, {"id": self._number(), **value}, {}

    def list_deployments(self, request: Request) -> Answer:
        wanted = request.query.get("environment", [""])[0]
        rows = [row for row in reversed(self.deployments) if wanted in ("", row["environment"])]
        return 200, _page(request, rows), {}

    def post_deployment(self, request: Request) -> Answer:
        row = {"id": self._number(), "states": [], **request.value}
        self.deployments.append(row)
        return 201, row, {}

    def list_states(self, request: Request, id_: str) -> Answer:
        row = next(each for each in self.deployments if each["id"] == int(id_))
        return 200, _page(request, list(reversed(row["states"]))), {}

    def post_state(self, request: Request, id_: str) -> Answer:
        row = next(each for each in self.deployments if each["id"] == int(id_))
        row["states"].append(request.value)
        return 201, {"id": self._number(), **request.value}, {}


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", r"", Forge.get_repository),
    ("GET", r"/environments", Forge.list_environments),
    ("GET", r"/(actions|environments/\w+)/(secrets|variables)", Forge.list_stored),
    ("GET", r"/branches/([^/]+)", Forge.get_branch),
    ("GET", r"/pulls", Forge.list_pulls),
    ("GET", r"/pulls/(\d+)", Forge.get_pull),
    ("GET", r"/issues/(\d+)/comments", Forge.list_comments),
    ("POST", r"/issues/(\d+)/comments", Forge.post_comment),
    ("PATCH", r"/issues/comments/(\d+)", Forge.patch_comment),
    ("DELETE", r"/issues/comments/(\d+)", Forge.delete_comment),
    ("POST", r"/statuses/([0-9a-f]+)", Forge.post_status),
    ("GET", r"/deployments", Forge.list_deployments),
    ("POST", r"/deployments", Forge.post_deployment),
    ("GET", r"/deployments/(\d+)/statuses", Forge.list_states),
    ("POST", r"/deployments/(\d+)/statuses", Forge.post_state),
)


def _owner(row: Mapping[str, Any]) -> str:
    owner: str = row["head"]["repo"]["full_name"].partition("/")[0]
    return owner


def _page(request: Request, rows: list[Any]) -> list[Any]:
    size, page = (int(request.query.get(name, [default])[0]) for name, default in (("per_page", "30"), ("page", "1")))
    return rows[(page - 1) * size : page * size]


@contextmanager
def running_forge(**values: Any) -> Iterator[Forge]:
    """A forge on a free port; `values` are fields of Forge."""
    forge = Forge(**values)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            time.sleep(forge.delay)
            asked = Request(self.command, url.path, parse_qs(url.query), headers, body)
            forge.before(asked)
            status, value, more = forge.answer(asked)
            if not status:
                self.close_connection = True
                return
            data = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", **more}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        forge.url = f"http://127.0.0.1:{server.server_port}{BASE}"
        yield forge
