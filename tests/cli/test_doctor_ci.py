"""`publish doctor --ci`: the files, the variables and the forge of a pipeline, each fault with its fix."""

import json
import shutil
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from publisher.app.secret_hosts import host_texts
from tests.cli.test_ci_init import SPEC, here, said, site, whats
from tests.cli.test_cli import Captured, call
from tests.services.forge import Forge, running_forge
from tests.services.git import git

__all__ = ["here"]

STORE = '[stores.node]\nkind = "embedded"\n'
SECRET = '[stores.node]\nkind = "kubo"\napi = "http://127.0.0.1:9"\ntoken-env = "PUBLISH_TOKEN"\n'


@pytest.fixture
def forge() -> Any:
    with running_forge() as server:
        yield server


def found(capsys: Captured, code: int = 0) -> list[tuple[str, str, str]]:
    """Who, level and text of each finding about the pipeline, with its fix."""
    capsys.readouterr()
    assert call("--json", "doctor", "--ci") == code
    rows = json.loads(capsys.readouterr().out)["findings"]
    assert all(row["fix"] for row in rows if row["level"] in ("warning", "fault"))
    seen = [(row["who"], row["level"], f"{row['what']} {row['fix']}".strip()) for row in rows]
    usual = ("python", "publish.toml", ".publish", "journal", "outside", "node", "cache")
    return [each for each in seen if each[0] not in usual]


def test_a_repository_without_a_pipeline_is_a_fault(here: Path, capsys: Captured) -> None:
    site(here, STORE)
    assert found(capsys, 2) == [
        ("pipeline", "fault", "the repository has no file of a pipeline run `publish ci init`, and commit the files")
    ]


@pytest.mark.parametrize("kind", ["github", "gitlab", "forgejo", "gitea", "woodpecker", "cron", "systemd"])
def test_files_as_they_were_written_are_right_whatever_branch_and_program(
    kind: str, here: Path, capsys: Captured
) -> None:
    site(here, STORE)
    said(capsys, "--for", kind, "--branch", "live")
    ((who, level, what),) = found(capsys)
    assert (who, level) == ("pipeline", "ok")
    assert what.endswith("are those of this version")


def test_a_file_that_is_missing_or_differs_is_told_with_the_command(here: Path, capsys: Captured) -> None:
    site(here, STORE)
    said(capsys, "--for", "systemd")
    (here / ".publish-ci/publish-site").unlink()
    unit = here / ".publish-ci/publish-site.service"
    unit.write_text(unit.read_text() + "User=root\n")
    rows = {who: (level, what) for who, level, what in found(capsys, 2)}
    assert rows[".publish-ci/publish-site"][0] == "fault"
    assert rows[".publish-ci/publish-site.service"][0] == "warning"
    assert all("publish ci init --for systemd" in what for _, what in rows.values())


def test_other_versions_of_the_libraries_are_a_warning(here: Path, capsys: Captured) -> None:
    site(here, STORE)
    said(capsys, "--for", "cron")
    pinned = here / ".publish-ci/constraints.txt"
    pinned.write_text(pinned.read_text().replace("markdown==", "markdown==1."))
    ((who, level, what),) = found(capsys)
    assert (who, level, "another root" in what) == (".publish-ci/constraints.txt", "warning", True)


def test_a_shallow_clone_is_told(here: Path, tmp_path: Path, capsys: Captured, monkeypatch: Any) -> None:
    site(here, STORE)
    said(capsys, "--for", "cron")
    git(here, "add", ".")
    git(here, "commit", "-qm", "site")
    git(here, "commit", "-qm", "more", "--allow-empty")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{here}", "clone")
    monkeypatch.chdir(tmp_path / "clone")
    assert "this clone has only the newest commits" in found(capsys)[-1][2]


