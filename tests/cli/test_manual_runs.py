"""Every `publish` line of README and manual that needs no network, node or key is run, page by page, in a new site."""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.cli import main
from tests.pipeline_page import INSTALL
from tests.services.kubo import Node

HOME = Path(__file__).resolve().parents[2]
CONTENT = HOME / "content"
FENCE = re.compile(r"^( *)(`{3,})(\w*)[^\n]*\n(.*?)^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)
OF_A_JOB = re.compile(r"^ *(?:- )?run: (?:\S*/)?(publish\b.*)$", re.MULTILINE)
"""A command line in a workflow."""
PAGES = {
    "README.md": HOME / "README.md",
    **{path.relative_to(CONTENT).as_posix(): path for path in sorted(CONTENT.rglob("*.md"))},
}

NOT_RUN = {
    "asks a server": re.compile(r"--(gateway|rpc|chain|upstream)\b|\.eth\b"),
    "serves until it is interrupted": re.compile(r"^publish (preview|serve|gateway)\b"),
    "starts a chain, and has tests of its own": re.compile(r"^publish demo\b"),
    "moves roots between real stores, and has tests of its own": re.compile(r"^publish move-from\b"),
    "asks a chain, and has tests of its own": re.compile(r"^publish name\b"),
    "asks a forge, and has tests of its own": re.compile(r"^publish ci (preview|close|sweep)\b"),
    "names a root that only its author has": re.compile(r"\bROOT\b|\bbafy\w+"),
}
"""Why a command line is not run here, and the lines that this holds for."""

EXIT_CODES = {(page, "publish build"): 3 for page in ("posts/keys.md", "posts/密钥与权限.md")}
"""By page and line, where the page shows a run that fails."""

SHOWN = {"README.md", "posts/first-site.md", "posts/第一个站点.md", "posts/keys.md", "posts/密钥与权限.md"}
"""Pages whose transcripts are compared with what the program prints."""

ASKS = re.compile(r"publish($|  *(-|rollback|prune|deploy))")
"""Command lines that ask before they act. Here `--yes` answers."""

INSTALLS = re.compile(r"publish ci init\b")
"""Command lines for which the program has to be installed from a place that a pipeline reaches. Here it is not."""

EMBEDDED = '[stores.here]\nkind = "embedded"\n'
TOKEN = "a-token-that-is-in-an-article"


@dataclass(frozen=True, slots=True)
class Step:
    """One command line of a page, and the lines that the page shows below it; None where it shows none."""

    line: str
    shown: tuple[str, ...] | None = None


def steps(text: str) -> Iterator[Step]:
    """The command lines of a page, in order."""
    for indent, _, language, block in FENCE.findall(text):
        if language == "yaml":
            yield from map(Step, OF_A_JOB.findall(block))
        if language not in ("sh", "console"):
            continue
        lines = re.sub(f"^{indent}", "", block, flags=re.MULTILINE).splitlines()
        if not any(line.startswith("$ ") for line in lines):
            yield from (Step(part) for line in lines for part in parts(line))
            continue
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            *before, last = parts(lines[start][2:])
            yield from map(Step, before)
            yield Step(last, tuple(lines[start + 1 : end]))


def parts(line: str) -> list[str]:
    """The commands of one line, without comments; of `name=$(command)` the command."""
    line = re.sub(r"^\w+=\$\((.*)\)$", r"\1", line.split(" #")[0].strip())
    return [part.strip() for part in line.split(" && ")]


def why_not(line: str) -> str:
    """Why a line is not run; empty when it is."""
    return next((why for why, lines in NOT_RUN.items() if lines.search(line)), "")


def pattern(lines: tuple[str, ...]) -> str:
    """A transcript as a regular expression: a root stands for any root, `…` alone for any lines."""
    found = []
    for line in lines:
        if line == "…":
            found.append(r"(?:.*\n)*?")
        elif not line.startswith("Publish? "):
            words = re.split(r"(bafy\w+(?:…\w+)?|\d+\.\d kB)", line)
            found.append("".join("[\\w.… ]+" if n % 2 else re.escape(word) for n, word in enumerate(words)) + r"\n")
    return "".join(found)


def text_of(page: str) -> str:
    return PAGES[page].read_text(encoding="utf-8")


WITH_COMMANDS = [page for page in PAGES if any(step.line.startswith("publish") for step in steps(text_of(page)))]


def run(line: str) -> tuple[int, str]:
    """The exit code of a `publish` line, and all that it prints, in order."""
    words = shlex.split(re.split(r" (?:>>?|\|) ", line)[0])[1:]
    if ASKS.match(line) and not {"--yes", "--dry-run", "--version", "--help"} & {*words}:
        words.append("--yes")
    if INSTALLS.match(line):
        words += ["--install", INSTALL]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0), said.getvalue()


