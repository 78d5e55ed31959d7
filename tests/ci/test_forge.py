"""The client of a forge against a server that keeps the documented interface, and against one that does not."""

from collections.abc import Callable

import pytest

from publisher.ci.forge import Forge as Client
from publisher.ci.forge_api import PAGE, open_api
from publisher.errors import PublishError, StoreRefused, StoreUnreachable
from tests.services.forge import Forge, running_forge
from tests.stores.fakeweb import Time

A, B = "a" * 40, "b" * 40
MARKER = "<!-- publish preview example.eth -->"


def client(forge: Forge, token: str | None = None, time: Time | None = None) -> Client:
    value = f"Bearer {forge.token if token is None else token}"
    sign = (lambda: value) if token != "" else None
    return Client(open_api(forge.url, forge.repository, sign, clock=(time or Time()).clock()))


def test_the_newest_commit_of_a_branch_with_any_name(forge: Forge) -> None:
    forge.branches |= {"main": A, "feature/ä #1": B}
    assert client(forge).branch_head("main") == A
    assert client(forge).branch_head("feature/ä #1") == B


def test_a_pull_request_is_found_by_the_repository_of_its_branch_and_not_by_the_branch_alone(forge: Forge) -> None:
    forge.pull(1, A, source="mallory/site", branch="main")
    forge.pull(2, B, source="mallory/other-fork", branch="main")
    forge.pull(3, B, source="mallory/site", branch="main", closed=True)
    found = client(forge).pulls_of("mallory/site", "main")
    assert [(pull.number, pull.head_commit, pull.open) for pull in found] == [(1, A, True)]
    assert client(forge).pulls_of("anna/site", "main") == ()
    forge.pulls[1]["head"]["repo"] = None  # The fork was deleted.
    assert client(forge).pull_request(1).head_repository == ""


def test_one_comment_is_kept_for_each_marker(forge: Forge) -> None:
    forge.pull(1, A)
    other = forge.comment(1, f"{MARKER}\nnot ours", "mallory")
    for text in ("first", "second"):
        url = client(forge).put_comment(1, MARKER, text)
    client(forge).put_comment(1, "<!-- publish preview other.eth -->", "third")
    ours = f"{MARKER}\nsecond"
    assert forge.texts(1) == [f"{MARKER}\nnot ours", ours, "<!-- publish preview other.eth -->\nthird"]
    assert url.endswith(f"/anna/site/pull/1#issuecomment-{other + 1}")


def test_a_comment_is_found_behind_many_others_and_under_the_account_of_a_person(forge: Forge) -> None:
    forge.login = "anna"
    forge.pull(1, A)
    for number in range(PAGE + 1):
        forge.comment(1, f"{MARKER}" if number % 2 else "talk", "somebody[bot]", "Bot")
    for text in ("first", "second"):
        client(forge).put_comment(1, MARKER, text)
    assert forge.texts(1)[PAGE + 1 :] == [f"{MARKER}\nsecond"]


def test_of_two_jobs_that_comment_at_once_one_comment_stays(forge: Forge) -> None:
    forge.pull(1, A)
    once = iter([True])

    def other_job(request: object) -> None:
        if next(once, False):
            forge.comment(1, f"{MARKER}\nthe other job's", "github-actions[bot]", "Bot")

    forge.faults.append(("POST .*/comments", other_job))
    url = client(forge).put_comment(1, MARKER, "ours")
    assert forge.texts(1) == [f"{MARKER}\nours"]
    assert url.endswith(f"issuecomment-{forge.comments[0]['id']}")


def test_a_status_is_cut_to_what_the_forge_takes(forge: Forge) -> None:
    client(forge).set_status(A, "publish/preview", "success", "é" * 141, "https://gateway.example.org/ipfs/x/")
    (status,) = forge.statuses[A]
    assert status["description"] == "é" * 139 + "…"
    assert (status["state"], status["target_url"]) == ("success", "https://gateway.example.org/ipfs/x/")


def test_a_deployment_that_succeeds_makes_the_older_ones_of_its_environment_inactive(forge: Forge) -> None:
    here = client(forge)
    numbers = [here.deployment(commit, name) for commit, name in ((A, "production"), (A, "other"), (B, "production"))]
    for number, name in zip(numbers, ("production", "other", "production"), strict=True):
        here.finish_deployment(number, name, "success", "https://example.eth.limo/")
    failed = here.deployment(A, "production")
    here.finish_deployment(failed, "production", "failure")
    states = {row["id"]: [state["state"] for state in row["states"]] for row in forge.deployments}
    assert states == dict(
        zip([*numbers, failed], [["success", "inactive"], ["success"], ["success"], ["failure"]], strict=True)
    )
    assert forge.deployments[0]["states"][0]["environment_url"] == "https://example.eth.limo/"


@pytest.mark.parametrize(("status", "more"), [(403, {"Retry_After": "7"}), (429, {"Retry_After": "7"})])
def test_a_forge_that_limits_is_asked_again_when_it_says(forge: Forge, status: int, more: dict[str, str]) -> None:
    time = Time()
    forge.branches["main"] = A
    forge.fail("GET .*/branches/", status, "You have exceeded a secondary rate limit", 2, **more)
    assert client(forge, time=time).branch_head("main") == A
    assert time.slept == [7, 7]


