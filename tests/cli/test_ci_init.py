"""`publish ci init` in real git repositories: files, differences, and a list that gets shorter with each step."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from eth_account import Account

from publisher.app.context import Session
from publisher.app.installation import DISTRIBUTION as NAME
from publisher.app.installed import constraints, install_spec
from publisher.app.pipeline_files import PipelineFile
from publisher.app.pipeline_init import InitOptions, set_up
from publisher.ci.kinds import KINDS
from publisher.cli.commands.ci import init
from publisher.errors import ConfigError
from publisher.names.contenthash import decode
from tests.ci.test_repository import made
from tests.cli.test_cli import Captured, call
from tests.services.binaries import binary
from tests.services.chain import OTHER, OWNER, Anvil
from tests.services.git import git
from tests.services.install import cache
from tests.services.kubo import Node

PASSWORD = "correct horse battery"
STORE = '[stores.local]\nkind = "kubo"\napi = "{api}"\n'
NAME_TABLE = """[names.main]
kind = "ens"
name = "{name}"
rpc = ["{rpc}"]
chain-id = 31337
signer = "env:PUBLISH_KEY"
password-env = "PUBLISH_PASSWORD"
"""
SITE = '[site]\ntitle = "Notes"\n\n'
SPEC = ("--install", "gazeth==1.0")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of GitHub with a site, whose home folder is empty."""
    folder = made(tmp_path / "notes", "git@github.com:ada/notes.git")
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("GAZETH_SERVICES", str(cache()))  # It is below the real home folder.
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PUBLISH_PASSWORD", PASSWORD)
    monkeypatch.chdir(folder)
    site(folder, '[stores.node]\nkind = "kubo"\napi = "https://node.example:5001"\ntoken-env = "PUBLISH_TOKEN"\n')
    return folder


def site(folder: Path, tables: str) -> None:
    (folder / "publish.toml").write_text(SITE + tables, encoding="utf-8")
    (folder / ".gitignore").write_text(".publish/\n_site/\n", encoding="utf-8")
    (folder / "content").mkdir(exist_ok=True)
    (folder / "content/about.md").write_text("---\ntitle: About\n---\n\nFirst words.\n", encoding="utf-8")


