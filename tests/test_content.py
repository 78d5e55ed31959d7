"""The manual in content/ is true: what it says of commands, settings, errors and formats is what the program has."""

import contextlib
import dataclasses
import json
import re
import shlex
import tomllib
import typing
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from publisher import config, errors
from publisher.app.context import Session
from publisher.build import BuildSettings, SecretsSettings, build
from publisher.cache.store import Cache
from publisher.ci.settings import CiSettings
from publisher.cli.group import ALIASES, COMMANDS, publish
from publisher.cli.help import GlobalOption
from publisher.cli.text.doctor import SIGNS
from publisher.dag.cid import Block
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from publisher.deploy.settings import DeploySettings, KeepSettings
from publisher.findings import Level
from publisher.gateway.serve.limits import LIMITS
from publisher.journal import events
from publisher.names import ens
from publisher.site.content.frontmatter.keys import KEYS
from publisher.site.fault_levels import CheckSettings
from publisher.site.settings import MarkdownSettings, MathSettings, SiteSettings
from publisher.site.structure_settings import MenuEntry
from publisher.site.structure_tables import TAXONOMY_KEYS
from publisher.stores import cluster, kubo, pinning, s3, upload
from publisher.stores.kinds import KINDS, PINNERS
from publisher.stores.kubo.errors import MORE, RIGHTS
from publisher.stores.kubo.rights import authorizations
from publisher.stores.pinning.presets import PRESETS
from publisher.stores.upload.presets import PRESETS as UPLOADS
from tests.gateway.requests import DIFFERENT

HOME = Path(__file__).parents[1]
CONTENT = HOME / "content"
ARTICLES = {path.relative_to(CONTENT).as_posix(): path.read_text(encoding="utf-8") for path in CONTENT.rglob("*.md")}
ALL = "\n".join(ARTICLES[name] for name in sorted(ARTICLES))
FENCE = re.compile(r"^( *)(`{3,})(\w*)[^\n]*\n(.*?)^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)
TABLES = {
    "## [site]": SiteSettings,
    "## [build]": BuildSettings,
    "## [markdown]": MarkdownSettings,
    "## [math]": MathSettings,
    "## `[[menu]]`": MenuEntry,
    "## [check]": CheckSettings,
    "## [deploy]": DeploySettings,
    "## [keep]": KeepSettings,
    "## [ci]": CiSettings,
    "## [secrets]": SecretsSettings,
    '### kind = "kubo"': kubo.KuboSettings,
    '### kind = "cluster"': cluster.ClusterSettings,
    '### kind = "s3"': s3.S3Settings,
    '### kind = "upload"': upload.UploadSettings,
    '### kind = "pinning"': pinning.PinningSettings,
    "## [names.LABEL]": ens.EnsSettings,
}
APART = {"## [site]": {"nav", "extra"}}
"""Keys of a table that are read apart from the others."""
ROW = re.compile(r"^\| `([^`|]+)` \| ([^|]*?) ?\|", re.MULTILINE)
"""A row of a table: what stands in the first cell, and the second cell."""


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """Article and text of every block of code in one of these languages."""
    for name, text in sorted(ARTICLES.items()):
        for match in FENCE.finditer(text):
            if match[3] in languages:
                yield name, re.sub(f"^{match[1]}", "", match[4], flags=re.MULTILINE)


def prose(text: str) -> str:
    """An article without its blocks of code."""
    return FENCE.sub("", text)


def commands() -> Iterator[tuple[str, str]]:
    """Every call of publish in a block for a shell."""
    for name, text in blocks("sh", "yaml"):
        for line in text.splitlines():
            for match in re.finditer(r"(?:^|&& |\$\(|\.venv/bin/)(publish(?:\s[^()|>&]*)?)", line.split(" #")[0]):
                yield name, match[1]
    for name, text in blocks("console"):
        yield from ((name, line[2:]) for line in text.splitlines() if line.startswith("$ publish"))


def keys(settings: type) -> set[str]:
    return {field.name.replace("_", "-") for field in dataclasses.fields(settings) if "table" not in field.metadata}


def told(heading: str, article: str = "posts/configuration.md") -> list[tuple[str, str]]:
    """The rows of the table below a heading, without the row above its line."""
    section = ARTICLES[article].partition(f"\n{heading}\n")[2].partition("\n#")[0]
    return ROW.findall(section.partition("\n| ---")[2])


def subclasses(kind: type[errors.PublishError]) -> set[type[errors.PublishError]]:
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


def parsed(line: str) -> None:
    """Let click read a command line to its last word, and do nothing."""
    args = shlex.split(line)[1:]
    context = publish.make_context("publish", args, obj=Session(), ignore_unknown_options=False)
    rest = [*context._protected_args, *context.args]
    if rest:
        name, command, rest = publish.resolve_command(context, rest)
        assert command is not None
        command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("chinese", [False, True])
def test_there_are_enough_articles_in_a_language_and_no_two_of_one_day(chinese: bool) -> None:
    texts = [text[:400] for text in ARTICLES.values() if ("\nlanguage: zh\n" in text) is chinese]
    dates = re.findall(r"^date: (\S+)$", "\n".join(texts), re.MULTILINE)
    assert len(dates) == len(set(dates)) >= (4 if chinese else 14)


def test_the_site_builds_without_a_problem(tmp_path: Path) -> None:
    settings = config.load(HOME)
    with Cache(tmp_path / "cache") as cache:
        built = build(HOME, settings.site, settings.build, cache, workers=1)
    assert built.pages > len(ARTICLES)


@pytest.mark.parametrize(("article", "text"), list(blocks("toml")))
def test_every_piece_of_configuration_is_valid(article: str, text: str) -> None:
    config.parse(text.encode(), HOME, Path("publish.toml"))


@pytest.mark.parametrize("heading", TABLES)
def test_the_table_of_settings_has_every_key_and_no_other(heading: str) -> None:
    assert {key for key, _ in told(heading)} == keys(TABLES[heading]) | APART.get(heading, set())


def test_the_table_of_a_taxonomy_has_every_key_and_no_other() -> None:
    assert [key for key, _ in told("## [taxonomies.NAME]")] == list(TAXONOMY_KEYS)


@pytest.mark.parametrize("heading", TABLES)
def test_the_defaults_that_are_told_are_those_of_the_program(heading: str) -> None:
    defaults = {field.name.replace("_", "-"): field.default for field in dataclasses.fields(TABLES[heading])}
    for key, cell in told(heading):
        if cell.startswith("`"):
            value = tomllib.loads(f"x = {cell.strip('`')}")["x"]
            assert (tuple(value) if isinstance(value, list) else value) == defaults[key], key


def test_the_whole_file_shows_every_key_once() -> None:
    whole = next(text for name, text in blocks("toml") if name == "posts/configuration.md")
    shown = set(re.findall(r"^([\w-]+) =", whole, re.MULTILINE))
    known = set().union(*map(keys, TABLES.values()), *APART.values())
    assert shown == (known - {"extra"}) | {"kind", "R", "norm", "colour", *TAXONOMY_KEYS}


@pytest.mark.parametrize(("article", "line"), list(commands()))
def test_every_command_line_is_one_that_the_program_takes(article: str, line: str) -> None:
    with contextlib.suppress(click.exceptions.Exit):  # --version
        parsed(line)


def test_every_command_in_a_sentence_is_one_too() -> None:
    found = re.findall(r"`(publish [^`]+)`", prose(ALL))
    assert len(found) > 20
    for line in found:
        with contextlib.suppress(click.MissingParameter):  # a sentence need not name the argument
            parsed(line)


@pytest.mark.parametrize("line", ["publish buld", "publish build --cra x", "publish deploy", "publish --no-name"])
def test_a_command_line_that_is_wrong_would_be_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        parsed(line)


@pytest.mark.parametrize("name", [*COMMANDS, *ALIASES])
def test_every_command_is_told(name: str) -> None:
    assert f"`publish {name}`" in ARTICLES["start.md"]
    assert f"`publish {name}`" in ARTICLES["从这里开始.md"]


def test_every_option_of_the_preview_is_told() -> None:
    command = publish.get_command(click.Context(publish), "preview")
    assert command is not None
    options = {name for each in command.params if not isinstance(each, GlobalOption) for name in each.opts}
    assert {"--drafts", "--now"} <= options
    table = ARTICLES["posts/preview.md"].partition("\n## Start it\n")[2].partition("\n#")[0]
    assert options == {
        name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"-[-\w]+", row)
    }


