"""Send requests to the REST interface of a forge, wait if it limits them, and turn its refusals into our errors.

The interface is the one of GitHub (https://docs.github.com/rest). Forgejo and Gitea have the same paths for branches,
comments and statuses.
"""

from __future__ import annotations

import email.utils
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from publisher.ci.pipeline import TOKEN
from publisher.errors import StoreError, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass, replace
from publisher.http.auth import Clock
from publisher.http.client import Service, ServiceAnswer, open_service
from publisher.http.errors import ServiceCall, unclear, words
from publisher.http.redact import host_of
from publisher.http.retry import LATER, PAUSES, later, too_late

WHO = "forge"
"""The subject of the errors about a forge."""

HELP = "make sure that GITHUB_API_URL is the REST interface of the forge, and that the repository was not renamed"

TIMEOUT = 20.0
"""A request fails after this number of seconds without a byte."""

REFUSALS = tuple(range(400, 500))
"""With these statuses, the client returns the answer instead of raising an error, and this module reads it."""

REPOSITORY = "the repository"
"""Errors show these words for a request to the repository itself, which has no path below the repository."""

PAGE = 100
"""The number of rows in a page of a list. GitHub allows no more."""

PAGES = 20
"""At most this many pages of a list are read."""


@dataclass(frozen=True, slots=True)
class RepositoryAnswer:
    """The forge's description of a repository."""

    value: Any
    """The JSON value. Its key `permissions` has the rights of the token, if the forge tells them."""
    date: str
    """The Date header of the answer, or "" if it has none."""