@pytest.mark.parametrize(
    ("hosts", "level", "said_of_it"),
    [
        (None, "warning", "the first host that publish.toml names receives the secret"),
        ("", "fault", "the list of hosts is empty"),
        ("https://host/path", "fault", "no host"),
        ("127.0.0.1:9", "ok", "may be sent to localhost:9"),
    ],
)
def test_each_secret_needs_its_hosts(
    hosts: str | None, level: str, said_of_it: str, here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(here, SECRET)
    said(capsys, "--for", "cron")
    monkeypatch.setenv("PUBLISH_TOKEN", "a-token-of-the-node")
    if hosts is not None:
        monkeypatch.setenv("PUBLISH_TOKEN_HOST", hosts)
    rows = [row for row in found(capsys, 2 if level == "fault" else 4) if row[0].startswith("PUBLISH_TOKEN")]
    assert len(rows) == 1
    assert (rows[0][1], said_of_it in rows[0][2]) == (level, True)


def test_a_variable_that_is_not_set_is_a_fault(here: Path, capsys: Captured) -> None:
    site(here, SECRET)
    said(capsys, "--for", "cron")
    rows = [row for row in found(capsys, 2) if row[0] == "PUBLISH_TOKEN"]
    assert rows[0][1] == "fault"


def in_a_job(here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the test play a job for the newest commit of `main`; return this commit."""
    site(here, STORE)
    said(capsys, "--for", "cron")
    git(here, "add", ".")
    git(here, "commit", "-qm", "site")
    commit = git(here, "rev-parse", "HEAD")
    forge.branches["main"] = commit
    job = {"GITHUB_SHA": commit, "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_NAME": "push"}
    for name, value in {**forge.env, **job}.items():
        monkeypatch.setenv(name, value)
    return commit


@pytest.mark.parametrize(("status", "level"), [(200, "ok"), (404, "warning")])
def test_the_gateway_of_previews_is_asked(
    status: int, level: str, here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here, the server of the forge plays the gateway."""
    gateway = forge.url.removesuffix("/api/v3")
    site(here, f'{STORE}[ci]\npreview-gateway = "{gateway}"\n')
    said(capsys, "--for", "cron")
    forge.faults.append(("GET /ipfs/bafybeiczs", lambda _: (status, {}, {})))
    assert [row[1] for row in found(capsys) if row[0] == "previews"] == [level]


def of_forge(capsys: Captured, code: int = 0) -> list[tuple[str, str]]:
    return [(level, what) for who, level, what in found(capsys, code) if who == "forge"]


def test_the_forge_is_asked_for_its_rights_and_its_newest_commit(
    here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = in_a_job(here, forge, capsys, monkeypatch)
    rights, newest = of_forge(capsys)
    assert rights == ("ok", "the token may read the repository, and write what the workflow permits")
    assert newest == ("ok", f"the newest commit of main is {commit[:12]}; this run is for it")
    forge.branches["main"] = "f" * 40
    assert f"ffffffffffff; this run is for {commit[:12]}" in of_forge(capsys)[1][1]
    assert not [each for each in forge.requests if each.method != "GET"]
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    monkeypatch.setenv("GITHUB_HEAD_REF", "a-branch-of-a-fork")
    assert of_forge(capsys) == [rights]


@pytest.mark.parametrize(
    ("rights", "level"), [({"admin": True, "push": True}, "warning"), ({"push": False}, "ok"), ({}, "ok")]
)
def test_a_token_with_all_rights_is_a_warning(
    rights: dict[str, bool], level: str, here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_job(here, forge, capsys, monkeypatch)
    forge.rights = rights
    assert of_forge(capsys)[0][0] == level


def test_a_token_that_the_forge_does_not_know_is_a_fault(
    here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_job(here, forge, capsys, monkeypatch)
    forge.token = "another"
    ((level, what),) = of_forge(capsys, 4)
    assert (level, "does not accept the token" in what) == ("fault", True)


def test_a_job_without_a_token_is_a_warning(
    here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_job(here, forge, capsys, monkeypatch)
    monkeypatch.delenv("PUBLISH_FORGE_TOKEN")
    ((level, what),) = of_forge(capsys)
    assert (level, "there is no token" in what) == ("warning", True)


def test_a_clock_that_is_wrong_is_a_warning(
    here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_job(here, forge, capsys, monkeypatch)
    about = {"permissions": {"push": True}}
    forge.faults.append((r"GET /api/v3/repos/anna/site$", lambda _: (200, about, {"Date": formatdate(0, usegmt=True)})))
    assert any("clock" in what for _, what in of_forge(capsys))


def test_secrets_that_the_forge_has_are_no_step_any_more(
    here: Path, forge: Forge, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(here, SECRET)
    git(here, "remote", "set-url", "origin", "git@github.com:anna/site.git")
    for name in ("GITHUB_API_URL", "PUBLISH_FORGE_TOKEN", "PUBLISH_FORGE_TOKEN_HOST"):
        monkeypatch.setenv(name, forge.env[name])
    hosts = "set PUBLISH_TOKEN_HOST to the hosts that may receive PUBLISH_TOKEN, which you write in place of HOST:PORT"
    secrets = {"store the secret PUBLISH_TOKEN", hosts}  # The store is on this machine, where no forge finds it.
    assert secrets <= {*whats(said(capsys, "--for", "github"))}
    forge.stored["environments/production", "secrets"] = ["PUBLISH_TOKEN"]
    forge.stored["actions", "variables"] = ["PUBLISH_TOKEN_HOST"]
    assert "store the secret PUBLISH_TOKEN" in whats(said(capsys, "--for", "github"))
    forge.stored["environments/preview", "secrets"] = ["PUBLISH_TOKEN"]
    assert not secrets & {*whats(said(capsys, "--for", "github"))}
    for limited, left in (({}, 2), ({"production": False, "preview": True}, 1), ({"production": True}, 1)):
        forge.limited = limited
        assert sum(what.startswith("make the environment") for what in whats(said(capsys, "--for", "github"))) == left
    forge.fail("GET .*secrets", 403, "this is no HTTP 404")
    assert call("ci", "init", "--for", "github", *SPEC) == 0
    assert "are unknown" in capsys.readouterr().err


def test_an_address_that_programs_read_differently_gets_no_token(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(here, SECRET)
    git(here, "remote", "set-url", "origin", "git@github.com:anna/site.git")
    monkeypatch.setenv("PUBLISH_FORGE_TOKEN", "token-of-the-forge")
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9\\@localhost:9/api/v3")
    assert call("ci", "init", "--for", "github", *SPEC) == 0
    assert "GITHUB_API_URL: the address" in capsys.readouterr().err
    assert not list(here.glob(".publish/*.json")), "no host may get the token from now on"


def test_the_hosts_are_those_that_were_used_here_or_those_in_the_settings(here: Path, capsys: Captured) -> None:
    from publisher.app.context import Session

    tables = {
        '[stores.a]\nkind = "kubo"\napi = "/dns4/n.eg/tcp/5001/https"\ntoken-env = "PUBLISH_A"\n': "n.eg:5001",
        '[stores.a]\nkind = "pinning"\nservice = "filebase"\ntoken-env = "PUBLISH_A"\n': "api.filebase.io",
        '[stores.a]\nkind = "upload"\nservice = "lighthouse"\ntoken-env = "PUBLISH_A"\n': "upload.lighthouse.storage",
        '[stores.a]\nkind = "cluster"\napi = "http://c.example:9094"\ntoken-env = "PUBLISH_A"\n': "c.example:9094",
        '[stores.a]\nkind = "kubo"\napi = "env:PUBLISH_API"\ntoken-env = "PUBLISH_A"\n': "",
    }
    for table, host in tables.items():
        site(here, table)
        session = Session({}, here)
        assert host_texts(session, session.settings()).get("PUBLISH_A", "") == host
    (here / ".publish").mkdir()
    (here / ".publish/hosts.json").write_text('{"PUBLISH_A": ["https://used.example:443"]}')
    assert host_texts(session, session.settings()) == {"PUBLISH_A": "used.example"}
    shutil.rmtree(here / ".publish")