def test_every_error_and_every_exit_code_is_told() -> None:
    text = ARTICLES["posts/errors.md"]
    rows = set(re.findall(r"^\| (\d+) \|([^|]*)\|", text, re.MULTILINE))
    told = [kind for kind in subclasses(errors.PublishError) if kind.kind is errors.PublishError.kind]
    for kind in told:  # others go by the name of the class above them
        assert f"`{kind.__name__}`" in text
        if kind is not errors.Problems:
            assert any(int(code) == kind.exit_code and f"`{kind.__name__}`" in classes for code, classes in rows), kind
    codes = {str(kind.exit_code) for kind in subclasses(errors.PublishError)} | {"0", "130"}
    assert codes == {code for code, _ in rows}
    assert codes == set(re.findall(r"^\| (\d+) \|", ARTICLES["posts/ci.md"], re.MULTILINE))


def test_the_column_retry_is_right() -> None:
    for row in re.findall(r"^\| \d+ \|.*\|$", ARTICLES["posts/errors.md"], re.MULTILINE):
        for name in re.findall(r"`(\w+)`", row.split("|")[2]):
            assert row.split("|")[-2].strip() == ("yes" if getattr(errors, name).retry else "no"), name


def test_every_event_of_the_journal_is_told() -> None:
    for kind in events.KINDS:
        assert f"`{kind}`" in ARTICLES["posts/interruptions.md"]


def test_every_key_of_the_front_matter_is_told() -> None:
    for key in KEYS:
        assert f"\n| `{key}` |" in ARTICLES["posts/writing.md"]


