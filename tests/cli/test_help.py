"""The command line explains itself: help, the nearest right word."""

import json
import re
import shlex
import subprocess
import sys

import click
import pytest

from publisher.app.context import Session
from publisher.cli.group import ALIASES, COMMANDS, SECTIONS, publish
from publisher.cli.help import Command, GlobalOption, broken
from tests.cli.test_cli import Captured, call

VERBS = {"Build", "Check", "Find", "List", "Make", "Point", "Print", "Publish", "Put", "Serve", "Show", "Test", "Try"}
VERBS |= {"Move", "Turn", "Unpin"}
"""How the first sentence of a help may begin."""
OPERATORS = frozenset({">", ">>", "<", "|"})
LIGHT = re.compile(
    r"publisher(\.(cli|secrets)(\..*)?|\.(app|errors|fast_dataclass|formatting|report)|\.app\.(context|history|preview|new_site|new_article))?"
)
"""What may be loaded to know the options of every command."""

each_command = pytest.mark.parametrize("name", ["", *COMMANDS])


def command_of(name: str) -> Command:
    command = publish.get_command(click.Context(publish), name) if name else publish
    assert isinstance(command, Command)
    return command


def options_of(name: str) -> list[click.Option]:
    return [each for each in command_of(name).params if isinstance(each, click.Option) and not each.hidden]


def paragraphs(name: str) -> list[str]:
    return [" ".join(each.split()) for each in command_of(name).text().split("\n\n")]


