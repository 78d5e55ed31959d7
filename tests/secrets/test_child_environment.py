"""No process that we start has a secret in its environment, whether it is forked or a program of its own."""

import json
import os
import subprocess
import sys

import pytest

from publisher.secrets.child_environment import hidden_variables

SECRET = "a secret of twenty-five characters"
CHILDREN = """
import json, os, subprocess, sys
from publisher.concurrency.pool import spread
from publisher.secrets.child_environment import hidden_variables

def look(part):
    return [dict(os.environ), open("/proc/self/environ", "rb").read().decode()]

with hidden_variables(os.environ) as env:
    forked = list(spread(look, [[1], [2]], 2))
    show = "import os, json; print(json.dumps(dict(os.environ)))"
    started = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stdout
    own = env["PUBLISH_KEY"]
print(json.dumps([forked, started, own, os.environ["PUBLISH_KEY"]]))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="this system shows no environment as a file")
def test_no_child_has_a_secret_and_this_process_still_does() -> None:
    env = {**os.environ, "PUBLISH_KEY": SECRET, "PUBLISH_TOKEN": SECRET[::-1], "OTHER": "x"}
    run = subprocess.run([sys.executable, "-c", CHILDREN], env=env, capture_output=True, text=True, check=True)
    forked, started, own, after = json.loads(run.stdout)
    assert own == after == SECRET
    for seen in (json.dumps(forked), started):
        assert SECRET not in seen
        assert SECRET[::-1] not in seen
        assert "OTHER" in seen
    assert "PUBLISH_" not in started
    assert all("PUBLISH_KEY" not in variables for variables, _ in forked)


def test_the_environment_is_as_it_was_afterwards() -> None:
    environment = {"PUBLISH_KEY": "x", "HOME": "y"}
    with hidden_variables(environment) as before:
        assert environment == {"HOME": "y"}
        assert before == {"PUBLISH_KEY": "x", "HOME": "y"}
    assert environment == {"PUBLISH_KEY": "x", "HOME": "y"}


def test_a_program_that_a_command_starts_is_handed_no_secret(tmp_path: object) -> None:
    """Every process that a run starts is told to an audit hook, with the environment that it is handed."""
    code = (
        "import sys, os\n"
        "def hook(event, args):\n"
        "    if event in ('subprocess.Popen', 'os.posix_spawn', 'os.exec'):\n"
        "        print('started', args[0], 'PUBLISH_KEY' in (args[-1] or os.environ), file=sys.stderr)\n"
        "sys.addaudithook(hook)\n"
        "from publisher.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    for words in (["doctor"], ["demo", "--once"]):
        run = subprocess.run(
            [sys.executable, "-c", code, *words],
            env={**os.environ, "PUBLISH_KEY": SECRET},
            cwd=str(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert "True" not in [line.split()[-1] for line in run.stderr.splitlines() if line.startswith("started")]