def said(capsys: Captured, *words: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert call("--json", "ci", "init", *SPEC, *words) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def whats(found: dict[str, Any]) -> list[str]:
    return [step["what"] for step in found["steps"]]


def test_an_address_of_this_machine_in_a_variable_is_no_address_for_a_forge(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(here, '[stores.node]\nkind = "kubo"\napi = "env:PUBLISH_API"\ntoken-env = "PUBLISH_TOKEN"\n')
    monkeypatch.setenv("PUBLISH_API", "http://127.0.0.1:5001")
    (here / ".publish").mkdir()
    (here / ".publish/hosts.json").write_text('{"PUBLISH_TOKEN": ["http://localhost:5001"]}')
    found = whats(said(capsys))
    assert any(what.endswith("can use: PUBLISH_API holds an address of this machine") for what in found)
    assert any("PUBLISH_TOKEN_HOST" in what and "in place of HOST:PORT" in what for what in found)
    assert not any("this machine" in what for what in whats(said(capsys, "--for", "cron")))


def test_the_command_knows_every_kind() -> None:
    assert {*init.KINDS} == {*KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_are_written_once_and_are_the_same_on_every_run(kind: str, here: Path, capsys: Captured) -> None:
    first = said(capsys, "--for", kind)
    assert {each["done"] for each in first["files"]} == {"written"}
    texts = {each["path"]: (here / each["path"]).read_bytes() for each in first["files"]}
    assert not [path for path, text in texts.items() if re.search(rb"@\w+@", text)]
    assert {each["done"] for each in said(capsys, "--for", kind)["files"]} == {"unchanged"}
    assert texts == {path: (here / path).read_bytes() for path in texts}
    for path in texts:
        program = path.endswith(("/publish-site", "/post-receive"))
        assert bool((here / path).stat().st_mode & stat.S_IXUSR) is program, path


def test_a_file_that_differs_is_shown_and_kept(here: Path, capsys: Captured) -> None:
    said(capsys, "--for", "cron")
    script = here / ".publish-ci/publish-site"
    ours = script.read_text(encoding="utf-8")
    script.write_text(ours.replace("set -eu", "set -e"), encoding="utf-8")
    assert call("ci", "init", "--for", "cron", *SPEC) == 2
    out = capsys.readouterr()
    assert "-set -e\n+set -eu\n" in out.err
    assert "publish-site: different, left as it is" in out.err
    assert "--force replaces .publish-ci/publish-site" in out.err
    assert script.read_text(encoding="utf-8") != ours
    assert [each["done"] for each in said(capsys, "--for", "cron", "--force")["files"]].count("replaced") == 1
    assert script.read_text(encoding="utf-8") == ours


def test_a_person_who_says_yes_gets_the_new_file(here: Path, capsys: Captured) -> None:
    said(capsys, "--for", "cron")
    (here / ".publish-ci/crontab").write_text("# mine\n", encoding="utf-8")
    asked: list[str] = []

    def yes(file: PipelineFile) -> bool:
        asked.append(file.path)
        return True

    done = set_up(Session(os.environ, here), InitOptions("cron", install="gazeth==1.0"), yes)
    assert asked == [".publish-ci/crontab"]
    assert [each.done for each in done.files].count("replaced") == 1
    assert done.kept == ()


@pytest.mark.parametrize("kind", ["github", "forgejo", "woodpecker"])
def test_another_variable_changes_the_files_that_nobody_edited(kind: str, here: Path, capsys: Captured) -> None:
    site(here, "")
    said(capsys, "--for", kind)
    site(here, '[stores.node]\nkind = "kubo"\napi = "env:PUBLISH_NODE"\n')
    found = said(capsys, "--for", kind)
    done = {each["path"]: each["done"] for each in found["files"]}
    assert {"replaced", "unchanged"} == {*done.values()}
    path = next(path for path in done if path.endswith("publish.yml"))
    assert "PUBLISH_NODE" in (here / path).read_text(encoding="utf-8")
    assert any(what.startswith("store the secret PUBLISH_NODE") for what in whats(found))
    (here / path).write_text((here / path).read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    site(here, "")
    assert {each["path"]: each["done"] for each in said(capsys, "--for", kind, code=2)["files"]}[path] == "kept"


def test_the_list_gets_shorter_with_each_step_and_never_longer(here: Path, capsys: Captured) -> None:
    """Only the settings and the key are done here; nothing answers for the chain."""
    name = '[names.main]\nkind = "ens"\nname = "example.eth"\nrpc = ["http://127.0.0.1:9"]\n'
    store = '[stores.node]\nkind = "kubo"\napi = "https://node.example:5001"\n'
    counts = []
    for signer in ("", 'signer = "env:PUBLISH_KEY"\npassword-env = "PUBLISH_PASSWORD"\n'):
        site(here, store + name + signer)
        counts.append(len(said(capsys, "--for", "gitlab")["steps"]))
    light = {**Account.encrypt(bytes.fromhex(OTHER.key[2:]), PASSWORD, kdf="pbkdf2", iterations=2)}
    (here / "deploy-key.json").write_text(json.dumps({**light, "address": OTHER.address}), encoding="utf-8")
    counts.append(len(said(capsys, "--for", "gitlab")["steps"]))
    with (here / ".gitignore").open("a", encoding="utf-8") as file:
        file.write("/deploy-key.json\n")
    counts.append(len(said(capsys, "--for", "gitlab")["steps"]))
    git(here, "add", ".")
    counts.append(len(said(capsys, "--for", "gitlab")["steps"]))
    assert counts == sorted(counts, reverse=True)
    assert len({*counts}) == 5


def test_the_authors_own_gitlab_file_is_never_replaced(here: Path, capsys: Captured) -> None:
    (here / ".gitlab-ci.yml").write_text("test:\n  script: [make]\n", encoding="utf-8")
    found = said(capsys, "--for", "gitlab", "--force")
    assert (here / ".gitlab-ci.yml").read_text(encoding="utf-8") == "test:\n  script: [make]\n"
    assert "add these lines to .gitlab-ci.yml" in whats(found)
    (here / ".gitlab-ci.yml").write_text("include:\n  - local: .gitlab/publish.yml\ntest:\n  script: [make]\n")
    assert "add these lines to .gitlab-ci.yml" not in whats(said(capsys, "--for", "gitlab"))


@pytest.mark.parametrize("path", [".publish-ci", ".publish-ci/crontab"])
def test_no_file_is_written_through_a_symbolic_link(path: str, here: Path, tmp_path: Path, capsys: Captured) -> None:
    (here / path).parent.mkdir(exist_ok=True)
    (tmp_path / "elsewhere").mkdir()
    (here / path).symlink_to(tmp_path / "elsewhere")
    assert call("ci", "init", "--for", "cron", *SPEC) == 2
    assert "symbolic link" in capsys.readouterr().err
    assert not [*(tmp_path / "elsewhere").iterdir()]


def test_a_site_in_a_folder_gets_its_files_at_the_top(here: Path, capsys: Captured, monkeypatch: Any) -> None:
    (here / "docs").mkdir()
    site(here / "docs", "")
    monkeypatch.chdir(here / "docs")
    said(capsys, "--for", "cron", "--branch", "live")
    text = (here / ".publish-ci/publish-site").read_text(encoding="utf-8")
    assert 'cd "docs"' in text
    assert 'branch="live"' in text


def test_each_variable_of_the_settings_is_a_step_and_its_hosts_another(here: Path, capsys: Captured) -> None:
    found = said(capsys, "--for", "gitlab")
    assert "store the secret PUBLISH_TOKEN" in whats(found)
    hosts = next(step for step in found["steps"] if "PUBLISH_TOKEN_HOST" in step["what"])
    assert "node.example:5001" in hosts["commands"][0]


def test_a_secret_that_is_exported_is_piped_and_never_printed(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_TOKEN", "a-token-nobody-may-see")
    assert call("ci", "init", "--for", "gitlab", *SPEC) == 0
    out = capsys.readouterr()
    assert "printenv PUBLISH_TOKEN | glab variable set PUBLISH_TOKEN" in out.out
    assert "a-token-nobody-may-see" not in out.out + out.err


def test_a_store_on_this_machine_is_out_of_reach_of_a_forge_and_not_of_a_server(here: Path, capsys: Captured) -> None:
    site(here, '[stores.local]\nkind = "kubo"\n')
    assert any("replace the store local by one that" in what for what in whats(said(capsys, "--for", "gitlab")))
    assert not any("replace the store local by one that" in what for what in whats(said(capsys, "--for", "cron")))


def test_a_folder_outside_of_git_says_what_to_do(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    site(tmp_path, "")
    assert call("ci", "init", *SPEC) == 2
    assert "git init" in capsys.readouterr().err


class Installed:
    """An installed distribution, as the metadata of Python describes it."""

    version = "1.2.3"
    requires = ("click>=8", "web3[tester]>=8; extra == 'devnet'", "pyunormalize<18")

    def __init__(self, origin: object = None) -> None:
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        return json.dumps(self.origin) if self.origin else None


@pytest.mark.parametrize(
    ("origin", "spec"),
    [
        (None, f"{NAME}[diagrams]==1.2.3"),
        (
            {"url": "https://me:pw@git.example/a/b", "vcs_info": {"vcs": "git", "commit_id": "c" * 40}},
            f"{NAME}[diagrams] @ git+https://git.example/a/b@{'c' * 40}",
        ),
        ({"url": "https://example.org/x.whl"}, f"{NAME}[diagrams] @ https://example.org/x.whl"),
        ({"url": "https://me:pw@example.org/x.whl"}, f"{NAME}[diagrams] @ https://example.org/x.whl"),
    ],
)
def test_a_pipeline_installs_what_runs_here(origin: object, spec: str, tmp_path: Path) -> None:
    assert install_spec(tmp_path, lambda name: Installed(origin)) == spec  # type: ignore[arg-type,return-value]


def test_a_checkout_is_installed_by_its_commit_and_its_own_repository_by_a_dot(tmp_path: Path) -> None:
    folder = made(tmp_path / "program", "git@git.example:a/b.git")
    origin = {"url": folder.as_uri(), "dir_info": {"editable": True}}
    find: Any = lambda name: Installed(origin)  # noqa: E731
    commit = git(folder, "rev-parse", "HEAD")
    assert install_spec(tmp_path, find) == f"{NAME}[diagrams] @ git+https://git.example/a/b@{commit}"
    assert install_spec(folder, find) == ".[diagrams]"
    git(folder, "remote", "remove", "origin")
    with pytest.raises(ConfigError, match="no remote repository has it") as error:
        install_spec(tmp_path, find)
    assert "--install" in error.value.hint


def test_the_constraints_are_the_versions_that_run_here() -> None:
    names = [line.partition("==")[0] for line in constraints().splitlines()]
    assert names == sorted(names)
    assert {"click", "web3", "pyunormalize", "eth-abi"} <= {*names}
    assert not {*names} & {NAME, "pytest", "mypy"}


def run(line: str, folder: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def program(home: Path) -> None:
    """Install this very program where the steps put it. To fill a virtual environment would take a minute."""
    path = home / ".local/share/publish/bin/publish"
    path.parent.mkdir(parents=True)
    top = Path(init.__file__).parents[4]
    start = "from publisher.cli import main; main()"
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{top}" exec "{sys.executable}" -c "{start}" "$@"\n', encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def server(here: Path, tmp_path: Path, shared_chain: Anvil, kubo: Node, request: pytest.FixtureRequest) -> Path:
    """A bare repository, whose clone `here` has a site with a real node and a name on a real chain."""
    name = f"{re.sub('[^a-z]', '', request.node.name)[-40:]}.eth"
    shared_chain.register(name, resolver=shared_chain.put_modern())
    git(tmp_path, "init", "-q", "--bare", "-b", "trunk", "server.git")
    git(here, "remote", "set-url", "origin", str(tmp_path / "server.git"))
    site(here, STORE.format(api=kubo.api) + NAME_TABLE.format(name=name, rpc=shared_chain.url))
    return tmp_path / "server.git"


def shows(folder: Path, chain: Anvil) -> str:
    name = re.search(r'name = "(\w+\.eth)"', (folder / "publish.toml").read_text(encoding="utf-8"))
    assert name is not None
    return decode(chain.record(name[1], chain.put_modern()))


def do_steps(found: dict[str, Any], folder: Path, env: dict[str, str], *words: str) -> None:
    """Do the steps whose sentence has one of the words, with their own commands."""
    for step in found["steps"]:
        if any(word in step["what"] for word in words):
            for line in step["commands"]:
                run(line, folder, env)


def environment(home: Path) -> dict[str, str]:
    author = {f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PUBLISH_PASSWORD": PASSWORD, **author}


def key_of(folder: Path, chain: Anvil) -> None:
    """A deploy key as `publish name key new` writes it, with an encryption that opens at once."""
    light = {
        **Account.encrypt(bytes.fromhex(OTHER.key[2:]), PASSWORD, kdf="pbkdf2", iterations=2),
        "address": OTHER.address,
    }
    (folder / "deploy-key.json").write_text(json.dumps(light) + "\n", encoding="utf-8")
    with (folder / ".gitignore").open("a", encoding="utf-8") as file:
        file.write("deploy-key.json\n")


def test_a_push_to_a_bare_repository_publishes_the_site(
    here: Path, server: Path, shared_chain: Anvil, kubo: Node, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole set-up of a hook: each step is done with the commands of the list, until the list is empty."""
    home = Path(os.environ["HOME"])
    env = environment(home)
    counts = [len(said(capsys, "--for", "post-receive")["steps"])]
    key_of(here, shared_chain)
    found = said(capsys, "--for", "post-receive")
    counts.append(len(found["steps"]))
    assert f"publish name delegate {OTHER.address}" in str(found["steps"])

    monkeypatch.setenv("PUBLISH_OWNER_KEY", OWNER.key)
    assert call("name", "delegate", OTHER.address, "--signer", "env:PUBLISH_OWNER_KEY", "--yes") == 0
    counts.append(len(said(capsys, "--for", "post-receive")["steps"]))
    program(home)
    found = said(capsys, "--for", "post-receive")
    counts.append(len(found["steps"]))
    do_steps(found, here, env, "make the file", "store the secret", "copy the hook")
    assert stat.S_IMODE((home / ".config/publish-site.env").stat().st_mode) == 0o600
    found = said(capsys, "--for", "post-receive")
    counts.append(len(found["steps"]))
    assert whats(found) == ["commit these files, and push them"]
    run("sh -n .publish-ci/post-receive", here, env)
    git(here, "add", ".")
    git(here, "config", "push.default", "current")
    do_steps(found, here, env, "commit these files")
    assert said(capsys, "--for", "post-receive")["steps"] == []
    assert counts == sorted(counts, reverse=True)

    first = shows(here, shared_chain)
    assert first.startswith("ipfs://")
    assert first.removeprefix("ipfs://") in kubo.pins()
    (here / "content/about.md").write_text("---\ntitle: About\n---\n\nOther words.\n", encoding="utf-8")
    git(here, "commit", "-qam", "second")
    git(here, "push", "-q", "origin", "trunk:topic")
    assert shows(here, shared_chain) == first
    done = subprocess.run(["git", "push", "origin", "trunk"], env=env, capture_output=True, text=True, check=True)
    assert shows(here, shared_chain) not in ("", first)
    for secret in (PASSWORD, OTHER.key[2:], "ciphertext"):
        assert secret not in done.stdout + done.stderr


def test_the_line_of_cron_publishes_what_was_pushed(
    here: Path, server: Path, shared_chain: Anvil, kubo: Node, capsys: Captured
) -> None:
    home = Path(os.environ["HOME"])
    env = environment(home)
    key_of(here, shared_chain)
    shared_chain.send(OWNER.address, shared_chain.put_modern(), approve(here, shared_chain))
    program(home)
    found = said(capsys, "--for", "cron")
    git(here, "add", ".")
    git(here, "commit", "-qm", "site")
    git(here, "push", "-q", "-u", "origin", "trunk")
    do_steps(found, here, env, "make a clone", "make the file", "store the secret")
    (line,) = [line for line in (here / ".publish-ci/crontab").read_text().splitlines() if not line.startswith("#")]
    run(line.split(maxsplit=5)[5], home, env)
    first = shows(here, shared_chain)
    assert first.startswith("ipfs://")
    (here / "content/about.md").write_text("---\ntitle: About\n---\n\nAmended words.\n", encoding="utf-8")
    git(here, "commit", "-q", "--amend", "-am", "site, again")
    git(here, "push", "-q", "--force")
    run(line.split(maxsplit=5)[5], home, env)
    assert shows(here, shared_chain) not in ("", first)
    left = whats(said(capsys, "--for", "cron"))
    assert [what.partition(";")[0] for what in left] == ["on the server, add the line of cron once"]

    clone = home / "server"
    git(clone, "commit", "-q", "--allow-empty", "-m", "own")
    done = subprocess.run([clone / ".publish-ci/publish-site"], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "commits of its own" in done.stderr) == (2, True)


def approve(folder: Path, chain: Anvil) -> str:
    from tests.services.chain import data, namehash

    name = re.search(r'name = "(\w+\.eth)"', (folder / "publish.toml").read_text(encoding="utf-8"))
    assert name is not None
    return data("approve(bytes32,address,bool)", namehash(name[1]), OTHER.address, True)


def checked(*command: str | Path, folder: Path) -> None:
    env = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["github", "forgejo", "gitea"])
def test_actionlint_finds_nothing_in_the_workflows(kind: str, here: Path, capsys: Captured) -> None:
    site(here, STORE.format(api="env:PUBLISH_KUBO_API") + 'token-env = "PUBLISH_TOKEN"\n')
    found = said(capsys, "--for", kind)
    files = [each["path"] for each in found["files"] if "/workflows/" in each["path"]]
    assert files
    (here / ".github").mkdir(exist_ok=True)
    # The labels of machines that a Forgejo has are the choice of its administrator.
    (here / ".github/actionlint.yaml").write_text("self-hosted-runner:\n  labels: [docker]\n", encoding="utf-8")
    checked(binary("actionlint"), "-config-file", ".github/actionlint.yaml", *files, folder=here)


def test_systemd_finds_nothing_in_its_units(here: Path, tmp_path: Path, capsys: Captured) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: `apt-get install systemd`")
    said(capsys, "--for", "systemd")
    # In a test, the program of the unit has to be where the unit says: below the home folder of this user.
    for unit in (here / ".publish-ci").glob("*.service"):
        text = unit.read_text(encoding="utf-8").replace("%h/notes", str(here))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    shutil.copy(here / ".publish-ci/publish-site.timer", tmp_path)
    units = [tmp_path / "publish-site.service", tmp_path / "publish-site.timer"]
    checked("systemd-analyze", "verify", "--user", "--man=no", *units, folder=here)


@pytest.mark.parametrize("kind", ["cron", "systemd", "post-receive"])
def test_a_shell_reads_the_programs_and_the_lines_of_the_steps(kind: str, here: Path, capsys: Captured) -> None:
    found = said(capsys, "--for", kind)
    for each in found["files"]:
        if each["path"].endswith(("publish-site", "post-receive")):
            checked("sh", "-n", each["path"], folder=here)
    for step in found["steps"]:
        for line in step["commands"]:
            checked("sh", "-n", "-c", line, folder=here)


@pytest.mark.parametrize(
    ("kind", "path"), [("gitlab", ".gitlab/publish.yml"), ("woodpecker", ".woodpecker/publish.yml")]
)
def test_yaml_reads_the_files_and_no_job_of_a_merge_request_has_a_secret(
    kind: str, path: str, here: Path, capsys: Captured
) -> None:
    said(capsys, "--for", kind)
    found = yaml.safe_load((here / path).read_text(encoding="utf-8"))
    jobs = found["steps"] if kind == "woodpecker" else [found["publish-check"], found["publish-site"]]
    check, publish = jobs
    assert "environment" not in check
    assert "merge_request_event" in str(check) or "pull_request" in str(check)
    assert "pull_request" not in str(publish)
    assert "merge_request" not in str(publish)
