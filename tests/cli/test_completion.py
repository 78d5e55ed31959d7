"""The Tab key: what a shell is told, by its own script where the shell is installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cli.commands.completion import SHELLS
from publisher.cli.group import COMMANDS, publish
from tests.cli.test_cli import Captured, call
from tests.cli.test_help import LIGHT, command_of

CASES = [
    ("bu", {"build"}),
    ("", set(COMMANDS)),
    ("--json st", {"status"}),
    ("--dr", {"--dry-run"}),
    ("build --fr", {"--fresh"}),
    ("diff -1 --st", {"--stat"}),
    ("completion ", set(SHELLS)),
    ("help ro", {"rollback"}),
    ("explain --profile u", {"unixfs-v1-2025", "unixfs-v0-2015"}),
    ("deploy --frsh --hid", {"--hidden"}),
    ("biuld --fr", {"--fresh"}),
]
"""The words of a line after `publish`, and what the Tab key offers."""

SCRIPTS = {
    "bash": """
source ./script
COMP_WORDS=(publish $WORDS)
[[ $WORDS == *' ' || -z $WORDS ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_publish_completion publish
printf '%s\\n' "${COMPREPLY[@]}"
""",
    "zsh": """
compdef() { }
_describe() { print -rl -- "${(@)${(@P)3}%%:*}" }
compadd() { print -rl -- "${(@P)5}" }
source ./script
words=(publish ${=WORDS})
[[ $WORDS == *' ' || -z $WORDS ]] && words+=('')
CURRENT=$#words
_publish_completion
""",
    "fish": """
source ./script
complete -C "publish $WORDS"
""",
}
"""Have a shell complete the line in WORDS and print what it offers, with the script that `publish` printed."""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the program in `bin`."""
    program = tmp_path / "bin/publish"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom publisher.cli import main\nmain()\n")
    program.chmod(0o755)
    return tmp_path


def answered(shell: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> list[str]:
    """What the program prints when a shell's script asks it about a line."""
    words = ["publish", *line.split(" ")]
    monkeypatch.setenv("_PUBLISH_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
    assert call() == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out.splitlines()


def values(shell: str, lines: list[str]) -> set[str]:
    """The words that are offered, of the lines that a shell's script reads."""
    if shell == "zsh":
        return set(lines[1::3])
    return {line.partition(",")[2].partition("\t")[0] for line in lines if line}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("line", "offered"), CASES)
def test_a_shell_is_told_what_may_come_next(
    shell: str, line: str, offered: set[str], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert values(shell, answered(shell, line, monkeypatch, capsys)) == offered


def completed(shell: str, line: str, here: Path) -> list[str]:
    """What a real shell offers for a line, when it has read the script."""
    if shutil.which(shell) is None:
        what = f"{shell} is not installed: run `make services` as root, or install it"
        (pytest.fail if os.environ.get("GAZETH_REQUIRE_SERVICES") == "1" else pytest.skip)(what)
    env = {**os.environ, "PATH": f"{here / 'bin'}:{os.environ['PATH']}", "WORDS": line, "HOME": str(here)}
    script = subprocess.run(["publish", "completion", shell], capture_output=True, check=True, env=env, cwd=here)
    (here / "script").write_bytes(script.stdout)
    done = subprocess.run(
        [shell, "-c", SCRIPTS[shell]], capture_output=True, text=True, check=True, env=env, cwd=here, timeout=60
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("line", "offered"), CASES)
def test_the_script_works_in_its_shell(shell: str, line: str, offered: set[str], here: Path) -> None:
    assert {each.partition("\t")[0] for each in completed(shell, line, here)} - {""} == offered


def test_fish_shows_what_is_said_about_a_word_to_its_end_whatever_commas_it_has(here: Path) -> None:
    assert "," in COMMANDS["check"]
    assert completed("fish", "chec", here) == [f"check\t{COMMANDS['check']}"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("add pu", "file,pu"),
        ("deploy ", "file,"),
        ("diff a b", "file,b"),
        ("explain x", "file,x"),
        ("build --car s", "file,s"),
        ("-C s", "dir,s"),
        ("build -o s", "dir,s"),
        ("init s", "dir,s"),
        ("verify --from s", "dir,s"),
    ],
)
def test_a_path_is_left_to_the_shell(line: str, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert [each for each in answered("bash", line, monkeypatch, capsys) if each] == [kind]


def test_a_word_comes_with_what_is_said_about_it(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert answered("fish", "bu", monkeypatch, capsys) == [f"plain,build\t{COMMANDS['build']}"]


@pytest.mark.parametrize("shell", SHELLS)
def test_help_has_the_line_that_installs_it_for_each_shell(shell: str) -> None:
    lines = [each for each in command_of("completion").examples() if f"completion {shell} >> ~/" in each]
    assert len(lines) == 1


def test_the_script_is_one_json_object_too(capsys: Captured) -> None:
    assert call("completion", "bash", "--json") == 0
    assert "_PUBLISH_COMPLETE=bash_complete" in json.loads(capsys.readouterr().out)["script"]


def test_the_variable_of_the_script_is_the_one_that_the_program_reads() -> None:
    from publisher.cli.commands.completion import VARIABLE

    assert publish.name is not None
    assert f"_{publish.name.upper()}_COMPLETE" == VARIABLE


@pytest.mark.parametrize("line", ["", "deploy --d", "status --n", "gateway --up", "help d"])
def test_completing_loads_hardly_more_than_the_version_does(line: str) -> None:
    code = "import atexit, sys; from publisher.cli import main; atexit.register(lambda: print(*sys.modules)); main()"

    def loaded(*words: str, **env: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, env={**os.environ, **env}
        )
        return set(done.stdout.splitlines()[-1].split())

    words = ["publish", *line.split(" ")]
    asked = {"_PUBLISH_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    more = loaded(**asked) - loaded("--version")
    assert [name for name in more if name.startswith("publisher") and not LIGHT.fullmatch(name)] == []
    assert len(more) < 12
