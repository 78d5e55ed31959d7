"""`publish ci run`: what it tells the runner, what it leaves out without secrets, and what it refuses."""

import io
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from publisher.app.context import Session
from publisher.app.pipeline_run import changes
from publisher.report import Report
from tests.ci.test_written import ALLOWED, ROOT, tags
from tests.cli.test_cli import Captured, call

SECRETS = {"PUBLISH_KEY": "0x" + "5e" * 32, "PUBLISH_API": "http://127.0.0.1:1/?key=hidden-in-a-url"}
TOML = """[site]
title = "A <b>title</b> ::error::x"

[stores.node]
kind = "kubo"
api = "env:PUBLISH_API"

[names.main]
kind = "ens"
name = "demo.eth"
rpc = ["http://127.0.0.1:1"]
chain-id = 31337
signer = "env:PUBLISH_KEY"
"""


class Job:
    """A step on a runner: a checkout with a site in `docs`, and the files of the runner."""

    def __init__(self, top: Path) -> None:
        self.site = top / "docs"
        self.summary, self.output = top / "summary.md", top / "output"
        (self.site / "content").mkdir(parents=True)
        (self.site / "publish.toml").write_text(TOML)
        self.article("index.md", "# Home\n\nWords.\n")

    def article(self, name: str, text: str) -> None:
        (self.site / "content" / name).write_text(text, encoding="utf-8")

    def outputs(self) -> dict[str, str]:
        """The outputs, read as the runner reads them."""
        found, lines = dict[str, str](), iter(self.output.read_text().splitlines())
        for line in lines:
            name, _, end = line.partition("<<")
            found[name] = "\n".join(iter(lines.__next__, end))
        return found


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    made = Job(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    env |= {"GITHUB_STEP_SUMMARY": str(made.summary), "GITHUB_OUTPUT": str(made.output)}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return made


def test_a_fault_is_an_annotation_at_its_file_below_the_top_and_a_line_of_the_summary(
    job: Job, capsys: Captured
) -> None:
    job.article("a.md", "---\ntitle: A\n---\n\nSee [gone](gone.md).\n")
    assert call("ci", "run", "check", "-C", "docs") == 3
    said = capsys.readouterr().err
    assert re.search(r"^::error file=docs/content/a\.md,line=5,col=\d+::", said, re.MULTILINE)
    assert "content&#47;a&#46;md&#58;5" in job.summary.read_text()
    assert job.outputs()["root"] == ""


def test_a_build_needs_no_secret_and_its_car_is_the_same_root(job: Job, capsys: Captured) -> None:
    assert call("ci", "run", "build", "-C", "docs", "--car", "site.car", "--now", "2026-11-30") == 0
    built = job.outputs()
    assert built["root"] == capsys.readouterr().out.strip()
    assert (built["car"], built["now"], built["name-changed"]) == ("site.car", "2026-11-30", "false")
    assert call("--json", "add", "site.car", "-C", "docs") == 0
    assert json.loads(capsys.readouterr().out)["root"] == built["root"]


@pytest.mark.parametrize("given", [{}, dict.fromkeys(SECRETS, ""), {**SECRETS, "PUBLISH_KEY": " \n"}])
def test_without_secrets_it_builds_and_checks_and_says_what_it_left_out(
    given: dict[str, str], job: Job, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    missing = [name for name in sorted(SECRETS) if not given.get(name, "").strip()]
    assert call("ci", "run", "publish", "-C", "docs", "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["left_out"]["variables"] == missing
    assert found["root"] == job.outputs()["root"] != ""
    assert "not published" in job.summary.read_text()
    assert call("ci", "run", "publish", "-C", "docs", "--fails-without-credentials", "--json") == 2
    message = json.loads(capsys.readouterr().out)["error"]["message"]
    assert all(name in message for name in missing)


def test_a_pull_request_moves_no_name_whatever_its_branch_is_called_and_whatever_secrets_are_there(
    job: Job, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_HEAD_REF": "main", "GITHUB_REF": "refs/pull/1/merge"}
    for name, value in {**SECRETS, **env}.items():
        monkeypatch.setenv(name, value)
    assert call("ci", "run", "publish", "-C", "docs", "--fails-without-credentials", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["left_out"]["why"] == "this run is for a pull request"
    assert not {"stores", "names", "plan"} & set(found)


def test_without_secrets_a_car_is_read_and_a_damaged_one_is_a_fault(job: Job, capsys: Captured) -> None:
    assert call("ci", "run", "build", "-C", "docs", "--car", "site.car") == 0
    root = capsys.readouterr().out.strip()
    assert call("ci", "run", "deploy", "site.car", "-C", "docs") == 0
    assert capsys.readouterr().out.strip() == root
    assert call("ci", "run", "deploy", root, "-C", "docs") == 0
    assert capsys.readouterr().out == "", "nothing was read, so there is no result"
    car = Path("site.car")
    car.write_bytes(car.read_bytes()[:-1])
    assert call("ci", "run", "deploy", "site.car", "-C", "docs") == 4


def test_no_secret_is_in_anything_that_is_written_when_a_service_cannot_be_reached(
    job: Job, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert call("-v", "ci", "run", "publish", "-C", "docs") != 0
    said = capsys.readouterr()
    for text in (said.err, said.out, job.summary.read_text(), job.output.read_text()):
        assert "5e5e5e" not in text
        assert "hidden-in-a-url" not in text


@pytest.mark.parametrize("given", [("--hidden",), ("--relative",), ("--hidden", "--relative")])
def test_a_folder_of_another_program_is_read_as_the_options_say(
    given: tuple[str, ...], job: Job, capsys: Captured
) -> None:
    files = {"index.html": "<a href=/about/>x</a>", "about/index.html": "y", ".well-known/x": "z"}
    for name, text in files.items():
        path = job.site.parent / "public" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert call("ci", "run", "deploy", "-C", "docs", *given, "public") == 0  # No secret is set, so it only reads.
    root = job.outputs()["root"]
    capsys.readouterr()
    assert call("--json", "add", "-C", "docs", *given, "public") == 0
    assert json.loads(capsys.readouterr().out)["root"] == root
    assert call("--json", "add", "-C", "docs", "public") == 0
    assert json.loads(capsys.readouterr().out)["root"] != root


class Repeats(BaseHTTPRequestHandler):
    """A node that repeats the headers of each request in its error."""

    def do_POST(self) -> None:
        body = json.dumps({"Message": f"you sent {self.headers['Authorization']}", "Code": 0, "Type": "error"}).encode()
        self.send_response(500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Write no line for a request."""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_node_that_repeats_its_token_shows_it_to_nobody(
    as_json: bool, job: Job, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "token-that-a-node-repeats"
    with ThreadingHTTPServer(("127.0.0.1", 0), Repeats) as node:
        Thread(target=node.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{node.server_port}"
        (job.site / "publish.toml").write_text(
            f"[site]\ntitle = 'T'\n[stores.node]\nkind = 'kubo'\napi = 'http://{host}'\ntoken-env = 'PUBLISH_TOKEN'\n"
        )
        monkeypatch.setenv("PUBLISH_TOKEN", token)
        monkeypatch.setenv("PUBLISH_TOKEN_HOST", f"http://{host}")
        assert call("-v", *["--json"] * as_json, "ci", "run", "publish", "-C", "docs") == 4
        node.shutdown()
    said = capsys.readouterr()
    assert "you sent Bearer (the value of PUBLISH_TOKEN)" in said.err
    for text in (said.err, said.out, job.summary.read_text(), job.output.read_text()):
        assert token not in text


def test_titles_file_names_and_front_matter_give_no_orders(job: Job, capsys: Captured) -> None:
    evil = "::set-output name=root::evil"
    job.article(f"{evil}.md", f'---\ntitle: "{evil} <img src=x> @team ##[error]x"\n---\n\n[x](gone.md)\n')
    job.article("a\n::add-mask::##[add-mask]b.md", "---\ntitle: B\ndate: ::stop-commands::x\n---\n\n[x](gone.md)\n")
    assert call("ci", "run", "check", "-C", "docs") == 3
    said = capsys.readouterr()
    orders = [line for line in f"{said.out}\n{said.err}".splitlines() if line.lstrip().startswith("::")]
    assert orders
    assert all(line.startswith(("::error file=docs/content/", "::warning file=", "::notice file=")) for line in orders)
    assert "##[" not in said.err + said.out
    assert tags(job.summary.read_text()) <= ALLOWED
    assert job.outputs()["root"] == ""


@pytest.mark.parametrize(
    "words",
    [
        ("deploy",),
        ("publish", "site.car"),
        ("check", "--car", "site.car"),
        ("check", "--hidden"),
        ("deploy", "--relative", "docs/publish.toml"),
        ("nonsense",),
        ("build", "--now", "$(touch x)"),
    ],
)
def test_a_step_that_cannot_be_is_told_with_what_to_write(words: tuple[str, ...], job: Job, capsys: Captured) -> None:
    assert call("--json", "ci", "run", *words, "-C", "docs") == 2
    assert json.loads(capsys.readouterr().out)["error"]["hint"]


def test_a_missing_step_is_told_on_one_line(job: Job, capsys: Captured) -> None:
    assert call("--json", "ci", "run", "-C", "docs") == 2
    message = json.loads(capsys.readouterr().out)["error"]["message"]
    assert "check, build, publish, deploy" in message


def test_outside_of_a_pipeline_it_writes_no_files(job: Job, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    job.article("a.md", "---\ntitle: A\n---\n\nSee [gone](gone.md).\n")
    assert call("ci", "run", "check", "-C", "docs") == 3
    assert "::error" not in capsys.readouterr().err
    assert not job.summary.exists()


def test_files_of_the_runner_that_cannot_be_written_end_no_run(
    job: Job, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(job.site))
    assert call("ci", "run", "check", "-C", "docs") == 0
    assert "warning: no outputs of this step" in capsys.readouterr().err


def test_other_commands_in_a_workflow_write_annotations_and_a_table(job: Job, capsys: Captured) -> None:
    job.article("a.md", "---\ntitle: A\n---\n\nSee [gone](gone.md).\n")
    assert call("check", "-C", "docs") == 3
    assert "::error file=docs/content/a.md,line=5" in capsys.readouterr().err
    assert job.summary.read_text().startswith("### publish\n")


def test_changes_that_cannot_be_shown_are_no_fault_of_a_step_that_has_published(tmp_path: Path) -> None:
    (tmp_path / ".publish").write_text("no folder, so there is no cache")
    session = Session(env={}, site=tmp_path, report=Report(io.StringIO(), err := io.StringIO()))
    session.report.data |= {"root": str(ROOT), "names": [{"before": "", "outcome": "moved"}]}
    assert changes(session) == []
    assert "warning: the changes are not shown" in err.getvalue()