def help_of(name: str, width: int, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    capsys.readouterr()
    assert call(*([name] if name else []), "--help") == 0
    return capsys.readouterr().out


def parsed(example: str) -> click.Context:
    """Let click read an example to its last word, and do nothing."""
    words = shlex.split(example, comments=True)
    end = next((at for at, word in enumerate(words) if word in OPERATORS), len(words))
    assert words[0] == "publish"
    context = publish.make_context("publish", words[1:end], obj=Session())
    if not (rest := [*context._protected_args, *context.args]):
        return context
    name, command, rest = publish.resolve_command(context, rest)
    assert command is not None
    return command.make_context(name, rest, parent=context)


@each_command
def test_help_begins_with_a_sentence_that_begins_with_a_verb(name: str) -> None:
    first = paragraphs(name)[0]
    assert first.split()[0] in VERBS
    assert first.endswith(".")
    assert ". " not in first


@each_command
def test_help_says_what_the_command_changes(name: str) -> None:
    assert len([each for each in paragraphs(name) if each.startswith("It changes ")]) == 1


@each_command
def test_help_ends_with_examples_of_that_very_command(
    name: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = command_of(name).examples()
    assert 1 <= len(examples) <= 3
    assert all((parsed(each).info_name or "") == (name or "publish") for each in examples)
    shown = help_of(name, 80, capsys, monkeypatch)
    assert shown.endswith("\nExamples:\n" + "".join(f"  {each}\n" for each in examples))


@pytest.mark.parametrize("example", ["publish build --frsh", "publish buld", "publish completion sh > file"])
def test_an_example_that_is_wrong_would_be_found(example: str) -> None:
    with pytest.raises(click.UsageError):
        parsed(example)


@each_command
def test_every_option_has_a_sentence_and_one_with_a_value_its_default(name: str) -> None:
    for option in options_of(name):
        text = option.help or ""
        assert re.fullmatch(r"[A-Z].*[.]", text), (option.opts, text)
        if not option.is_flag:
            assert option.show_default, option.opts
            assert option.metavar, option.opts
            assert isinstance(option.show_default, str) or option.default is not None, option.opts


@each_command
def test_global_options_have_one_section_and_are_the_same_everywhere(
    name: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def section(text: str) -> str:
        return text.partition("\nGlobal options:\n")[2].partition("\n\n")[0]

    shown = help_of(name, 80, capsys, monkeypatch)
    assert section(shown) == section(help_of("config", 80, capsys, monkeypatch))
    everywhere = {each.name for each in options_of(name) if isinstance(each, GlobalOption)}
    assert everywhere == {"config", "site", "json", "quiet", "verbose"}
    own = shown.partition("\nGlobal options:\n")[0]
    assert not re.search(r"^  (-\w, )?--(config|site|json|quiet|verbose|help)\b", own, re.MULTILINE)


@pytest.mark.parametrize("width", [40, 80])
@each_command
def test_help_has_no_line_over_the_width_and_breaks_no_option(
    name: str, width: int, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = help_of(name, width, capsys, monkeypatch)
    assert [line for line in shown.splitlines() if len(line) > width] == []
    assert all(each in shown for option in options_of(name) for each in option.opts)
    flat = " ".join(shown.split())
    assert all(paragraph in flat for paragraph in paragraphs(name))
    assert all(option.help in flat for option in options_of(name) if option.help)


@each_command
def test_on_a_narrow_terminal_an_explanation_has_room(
    name: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = help_of(name, 40, capsys, monkeypatch)
    prose = shown.partition("\n\n")[2].partition("\nExamples:")[0]
    assert all(len(line) - len(line.lstrip()) <= 6 for line in prose.splitlines())


def test_an_example_that_is_broken_can_be_copied_into_a_shell() -> None:
    lines = list(broken("publish gateway --upstream http://127.0.0.1:8080  # a node here", 36))
    assert lines[0] == "# a node here"
    assert len(lines) > 2
    assert max(map(len, lines)) <= 36
    said = subprocess.run(
        ["bash", "-c", "\n".join(lines).replace("publish", "echo", 1)], capture_output=True, text=True, check=True
    )
    assert said.stdout == "gateway --upstream http://127.0.0.1:8080\n"


def test_the_list_has_every_command_once_with_the_first_sentence_of_its_help(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = help_of("", 80, capsys, monkeypatch)
    for heading, rows in SECTIONS.items():
        section = shown.partition(f"\n{heading}:\n")[2].partition("\n\n")[0].splitlines()
        assert [line.strip().partition("  ")[0] for line in section] == [f"publish {name}".strip() for name in rows]
    for name, text in COMMANDS.items():
        assert len(re.findall(rf"^  publish {name} ", shown, re.MULTILINE)) == 1
        assert paragraphs(name)[0] == f"{text}."
    assert SECTIONS["Publish"][""].split()[0] in VERBS


@pytest.mark.parametrize("name", [*COMMANDS, *ALIASES])
def test_help_in_front_says_what_help_behind_says(name: str, capsys: Captured) -> None:
    assert call(name, "--help") == 0
    behind = capsys.readouterr().out
    assert call("help", name) == 0
    assert capsys.readouterr().out == behind


@pytest.mark.parametrize("words", ["name who", "name key", "name key new"])
def test_help_in_front_explains_a_command_of_a_command(words: str, capsys: Captured) -> None:
    assert call(*words.split(), "--help") == 0
    behind = capsys.readouterr().out
    assert call("help", *words.split()) == 0
    assert capsys.readouterr().out == behind


def test_help_alone_lists_the_commands(capsys: Captured) -> None:
    assert call("--help") == 0
    listed = capsys.readouterr().out
    assert call("help") == 0
    assert capsys.readouterr().out == listed


def test_help_in_front_is_one_json_object_too(capsys: Captured) -> None:
    assert call("help", "build", "--json") == 0
    assert json.loads(capsys.readouterr().out)["help"].startswith("Usage: publish build")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("biuld", "build"),
        ("Build", "build"),
        ("stat", "status"),
        ("comp", "completion"),
        ("srve", "serve"),
        ("help biuld", "build"),
        ("help name delegat", "delegate"),
        ("--dryrun", "--dry-run"),
        ("-dry-run", "--dry-run"),
        ("build -json", "--json"),
        ("build --frsh", "--fresh"),
        ("deploy . --DRY-RUN", "--dry-run"),
        ("gateway --porrt=8", "--port"),
        ("verify --ful", "--full"),
        ("completion bsh", "bash"),
        ("completion ZSH", "zsh"),
        ("explain . --profile unixfs-v1-2026", "unixfs-v1-2025"),
    ],
)
def test_a_misspelt_word_gets_the_nearest_right_one(words: str, meant: str, capsys: Captured) -> None:
    assert call("--json", *words.split()) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert f"did you mean {meant}?" in f"{error['message']}? {error['hint']}".lower()


@pytest.mark.parametrize("words", ["nonsense", "help nonsense", "build --nonsense", "completion nonsense", "-X"])
def test_a_word_that_is_near_to_nothing_is_told_without_a_guess(words: str, capsys: Captured) -> None:
    assert call("--json", *words.split()) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "did you mean" not in error["message"].lower()
    assert "--help`" in error["hint"]


def test_an_option_before_the_command_that_it_belongs_to_is_told_so(capsys: Captured) -> None:
    assert call("--full", "verify") == 2
    assert "--full is an option of `publish verify`: write it after verify" in capsys.readouterr().err


def test_a_missing_value_names_the_command(capsys: Captured) -> None:
    assert call("explain", "x", "--depth") == 2
    assert "run `publish explain --help`" in capsys.readouterr().err


def test_the_options_of_every_command_are_known_without_the_rooms_that_do_the_work() -> None:
    code = (
        "import sys; from publisher.cli.group import COMMANDS, publish; "
        "[publish.get_command(None, name) for name in COMMANDS]; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert [name for name in loaded if name.split(".")[0] == "publisher" and not LIGHT.fullmatch(name)] == []
    assert not {"socket", "sqlite3", "hashlib", "requests", "asyncio"} & set(loaded)
