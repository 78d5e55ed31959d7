"""What the documents beside the code say is there: files, headings, commands, options, targets of make."""

import contextlib
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from publisher.app.context import Session
from publisher.cli.group import COMMANDS, publish
from publisher.site.urls import slug
from tests.pipeline_page import INSTALL

HOME = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*HOME.glob("*.md"), HOME / "bench/README.md"])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
ROOMS = [HOME, HOME / "publisher", HOME / "templates", HOME / "tests"]
"""Where a file that a document names may lie."""

OF_A_SITE = {
    *("publish.toml", ".publish/hosts.json", "journal.jsonl", "site.py", "feed.xml", "_redirects", "_site/"),
    "content/posts/a-first-article.md",
    *("safe-delegate.json", "safe-revoke.json"),
}
"""Files of a reader's own site."""

README = (HOME / "README.md").read_text(encoding="utf-8")
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(HOME).as_posix())


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A document without its blocks of code."""
    return FENCE.sub("", text_of(path))


def headings(path: Path) -> set[str]:
    return {slug(line.lstrip("# ")) for line in prose(path).splitlines() if line.startswith("#")}


def rows() -> Iterator[str]:
    """The first cell of each row of the README's table of commands."""
    table = README.partition("| command | what it does |")[2].partition("\n\n")[0]
    yield from re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)


def calls() -> Iterator[str]:
    """Every command line of ours in the documents."""
    for path in DOCUMENTS:
        for _, block in FENCE.findall(text_of(path)):
            for line in block.splitlines():
                words = line.removeprefix("$ ").split(" #")[0]
                yield from (part.strip() for part in words.split("&&") if part.strip().startswith("publish"))
        yield from (span for span in CODE.findall(prose(path)) if re.match(r"publish( |$)", span))


def parsed(line: str) -> None:
    """Let click read a command line to its last word, and do nothing."""
    context = publish.make_context("publish", shlex.split(line)[1:], obj=Session())
    if rest := [*context._protected_args, *context.args]:
        name, command, rest = publish.resolve_command(context, rest)
        assert command is not None
        command.make_context(name, rest, parent=context)


def test_the_documents_are_there() -> None:
    names = {path.name for path in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md"} <= names
    assert (HOME / "LICENSE").is_file()


@each_document
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    for target in LINK.findall(prose(path)):
        parts = urlsplit(target)
        if parts.scheme:
            assert parts.scheme == "https", target
            continue
        file = path.parent / parts.path if parts.path else path
        assert file.exists(), target
        if parts.fragment:
            assert parts.fragment in headings(file), target


@each_document
def test_every_file_that_is_named_is_there(path: Path) -> None:
    for span in CODE.findall(prose(path)):
        if not re.fullmatch(r"[\w.-][\w./-]*(\.(py|md|toml|txt|json|yml|html|css|js|xml|jsonl)|/)", span):
            continue
        places = [folder / span for folder in (path.parent, *ROOMS)]
        assert span in OF_A_SITE or any(place.exists() for place in places), span


@each_document
def test_every_target_of_make_is_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(HOME / "Makefile"), re.MULTILINE))
    said = [
        *CODE.findall(prose(path)),
        *(line for _, block in FENCE.findall(text_of(path)) for line in block.split("\n")),
    ]
    for line in said:
        if match := re.match(r"make ([a-z]+)", line):
            assert match[1] in targets, line


@pytest.mark.parametrize("line", sorted(set(calls())))
def test_every_command_line_is_one_that_the_program_takes(line: str) -> None:
    with contextlib.suppress(click.MissingParameter, click.exceptions.Exit):  # a sentence need not name the argument
        parsed(line)


@pytest.mark.parametrize("line", ["publish biuld", "publish build --fersh", "publish --skip-names"])
def test_a_command_line_that_is_wrong_would_be_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        parsed(line)


def test_the_table_of_commands_has_every_command_once_and_no_other() -> None:
    named = [words for row in rows() for words in re.findall(r"`publish(?: ([a-z][a-z-]*))?[^`]*`", row)]
    assert sorted(named) == sorted(["", *COMMANDS])


@pytest.mark.parametrize("row", list(rows()))
def test_the_table_shows_the_arguments_that_a_command_has(row: str) -> None:
    for name, said in re.findall(r"`publish ([a-z][a-z-]*)([^`]*)`", row):
        command = publish.get_command(click.Context(publish), name)
        assert command is not None
        takes = [each for each in command.params if isinstance(each, click.Argument) and each.required]
        assert len(said.replace("\\|", "|").split()) == len(takes), row


def test_the_exit_codes_are_those_of_the_errors() -> None:
    from publisher import errors

    known = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    said = {int(code) for code in re.findall(r"\b(\d+) (?:the|an?|what|run) ", README.partition("exit code says")[2])}
    assert said == known - {1, 130}


def test_the_python_that_is_asked_for_is_the_one_that_is_told() -> None:
    project = tomllib.loads(text_of(HOME / "pyproject.toml"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert f"Python {oldest} or newer" in README
    assert f"Python {oldest} or newer" in text_of(HOME / "Makefile")


def test_every_pull_request_is_tested_with_the_real_services_and_nothing_is_skipped() -> None:
    workflow = text_of(HOME / ".github/workflows/test.yml")
    assert "pull_request:" in workflow
    assert 'GAZETH_REQUIRE_SERVICES: "1"' in workflow
    assert re.findall(r"run: (make .*)", workflow) == ["make services", "make test"]


def test_nobody_is_told_to_install_it_by_a_name_that_a_registry_may_give_to_anybody() -> None:
    """It is installed from a checkout, as the manual says."""
    for path in [*HOME.glob("publisher/**/*.py"), *HOME.glob("content/**/*.md"), HOME / "README.md"]:
        assert not re.search(r"pip install\b.*\bgazeth\b(?!/)", text_of(path)), path


def test_every_way_to_install_it_takes_the_versions_that_were_tested() -> None:
    of_errors = ("errors.md", "错误与对策.md")  # their messages name single libraries
    pages = [path for path in HOME.glob("content/**/*.md") if path.name not in of_errors]
    text = "".join(text_of(path) for path in (HOME / "README.md", *pages))
    lines = re.findall(r"^.*\b(?:pipx|uv tool|pip) install\b.*$", text, re.MULTILINE)
    assert len(lines) > 3
    ends = (" .", " '.[diagrams]'", " dist/*.whl", f' "{INSTALL}"')
    assert not [line for line in lines if "constraints.txt" not in line or not line.endswith(ends)]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert re.search(r"^## Unreleased$", text_of(HOME / "CHANGELOG.md"), re.MULTILINE)