def test_every_block_of_the_theme_is_told() -> None:
    for template in (HOME / "templates").glob("*.html"):
        for block in re.findall(r"{%-? block (\w+)", template.read_text(encoding="utf-8")):
            assert f"`{block}`" in ARTICLES["posts/theming.md"], (template.name, block)


def test_the_rights_of_the_token_are_those_that_are_needed() -> None:
    rights = next(json.loads(text) for name, text in blocks("json") if name == "posts/own-node.md")
    assert rights["publisher"]["AllowedPaths"] == [f"/api/v0/{right}" for right in RIGHTS]


def test_the_rights_that_the_doctor_prints_are_told_so() -> None:
    shown = next(json.loads(text) for name, text in blocks("json") if name == "posts/doctor.md")
    assert shown == authorizations(RIGHTS, basic=False)
    for article in ("posts/doctor.md", "posts/own-node.md"):
        assert all(f"`/api/v0/{right}`" in prose(ARTICLES[article]) for right in MORE)


def test_the_levels_of_the_doctor_are_told_with_their_signs() -> None:
    rows = re.findall(r"^\| (\S) \| `(\w+)` \|", ARTICLES["posts/doctor.md"], re.MULTILINE)
    assert rows == [(SIGNS[level][0], level) for level in typing.get_args(Level)]


def test_every_kind_of_store_and_every_preset_is_told() -> None:
    kinds = told("## Kinds of stores {#three-kinds}", "posts/three-copies.md")
    assert sorted(kind for kind, _ in kinds) == sorted([*KINDS, *PINNERS])
    held = told('## What "held" means', "posts/three-copies.md")
    assert sorted(kind for kind, _ in held) == sorted(kind for kind, _ in kinds)
    assert [name for name, _ in told("## Services that are known", "posts/three-copies.md")] == list(PRESETS)
    told_uploads = told("## Without a node {#without-a-node}", "posts/three-copies.md")
    assert [name for name, _ in told_uploads] == list(UPLOADS)


def test_the_choices_of_outside_are_told() -> None:
    field = next(field for field in dataclasses.fields(DeploySettings) if field.name == "outside")
    rows = told("## Seen from outside", "posts/three-copies.md")
    assert [choice.strip('"') for choice, _ in rows] == list(field.metadata["choices"])


def test_the_differences_from_kubos_gateway_are_those_of_the_tests() -> None:
    rows = re.findall(r"^\| .* \| (\d+) \| (\d+) \| (.*) \|$", ARTICLES["posts/own-gateway.md"], re.MULTILINE)
    assert {(int(kubo), int(ours), why) for kubo, ours, why in rows} == {(d.kubo, d.ours, d.why) for d in DIFFERENT}


def test_the_limits_of_the_gateway_are_told() -> None:
    section = ARTICLES["posts/own-gateway.md"].partition("\n## What a visitor may take\n")[2].partition("\n## ")[0]
    for said in (
        f"| {LIMITS.connections} / {LIMITS.connections_each} | 503 |",
        f"| {LIMITS.head_bytes >> 10} KiB, in {LIMITS.head_seconds:g} seconds | 431, 408 |",
        f"| {LIMITS.idle_seconds:g} seconds | closed |",
        f"| slower than {LIMITS.slowest >> 10} KiB a second, for {LIMITS.patience:g} seconds | | closed |",
        f"| {LIMITS.waiting} | 503 |",
        f"| {LIMITS.reading_each} | the others wait |",
    ):
        assert said in section


@pytest.mark.parametrize(("article", "text"), list(blocks("json")))
def test_what_is_shown_as_json_is_json(article: str, text: str) -> None:
    json.loads(text)


def test_the_roots_that_are_told_are_computed_so() -> None:
    def emit(block: Block) -> None:
        pass

    files = {
        "hello.txt": add_file([b"hello\n"], MODERN, emit),
        "index.html": add_file([b"<h1>Hi</h1>\n"], MODERN, emit),
    }
    for article in ("posts/how-a-root-is-made.md", "posts/根是怎样算出来的.md"):
        assert str(files["hello.txt"].cid) in ARTICLES[article]
        assert str(add_tree(files, MODERN, emit).cid) in ARTICLES[article]


def test_every_picture_is_drawn_for_it_and_described() -> None:
    drawings = sorted((CONTENT / "images").glob("*.svg"))
    assert len(drawings) >= 5
    for path in drawings:
        image = ET.parse(path).getroot()
        assert image.find("{http://www.w3.org/2000/svg}title") is not None
        assert "href" not in path.read_text(encoding="utf-8")
        assert path.name in prose(ALL), path.name
    assert "![](" not in prose(ALL)


def test_tables_code_mathematics_and_footnotes_occur_in_several_articles() -> None:
    for sign in (r"^\| -", r"^```", r"^\$\$", r"^\[\^"):
        assert sum(bool(re.search(sign, text, re.MULTILINE)) for text in ARTICLES.values()) >= 3, sign


def test_every_test_that_a_chapter_names_is_there() -> None:
    there = set()
    for path in (HOME / "tests").rglob("test_*.py"):
        there |= set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", ALL))
    assert named
    assert not named - there