def with_store(table: str) -> None:
    """Give the site here this store and no other."""
    file = Path("publish.toml")
    site, _, _ = file.read_text(encoding="utf-8").partition("[stores.")
    file.write_text(site + table, encoding="utf-8")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that was published four times, with an older CAR and a built folder."""
    folder = tmp_path_factory.mktemp("published")
    with contextlib.chdir(folder):
        assert run("publish init .")[0] == 0
        with_store(EMBEDDED)
        for number in range(4):
            assert run(f'publish new "Article {number}"')[0] == 0
            assert run("publish build --car old.car")[0] == 0
            assert run("publish")[0] == 0
    return folder


def files_to_explain(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("site").mkdir()
    Path("big.bin").write_bytes(bytes(3 * 2**20 + 1))
    Path("many").mkdir()
    for number in range(6_000):
        Path("many", f"page-{number}.txt").write_text("x\n")


def a_repository_of_github(monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["init", "-q", "-b", "main"], ["remote", "add", "origin", "git@github.com:ada/site.git"]):
        subprocess.run(["git", *words], check=True)


def a_token_in_an_article(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH_TOKEN", TOKEN)
    with_store('[stores.node]\nkind = "kubo"\ntoken-env = "PUBLISH_TOKEN"\n')
    lines = "---\ntitle: Node\ndate: 2026-01-01\n---\n" + "\n" * 7 + TOKEN
    Path("content/posts/node.md").write_text(lines, encoding="utf-8")


BEFORE: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "posts/how-a-root-is-made.md": files_to_explain,
    "posts/根是怎样算出来的.md": files_to_explain,
    "posts/ci.md": a_repository_of_github,
    "posts/流水线.md": a_repository_of_github,
    "posts/keys.md": a_token_in_an_article,
    "posts/密钥与权限.md": a_token_in_an_article,
}
"""What a page says of the site before its first command."""


def follow(page: str, store: str, *, everything: bool) -> int:
    """Run the lines of a page in the folder here; how many were run. `everything`: compare each transcript."""
    count = 0
    for step in steps(text_of(page)):
        word, _, rest = step.line.partition(" ")
        if word == "cd":
            os.chdir(rest)
        elif word == "printf":
            subprocess.run(["sh", "-c", step.line], check=True)
        elif word == "publish" and not why_not(step.line):
            code, said = run(step.line)
            assert code == EXIT_CODES.get((page, step.line), 0), f"{step.line}\n{said}"
            if step.shown is not None and page in SHOWN and (everything or not ASKS.match(step.line)):
                assert re.fullmatch(pattern(step.shown), said), f"{step.line}\n{said}"
            if step.line.startswith("publish init "):
                with contextlib.chdir(step.line.split()[-1]):
                    with_store(store)
            count += 1
    return count


def begins_with_init(page: str) -> bool:
    return any(step.line.startswith("publish init ") for step in steps(text_of(page)))


@pytest.mark.whole
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_the_command_lines_of_a_page_run_in_order(
    page: str, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if not begins_with_init(page):
        shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    if before := BEFORE.get(page):
        before(monkeypatch)
    wanted = [step for step in steps(text_of(page)) if step.line.startswith("publish") and not why_not(step.line)]
    assert follow(page, EMBEDDED, everything=False) == len(wanted)


@pytest.mark.parametrize("page", [*filter(begins_with_init, WITH_COMMANDS)])
def test_what_a_page_shows_of_a_node_is_what_a_node_does(
    page: str, kubo: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    follow(page, f'[stores.local]\nkind = "kubo"\napi = "{kubo.api}"\n', everything=True)


def test_each_reason_not_to_run_a_line_holds_for_one() -> None:
    lines = [step.line for page in WITH_COMMANDS for step in steps(text_of(page)) if step.line.startswith("publish")]
    assert {why_not(line) for line in lines} == {"", *NOT_RUN}
    assert sum(not why_not(line) for line in lines) > len(lines) / 2


@pytest.mark.parametrize("page", PAGES)
def test_no_command_line_stands_in_a_block_of_another_language(page: str) -> None:
    for _, _, language, block in FENCE.findall(text_of(page)):
        assert language in ("sh", "console", "yaml") or not re.search(r"^(\$ )?publish( |$)", block, re.MULTILINE)


def test_the_lines_of_a_block_are_found_one_by_one() -> None:
    text = (
        "```console\n$ publish init a && cd a\na\n$ publish new b  # c\n```\n\n```sh\nroot=$(publish build -q)\n```\n"
        "```yaml\n- run: .venv/bin/publish check --json\n```\n"
    )
    assert list(steps(text)) == [
        Step("publish init a"),
        Step("cd a", ("a",)),
        Step("publish new b", ()),
        Step("publish build -q"),
        Step("publish check --json"),
    ]


@pytest.mark.parametrize("shown", [("bafyabc…def", "2 pages"), ("bafyabcdef", "…")])
def test_a_transcript_may_shorten_a_root_and_leave_lines_out(shown: tuple[str, ...]) -> None:
    assert re.fullmatch(pattern(shown), "bafyabcdef\n2 pages\n")


@pytest.mark.parametrize("said", ["bafyabcdef\n3 pages\n", "bafyabcdef\n", "2 pages\n", "bafyabcdef\n2 pages\nmore\n"])
def test_a_transcript_that_is_wrong_would_be_found(said: str) -> None:
    assert not re.fullmatch(pattern(("bafyabc…def", "2 pages")), said)


@pytest.mark.parametrize("page", ["posts/moving-in.md", "posts/从别的工具搬来.md"])
def test_the_settings_for_each_kind_of_collection_are_accepted(
    page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = re.findall(r'^\| (\w+) \| `(content = "([^"]+)")`(.*) \|$', PAGES[page].read_text("utf-8"), re.MULTILINE)
    assert {row[0] for row in rows} >= {"Hugo", "Jekyll", "Hexo", "MkDocs", "Obsidian"}
    for kind, content, folder, rest in rows:
        site = tmp_path / kind
        posts = re.search(r'`(posts = \["([^"]+)"\])`', rest)
        (site / folder / (posts[2] if posts else "")).mkdir(parents=True)
        (site / folder / (posts[2] if posts else "") / "2020-01-02-a.md").write_text("# A\n\ntext\n")
        lines = ["[site]", 'title = "A"', posts[1] if posts else "", "[build]", content]
        lines += ["[permalinks]", '_posts = "/:year/:title/"'] if "[permalinks]" in rest else []
        lines += ["[markdown]", "obsidian = true"] if "obsidian = true" in rest else []
        (site / "publish.toml").write_text("\n".join(lines) + "\n")
        with pytest.raises(SystemExit) as ended:
            main(["-C", str(site), "check", "--lenient"])
        assert ended.value.code == 0, (kind, capsys.readouterr().err)