def test_a_limit_that_ends_at_a_time_is_waited_for_or_said(forge: Forge) -> None:
    time = Time()
    forge.branches["main"] = A
    more = {"X_RateLimit_Remaining": "0", "Date": "Mon, 30 Nov 2026 10:00:00 GMT"}
    forge.fail("GET", 403, "API rate limit exceeded", 1, **more, X_RateLimit_Reset="1796032805")
    assert client(forge, time=time).branch_head("main") == A
    assert time.slept == [5]
    forge.faults.clear()
    forge.fail("GET", 403, "API rate limit exceeded", 1, **more, X_RateLimit_Reset="1796034600")
    with pytest.raises(StoreUnreachable, match=r"accepts the next request in 1800 s|30 min") as told:
        client(forge).branch_head("main")
    assert told.value.retry


def test_a_forge_that_limits_for_ever_is_given_up(forge: Forge) -> None:
    time = Time()
    forge.fail("GET", 403, Retry_After="1")
    with pytest.raises(StoreUnreachable):
        client(forge, time=time).branch_head("main")
    assert len(forge.requests) == 4


@pytest.mark.parametrize(
    ("status", "message", "error", "said"),
    [
        (403, "Resource not accessible by integration", StoreRefused, "Resource not accessible by integration"),
        (404, "Not Found", StoreRefused, "HTTP 404"),
        (422, "Validation Failed", StoreRefused, "HTTP 422: Validation Failed"),
        (500, "", StoreRefused, "HTTP 500"),
        (503, "", StoreUnreachable, "HTTP 503"),
        (302, "", StoreRefused, "redirects"),
    ],
)
def test_a_refusal_is_an_error_with_the_next_step(
    forge: Forge, status: int, message: str, error: type[PublishError], said: str
) -> None:
    forge.fail("POST .*/statuses", status, message)
    with pytest.raises(error, match=said) as told:
        client(forge).set_status(A, "publish/preview", "success", "x")
    if status in (403, 404):
        assert "statuses: write" in told.value.hint
    assert told.value.hint
    assert forge.token not in f"{told.value}{told.value.hint}"


def test_a_refusal_to_describe_the_repository_names_it(forge: Forge) -> None:
    forge.fail("GET", 403)
    with pytest.raises(StoreRefused, match=r"refuses GET the repository \(HTTP 403"):
        client(forge).api.about()


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_missing_or_wrong_token_is_named(forge: Forge, token: str) -> None:
    with pytest.raises(StoreRefused) as told:
        client(forge, token).set_status(A, "publish/preview", "success", "x")
    assert "PUBLISH_FORGE_TOKEN" in told.value.hint
    assert "statuses: write" in told.value.hint


def test_a_connection_that_breaks_while_something_is_written_writes_it_once(forge: Forge) -> None:
    forge.fail("POST .*/statuses", 0)
    with pytest.raises(StoreUnreachable):
        client(forge).set_status(A, "publish/preview", "success", "x")
    assert len(forge.requests) == 1
    forge.fail("GET .*/branches", 0, times=1)
    forge.branches["main"] = A
    assert client(forge).branch_head("main") == A  # What only reads is asked again.


def test_a_forge_that_is_down_is_named() -> None:
    with running_forge() as gone:
        pass
    with pytest.raises(StoreUnreachable, match="nothing answers at http"):
        client(gone).branch_head("main")


LIES: list[tuple[str, object, Callable[[Client], object]]] = [
    ("GET .*/branches/", {"name": "other", "commit": {"sha": A}}, lambda it: it.branch_head("main")),
    ("GET .*/branches/", {"name": "main", "commit": {"sha": "--upload-pack=x"}}, lambda it: it.branch_head("main")),
    ("GET .*/branches/", [], lambda it: it.branch_head("main")),
    ("GET .*/branches/", b"<html>", lambda it: it.branch_head("main")),
    ("GET .*/pulls/1", {"number": 1}, lambda it: it.pull_request(1)),
    ("GET .*/pulls", {"message": "no list"}, lambda it: it.pulls_of("anna/site", "main")),
    ("GET .*/pulls", ["no row"], lambda it: it.pulls_of("anna/site", "main")),
    ("POST .*/comments", {"id": "1"}, lambda it: it.put_comment(1, MARKER, "x")),
    ("POST .*/comments", ["x"], lambda it: it.put_comment(1, MARKER, "x")),
    ("POST .*/statuses", {"context": "other"}, lambda it: it.set_status(A, "publish/preview", "success", "x")),
    ("POST .*/deployments", {"id": None}, lambda it: it.deployment(A, "production")),
]


@pytest.mark.parametrize(("what", "value", "act"), LIES)
def test_an_answer_of_another_form_is_refused(
    forge: Forge, what: str, value: object, act: Callable[[Client], object]
) -> None:
    forge.pull(1, A)
    forge.lie(what, value)
    with pytest.raises(StoreRefused, match="does not have the form"):
        act(client(forge))


def test_another_pull_request_than_the_one_that_was_asked_for_is_refused(forge: Forge) -> None:
    forge.pull(2, A)
    forge.pull(1, A)
    forge.lie("GET .*/pulls/1", forge.pulls[2])
    with pytest.raises(StoreRefused):
        client(forge).pull_request(1)
    forge.pulls[2]["base"]["repo"]["full_name"] = "other/site"
    with pytest.raises(StoreRefused):
        client(forge).pull_request(2)