@dataclass(frozen=True, slots=True)
class ForgeApi:
    """The REST interface of one repository.

    Its methods raise StoreUnreachable if the forge does not answer or limits requests for too long, and StoreRefused if
    it refuses or if its answer does not have the documented form.
    """

    service: Service
    repository: str
    """The owner and the name of the repository, as in `owner/name`."""

    def about(self) -> RepositoryAnswer:
        """Return the forge's description of the repository, with the time of its clock."""
        answer = self._answer("GET", "", "contents: read", None, {})
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return RepositoryAnswer(self._value(answer, f"GET {REPOSITORY}"), headers.get("date", ""))

    def get(self, path: str, permission: str, **query: str) -> Any:
        """Return the JSON value at a path below the repository. `permission` is the permission that the token needs."""
        answer = self._answer("GET", path, permission, None, query)
        return self._value(answer, f"GET {path}")

    def find(self, path: str, permission: str, **query: str) -> Any:
        """Return the JSON value at a path below the repository, or None if there is nothing at this path."""
        answer = self._answer("GET", path, permission, None, query, absent=True)
        return None if answer.status >= 400 else self._value(answer, f"GET {path}")

    def send(self, method: str, path: str, permission: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send `body` as JSON to a path below the repository, and return the JSON object of the answer.

        A request whose connection breaks is not sent again, because the forge may have done its work.
        """
        answer = self._answer(method, path, permission, json.dumps(body).encode(), {})
        found = self._value(answer, f"{method} {path}")
        if not isinstance(found, Mapping):
            raise self.strange(f"{method} {path}")
        return found

    def delete(self, path: str, permission: str) -> None:
        """Delete what is at a path below the repository. A path that does not exist is no error."""
        self._answer("DELETE", path, permission, None, {}, absent=True)

    def rows(self, path: str, permission: str, **query: str) -> Iterator[Mapping[str, Any]]:
        """Yield the objects of a list, page after page, from at most `PAGES` pages."""
        for page in range(1, PAGES + 1):
            found = self.get(path, permission, per_page=str(PAGE), page=str(page), **query)
            if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
                raise self.strange(f"GET {path}")
            yield from found
            if len(found) < PAGE:
                return

    def strange(self, what: str) -> StoreError:
        """Return the error for an answer that does not have the documented form. `what` names the request."""
        return unclear(
            replace(self.service.call_info, what=what), "does not have the form of the REST interface of GitHub"
        )

    def login(self) -> str:
        """Return the login name of the account of the token. Return an empty string if the forge does not tell it.

        GitHub does not tell a workflow the account of its token.
        """
        answer = self._limited(lambda: self.service.call("GET", "/user", ok_statuses=REFUSALS), "GET /user")
        if answer.status >= 400:
            return ""
        found = self._value(answer, "GET /user")
        name = found.get("login") if isinstance(found, Mapping) else None
        return name if isinstance(name, str) else ""

    def _answer(
        self,
        method: str,
        path: str,
        permission: str,
        body: bytes | None,
        query: Mapping[str, str],
        absent: bool = False,
    ) -> ServiceAnswer:
        owner, _, name = self.repository.partition("/")
        below = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}{path}"
        # The query is written here, because the client would turn each underscore of a parameter into a hyphen.
        ask = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())

        def once() -> ServiceAnswer:
            url = f"{below}?{ask}" if ask else below
            return self.service.call(method, url, body=body, repeatable=body is None, ok_statuses=REFUSALS)

        what = f"{method} {path or REPOSITORY}"
        answer = self._limited(once, what)
        if answer.status < 400 or (absent and answer.status in (404, 410)):
            return answer
        raise self._refusal(answer, what, permission)

    def _limited(self, once: Callable[[], ServiceAnswer], what: str) -> ServiceAnswer:
        """Return the answer of `once`, which is called again if the forge answers that requests are limited."""
        call_info = replace(self.service.call_info, what=what)
        for pause in (*PAUSES, None):
            answer = once()
            wait = limit(answer, pause or LATER)
            if wait is None:
                return answer
            if wait > LATER or pause is None:
                message, hint = too_late(call_info.where, wait)
                raise StoreUnreachable(call_info.label, message, hint=hint)
            self.service.clock.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _refusal(self, answer: ServiceAnswer, what: str, permission: str) -> StoreError:
        call_info = self.service.call_info
        where, said = call_info.where, words(answer.body)
        more = f": {said}" if said else ""
        if answer.status == 401 or (answer.status in (403, 404) and not call_info.credentials):
            have = "does not accept the token" if call_info.credentials else "asks for a token"
            hint = f"set {TOKEN} to a token of the forge, with the permission `{permission}`"
            return StoreRefused(WHO, f"{where} {have} for {what} (HTTP {answer.status}{more})", hint=hint)
        if answer.status in (403, 404):
            hint = f"give the job the permission `{permission}`, and make sure that the path of the request exists"
            return StoreRefused(WHO, f"{where} refuses {what} (HTTP {answer.status}{more})", hint=hint)
        told = said or "no reason is given"
        hint = "run again; if that fails too, look at the status page of the forge"
        return StoreRefused(WHO, f"{where} answers {what} with HTTP {answer.status}: {told}", hint=hint)

    def _value(self, answer: ServiceAnswer, what: str) -> Any:
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise self.strange(what) from error


def limit(answer: ServiceAnswer, otherwise: float) -> float | None:
    """Return the number of seconds that a forge asks us to wait, or None if it does not limit requests.

    GitHub limits with 403 or 429. The wait is in Retry-After, or in x-ratelimit-reset as the time since 1970. Return
    `otherwise` if both are missing.
    """
    headers = {name.lower(): value for name, value in answer.headers.items()}
    spent = headers.get("x-ratelimit-remaining", "").strip() == "0"
    if answer.status != 429 and not (answer.status == 403 and ("retry-after" in headers or spent)):
        return None
    reset = headers.get("x-ratelimit-reset", "").strip()
    if "retry-after" in headers or not (spent and reset.isascii() and reset.isdigit() and len(reset) < 12):
        return later({"Retry-After": headers.get("retry-after", ""), "Date": headers.get("date", "")}, otherwise)
    try:
        now = email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return otherwise
    return max(0.0, int(reset) - now)


def open_api(
    api: str, repository: str, credentials: Callable[[], str] | None, proxy: str = "", clock: Clock | None = None
) -> ForgeApi:
    """Return a client for one repository. Nothing is sent yet.

    `api` is the URL of the REST interface, such as https://api.github.com. `repository` is `owner/name`. `credentials`
    returns the value of the Authorization header, or is None. Raises ConfigError for a proxy that cannot be used.
    """
    call_info = ServiceCall(WHO, "forge", host_of(api), TIMEOUT, credentials is not None, HELP)
    return ForgeApi(open_service(call_info, api.rstrip("/"), credentials, clock or Clock(), proxy), repository)
