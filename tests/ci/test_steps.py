"""What is left to do, and the commands that store a secret: none of them has the secret in its words."""

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.ci.kinds import KINDS
from publisher.ci.repository import Remote, read_remote
from publisher.ci.secret_commands import PipelineVariable, commands
from publisher.ci.steps import SetupState, steps
from publisher.ci.templates import PipelineValues, filled
from publisher.errors import ConfigError

KEY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
READY = SetupState(
    KINDS["github"],
    read_remote("git@github.com:ada/site.git"),
    PipelineValues(secrets=("PUBLISH_KEY",)),
    name="example.eth",
    signer="env:PUBLISH_KEY",
    password_env="PUBLISH_PASSWORD",
    key=KEY,
    permitted=True,
    balance=100,
    needed=100,
    variables=(PipelineVariable("PUBLISH_KEY", "deploy-key.json", signs=True),),
    stored=frozenset({"PUBLISH_KEY"}),
    environments=frozenset({"production", "preview"}),
)


def left(state: SetupState) -> str:
    return "\n".join(" ".join((step.what, *step.commands)) for step in steps(state))


def test_nothing_is_left_when_all_is_done() -> None:
    assert left(READY) == ""


def test_the_first_push_names_the_remote_and_the_branch() -> None:
    told = left(replace(READY, remote=read_remote(""), uncommitted=("a.yml",)))
    assert told.index("git remote add origin") < told.index("git push --set-upstream origin main")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unreachable": {"local": "it is this machine"}}, "replace the store local by one that"),
        ({"signer": ""}, 'write signer = "env:PUBLISH_KEY"'),
        ({"signer": "keystore:deploy-key.json"}, 'in place of signer = "keystore:deploy-key.json"'),
        ({"password_env": ""}, 'write password-env = "PUBLISH_PASSWORD" beside the signer'),
        ({"exposed": "deploy-key.json"}, "echo deploy-key.json >>.gitignore"),
        ({"permitted": False}, f"publish name delegate {KEY}"),
        ({"permitted": None}, "the chain could not be read"),
        ({"balance": 9}, f"to {KEY}: 100 updates need no more"),
        ({"balance": None}, "the chain could not be read"),
        ({"uncommitted": ("a b.yml",)}, "git add 'a b.yml'"),
        ({"remote": read_remote("")}, "git remote add origin URL-OF-THE-REPOSITORY"),
        (
            {"uncommitted": ("a.yml",), "values": PipelineValues(site="docs")},
            'git -C "$(git rev-parse --show-toplevel)" add a.yml',
        ),
        ({"by_hand": (".gitlab-ci.yml",)}, "add these lines to .gitlab-ci.yml"),
        ({"environments": frozenset({"preview"})}, "make the environment production, which only the branch main"),
        ({"stored": frozenset()}, "gh secret set PUBLISH_KEY --env production <deploy-key.json"),
        ({"stored": None}, "store the secret PUBLISH_KEY"),
    ],
)
def test_each_fact_that_is_missing_is_one_step(change: dict[str, object], said: str) -> None:
    found = [*steps(replace(READY, **change))]  # type: ignore[arg-type]
    assert len(found) == 1
    assert said in left(replace(READY, **change))  # type: ignore[arg-type]


def test_without_a_key_its_three_steps_are_listed() -> None:
    found = [*steps(replace(READY, key="", permitted=None, balance=None, needed=None))]
    assert [step.what.split()[0] for step in found] == ["make", "let", "send"]
    assert "publish name key new --file deploy-key.json --password-env PUBLISH_PASSWORD" in found[0].commands
    assert found[1].commands == ("publish name delegate ADDRESS",)


def test_a_site_without_a_name_needs_no_key() -> None:
    assert left(replace(READY, name="", signer="", key="", permitted=None, balance=None)) == ""


def test_a_keystore_is_a_good_signer_on_a_server() -> None:
    server = replace(READY, kind=KINDS["cron"], signer="keystore:deploy-key.json")
    assert "in place of signer" not in left(server)


def test_the_environment_of_previews_gets_everything_but_the_key() -> None:
    remote = read_remote("git@github.com:ada/site.git")
    assert len([*commands(KINDS["github"], remote, PipelineVariable("PUBLISH_KEY", signs=True))]) == 1
    both = [*commands(KINDS["github"], remote, PipelineVariable("PUBLISH_TOKEN"))]
    assert both == [f"gh secret set PUBLISH_TOKEN --env {name}" for name in ("production", "preview")]


def test_a_host_that_is_unknown_is_left_to_a_person() -> None:
    state = replace(READY, variables=(PipelineVariable("PUBLISH_TOKEN_HOST"),))
    assert "in place of HOST:PORT" in left(state)
    assert "gh variable set PUBLISH_TOKEN_HOST --env production --body HOST:PORT" in left(state)


