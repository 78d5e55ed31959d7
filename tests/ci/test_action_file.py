"""The files of the action and of the workflow, read as text."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from publisher.ci.outputs import NAMES
from publisher.cli.commands.ci.run import STEPS
from publisher.cli.commands.ci.run import command as ci_run
from tests.services.act import CHECKOUT

ACTION: dict[str, Any] = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
WORKFLOWS = sorted([*(CHECKOUT / ".github/workflows").glob("*.yml"), CHECKOUT / "action.yml"])
TEMPLATES = sorted((CHECKOUT / "publisher/ci/files/github").glob("*.yml"))


def test_the_action_that_init_writes_is_that_of_this_project() -> None:
    template = CHECKOUT / "publisher/ci/files/github/action.yml"
    assert template.read_bytes() == (CHECKOUT / "action.yml").read_bytes()


def test_the_action_has_the_outputs_and_commands_of_the_program() -> None:
    assert tuple(ACTION["outputs"]) == NAMES
    assert all(f"steps.run.outputs.{name} " in ACTION["outputs"][name]["value"] for name in NAMES)
    assert all(command in ACTION["inputs"]["command"]["description"] for command in (*STEPS, "install"))


@pytest.mark.parametrize("path", [*WORKFLOWS, *TEMPLATES], ids=lambda path: path.name)
def test_no_script_contains_an_expression_and_every_action_of_others_is_pinned(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^( *)(?:- )?run: ?(.*(?:\n\1 +.*|\n)*)", text, re.MULTILINE):
        assert "${{" not in block[1], block[1]
    for used in re.findall(r"\buses: (\S+)", text):
        assert re.fullmatch(r"\"?(\./.*|@action@)\"?|[\w./-]+@[0-9a-f]{40}", used), used


def test_every_input_reaches_the_script_through_the_environment() -> None:
    run = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "run")
    given = set(re.findall(r"inputs\.([\w-]+)", str(run["env"])))
    assert given == set(ACTION["inputs"]) - {"install"}


OPTIONS = {option.opts[-1].removeprefix("--"): option for option in ci_run.params if isinstance(option, click.Option)}
UNUSED = {"json", "quiet"}
"""Options that an action does not need: its outputs have the results, and the log of a job has room for every line."""


def test_every_option_of_the_command_is_an_input() -> None:
    assert set(OPTIONS) - UNUSED == set(ACTION["inputs"]) - {"command", "target", "install", "token"}


def script(folder: Path, inputs: dict[str, str]) -> list[str]:
    """Run the script of the step `run`, and return the words that it gives to `publish`."""
    run = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "run")
    env = {}
    for name, value in run["env"].items():
        (found,) = re.findall(r"inputs\.([\w-]+) }}|github\.(api_url) }}|(?<=&& )inputs\.(token)", value)
        key = next(filter(None, found))
        env[name] = inputs.get(key, str(ACTION["inputs"].get(key, {}).get("default", "https://api.example.org")))
    (folder / "publish").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >"{folder}/words"\n')
    (folder / "publish").chmod(0o755)
    env["PATH"] = f"{folder}:{os.environ['PATH']}"
    subprocess.run(["bash", "-c", run["run"]], env=env, check=True, capture_output=True)
    return (folder / "words").read_text().splitlines()


def test_without_inputs_the_command_gets_no_option(tmp_path: Path) -> None:
    assert script(tmp_path, {}) == ["ci", "run", "publish", "--site", "."]


@pytest.mark.parametrize("name", sorted(set(OPTIONS) - UNUSED - {"site"}))
def test_every_input_becomes_the_option_of_its_name(name: str, tmp_path: Path) -> None:
    if OPTIONS[name].is_flag:
        assert f"--{name}" in script(tmp_path, {name: "true"})
        assert f"--{name}" not in script(tmp_path, {name: "false"})
        with pytest.raises(subprocess.CalledProcessError):
            script(tmp_path, {name: "yes"})
    else:
        assert f"--{name}=$(x) y" in script(tmp_path, {name: "$(x) y"})


def test_a_job_that_may_hold_a_secret_takes_nothing_from_a_cache_that_another_job_may_have_written() -> None:
    (cache,) = (step for step in ACTION["runs"]["steps"] if "actions/cache@" in str(step.get("uses")))
    commands = set(re.findall(r"inputs\.command == '(\w+)'", cache["if"]))
    assert commands == {"check", "build"}
    assert "inputs.command !=" not in cache["if"]
    assert cache["with"]["path"] == "${{ steps.wheels.outputs.folder }}"
    assert "restore-keys" not in cache["with"]