def test_the_steps_of_a_server_end_with_what_starts_it() -> None:
    for name, word in (("cron", "crontab"), ("systemd", "systemctl"), ("post-receive", "scp")):
        found = [*steps(replace(READY, kind=KINDS[name]))]
        assert word in " ".join(found[-1].commands)
        done = frozenset({"clone", "program", "timer", "hook"})
        fewer = [*steps(replace(READY, kind=KINDS[name], server_done=done))]
        assert len(fewer) < len(found)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("ada@server.example:site.git", "ada@server.example:site.git/hooks/post-receive"),
        ("ssh://ada@server.example/srv/site.git", "ada@server.example:/srv/site.git/hooks/post-receive"),
        (
            "ssh://ada@server.example:2222/srv/site.git",
            "-P 2222 .publish-ci/post-receive ada@server.example:/srv/site.git/hooks/post-receive",
        ),
        ("https://server.example:8443/srv/site.git", "server.example:/srv/site.git/hooks/post-receive"),
        ("/srv/site.git", "/srv/site.git/hooks/post-receive"),
    ],
)
def test_the_hook_is_copied_to_the_remote_repository(url: str, target: str) -> None:
    state = replace(READY, kind=KINDS["post-receive"], remote=read_remote(url))
    assert [*steps(state)][-1].commands[0].endswith(f" {target}")


@pytest.mark.parametrize("kind", ["forgejo", "gitea", "woodpecker"])
def test_without_a_remote_repository_the_commands_say_what_to_write_in_its_place(kind: str) -> None:
    (line,) = commands(KINDS[kind], Remote(), PipelineVariable("PUBLISH_X", exported=True))
    assert "OWNER/REPOSITORY" in line
    assert "https:///" not in line
    assert ("https://HOST/api" in line) == (kind != "woodpecker")


SECRET = 'it\'s a $(secret) "value"'


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", ["file", "variable", "value"])
def test_the_programs_of_a_forge_get_the_value_and_no_word_holds_it(kind: str, source: str, tmp_path: Path) -> None:
    """The test plays the programs of the forges: they write down their words, and what they read."""
    for program in ("gh", "glab", "curl", "woodpecker-cli"):
        words = 'for word in "$@"; do case $word in @*) cat "${word#@}" >>"$TOLD";; esac; done'
        (tmp_path / program).write_text(f'#!/bin/sh\n{words}\n[ -t 0 ] || cat >>"$TOLD"\necho "$@" >>"$WORDS"\n')
        (tmp_path / program).chmod(0o755)
    (tmp_path / "key.json").write_text(f"{SECRET}\n")
    given = {
        "file": PipelineVariable("PUBLISH_X", "key.json"),
        "variable": PipelineVariable("PUBLISH_X", exported=True),
        "value": PipelineVariable("PUBLISH_X_HOST", value="node.example:5001"),
    }[source]
    told, said = tmp_path / "told", tmp_path / "words"
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "PUBLISH_X": SECRET}
    (tmp_path / ".config").mkdir()
    env |= {"TOLD": str(told), "WORDS": str(said), "PUBLISH_FORGE_TOKEN": "token-of-the-forge"}
    for line in commands(KINDS[kind], read_remote("git@forge.example:ada/site.git"), given):
        assert SECRET not in line
        subprocess.run(["sh", "-c", line], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, check=True)
    secrets = tmp_path / ".config/publish-site.env"
    got = (told.read_text() if told.exists() else "") + (secrets.read_text() if secrets.exists() else "")
    got += said.read_text() if source == "value" and said.exists() else ""
    assert ("node.example:5001" if source == "value" else "secret") in got
    for each in ("secret)", "token-of-the-forge"):  # Everybody on the machine can read the arguments of a program.
        assert not said.exists() or each not in said.read_text()
    assert ("Authorization: token token-of-the-forge" in got) == (kind in ("forgejo", "gitea"))


@pytest.mark.parametrize("value", ['a"b', "$(id)", "a`b`", "a\nb", "${{ secrets.X }}", "", "a%b"])
def test_a_value_that_a_file_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="cannot contain") as error:
        filled("gitlab/publish.yml", PipelineValues(branch=value))
    assert "--branch" in error.value.hint


def test_without_variables_no_empty_key_is_left() -> None:
    assert "environment:" not in filled("woodpecker/publish.yml", PipelineValues())
    text = filled("woodpecker/publish.yml", PipelineValues(secrets=("PUBLISH_KEY",)))
    assert "      PUBLISH_KEY:\n        from_secret: publish_key\n" in text


def test_the_secrets_file_is_read_back_by_a_shell(tmp_path: Path) -> None:
    (tmp_path / ".config").mkdir()
    (tmp_path / "key.json").write_text('{"a": "b c",\n "d": 1}\n')
    env = {**os.environ, "HOME": str(tmp_path), "PUBLISH_PASSWORD": SECRET}
    variables = (PipelineVariable("PUBLISH_KEY", "key.json"), PipelineVariable("PUBLISH_PASSWORD", exported=True))
    for variable in (*variables, PipelineVariable("PUBLISH_X_HOST", value="node:5001")):
        for line in commands(KINDS["cron"], read_remote(""), variable):
            subprocess.run(["sh", "-c", line], cwd=tmp_path, env=env, check=True)
    show = '. "$HOME/.config/publish-site.env"; echo "$PUBLISH_KEY"; echo "$PUBLISH_PASSWORD"; echo "$PUBLISH_X_HOST"'
    done = subprocess.run(["sh", "-c", show], env={**env, "PUBLISH_PASSWORD": ""}, capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == ['{"a": "b c", "d": 1}', SECRET, "node:5001"]
    assert shlex.split(show)
