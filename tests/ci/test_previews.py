"""Previews of pull requests, with a store in a file: what the forge is told, and what is refused at once."""

import json
import re
from collections.abc import Callable
from datetime import date
from html import escape, unescape
from pathlib import Path

import pytest

from publisher.ci.changes import changes
from publisher.ci.preview_comment import Comparison, Preview, comment
from publisher.dag import car, varint
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.dag_pb import encode_data, encode_link
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, Link, add_file
from publisher.diff import compare, folded
from tests.ci.pull_requests import FORK, HOME, NEW, NEWER, OLD, STORE, Repository, blocks_of
from tests.ci.test_escaping import html_of
from tests.services.forge import Forge
from tests.stores.sites import Blocks

SITE = {"index.html": HOME}


def last(forge: Forge, commit: str = NEW) -> tuple[str, str]:
    """The state and the description of the newest status of a commit."""
    status = forge.statuses[commit][-1]
    return status["state"], status["description"]


# What the forge is told


def test_a_preview_has_its_address_in_the_status_and_in_the_comment(repository: Repository, forge: Forge) -> None:
    repository.finished(NEW)
    done = repository.preview(SITE)
    root = str(blocks_of(SITE)[0])
    address = f"https://{root}.preview.example.org/"
    assert (done["root"], done["urls"][0], done["pull_requests"]) == (root, address, [12])
    assert done["stores"] == [{"name": "here", "kind": "embedded", "status": "pinned"}]
    (status,) = forge.statuses[NEW]
    assert (status["state"], status["target_url"], status["context"]) == (
        "success",
        address,
        "publish/preview (Example)",
    )
    (text,) = forge.texts(12)
    assert text.startswith("<!-- publish preview Example -->\n### Preview of Example\n")
    assert f"<code>{root}</code>" in text
    assert f"git fetch origin refs/pull/12/head && git checkout {NEW}\npublish build --fresh --now 2026-11-30" in text


def test_without_a_gateway_the_root_stands_there_with_the_command_that_shows_it(
    repository: Repository, forge: Forge
) -> None:
    repository.settings(STORE)
    repository.finished(NEW)
    assert repository.preview(SITE)["urls"] == []
    root = str(blocks_of(SITE)[0])
    assert last(forge)[1].startswith(root)
    assert f"publish gateway {root}" in forge.texts(12)[0]


def test_a_second_run_edits_the_comment_and_says_the_same(repository: Repository, forge: Forge) -> None:
    for _ in range(2):
        repository.finished(NEW)
        repository.preview(SITE)
    first = forge.texts(12)
    forge.pull(12, NEWER, source=FORK)
    repository.finished(NEWER)
    repository.preview({"index.html": HOME + b"more"})
    assert len(first) == len(forge.texts(12)) == 1
    assert NEWER in forge.texts(12)[0]
    assert NEW not in forge.texts(12)[0]


def test_an_older_commit_has_a_status_of_its_own_and_the_comment_stays_with_the_newest(
    repository: Repository, forge: Forge
) -> None:
    forge.pull(12, NEWER, source=FORK)
    repository.finished(NEWER)
    repository.preview(SITE)
    before = forge.texts(12)
    repository.finished(OLD)  # The run of a commit that a force-push has replaced ends later.
    assert repository.preview({"index.html": b"old"}) == {"root": None}
    assert last(forge, OLD) == ("success", "not pinned: the pull request has a newer commit")
    assert forge.texts(12) == before


def test_a_force_push_while_the_preview_runs_leaves_the_comment_to_the_newer_commit(
    repository: Repository, forge: Forge
) -> None:
    repository.finished(NEW)
    forge.faults.append(("POST .*/statuses", lambda request: forge.pull(12, NEWER, source=FORK)))
    done = repository.preview(SITE)
    assert done["comments"] == []
    assert forge.texts(12) == []
    assert list(forge.statuses) == [NEW]


@pytest.mark.parametrize(
    ("source", "branch", "event"),
    [
        (FORK, "other", "pull_request"),
        ("anna/site", "change", "pull_request"),
        (FORK, "change", "push"),
        ("", "change", "pull_request"),
    ],
)
def test_a_run_that_belongs_to_no_open_pull_request_writes_nothing(
    repository: Repository, forge: Forge, source: str, branch: str, event: str
) -> None:
    repository.finished(NEW, source, branch, event)
    assert repository.preview(SITE) == {"root": None}
    assert all(request.method == "GET" for request in forge.requests)


def test_a_branch_named_main_in_a_fork_is_the_branch_of_the_fork(repository: Repository, forge: Forge) -> None:
    forge.branches["main"] = OLD
    forge.pull(13, NEWER, source=FORK, branch="main")
    forge.pull(14, NEW, source="anna/site", branch="main", base="stable")
    repository.finished(NEWER, branch="main")
    assert repository.preview(SITE)["pull_requests"] == [13]
    assert forge.texts(14) == []
    assert forge.branches == {"main": OLD}


@pytest.mark.parametrize("rpc", ["http://127.0.0.1:1", "env:PUBLISH_RPC"])
def test_each_name_has_a_comment_of_its_own_even_if_it_cannot_be_read(
    repository: Repository, forge: Forge, rpc: str
) -> None:
    table = f"kind = 'ens'\nchain-id = 1\nrpc = ['{rpc}']\n"
    repository.settings(f"{STORE}[names.a]\nname = 'a.eth'\n{table}[names.b]\nname = 'b.eth'\n{table}")
    repository.finished(NEW)
    assert len(repository.preview(SITE)["comments"]) == 2
    assert [text.partition("\n")[0] for text in forge.texts(12)] == [
        "<!-- publish preview a.eth -->",
        "<!-- publish preview b.eth -->",
    ]
    assert all("could not be read, so nothing was compared" in unescape(text) for text in forge.texts(12))
    assert last(forge)[0] == "success"


# What a stranger writes is shown and obeyed by nobody

EVIL = (
    "</code></td><script>alert(1)</script>",
    "](https://evil.example.org) **bold** @anna #1 `x`",
    "::set-env name=PATH::/tmp/evil",
    "##[add-path]/tmp/evil",
    "a\n::error::b",
    "| cell |\n\n# Title\n```\n<img src=x onerror=alert(1)>",
    "<!-- publish preview Example -->",
)


@pytest.mark.parametrize("number", range(len(EVIL)))
def test_names_and_pages_of_a_stranger_inject_nothing(repository: Repository, forge: Forge, number: int) -> None:
    """The comment has the same markup as one without an attack, and the log has no command of the runner."""
    told = []
    for text in ("harmless", EVIL[number]):
        branch = text.replace("\n", " ")
        forge.pull(12, NEW, source=FORK, branch=branch)
        repository.finished(NEW, branch=branch)
        files = site_of(text)
        repository.preview(files)
        about = Preview(
            "Example", 12, NEW, blocks_of(files)[0], "", text, (text,), date(2026, 12, 1), date(2026, 12, 1)
        )
        told.append([forge.texts(12)[0], comment(about, compared(files, text), "")])
    assert tags(told[1][0]) == tags(told[0][0])
    assert {*tags(told[1][1])} <= {*tags(told[0][1])}  # Longer texts have more changed words, and no other markup.
    for line in repository.said.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def site_of(text: str) -> dict[str, bytes]:
    """A site whose page, title and file have what an attacker wrote."""
    name = text.replace("/", "_")
    shown = escape(text)
    page = f"<title>{shown}</title><main><h1>{shown}</h1><p>Some {shown} <a href='{shown}'>here</a>.</p>"
    return {f"{name}.html": HOME, f"{name}.txt": text.encode(), "index.html": page.encode()}


def compared(files: dict[str, bytes], name: str) -> Comparison:
    """The changes from the usual site to one with these files, against a name that an attacker would choose."""
    blocks = Blocks()
    roots = []
    for each in (SITE, files):
        root, made = blocks_of(each)
        for block in made:
            blocks.put(block)
        roots.append(root)
    lines = changes(folded(compare(blocks.get, *roots)), 10_000)
    assert len(lines) > 4
    return Comparison(name, roots[0], lines[0], tuple(lines[2:]))


def tags(markdown: str) -> list[str]:
    """The tags and comments of the HTML that GitHub's Markdown makes of a text, without the root in an address."""
    return [re.sub("bafy[a-z0-9]+", "ROOT", tag) for tag in re.findall("<[^>]*>", html_of(markdown))]


# A forge that is down, limits or lies; a token that is missing


def test_without_a_token_nothing_is_stored(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.finished(NEW)
    monkeypatch.delenv("PUBLISH_FORGE_TOKEN")
    told = repository.preview(SITE, code=2)
    assert "PUBLISH_FORGE_TOKEN is not set" in told["error"]["message"]
    assert not repository.forge.requests
    assert not (repository.folder / ".publish/cache").exists()


def test_the_token_goes_to_no_other_host(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.finished(NEW)
    monkeypatch.setenv("PUBLISH_FORGE_TOKEN_HOST", "api.github.com")
    assert repository.preview(SITE, code=2)["error"]["kind"] == "SecretWithheld"
    assert not repository.forge.requests


def test_a_forge_that_is_down_is_an_error_that_may_pass(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.finished(NEW)
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("PUBLISH_FORGE_TOKEN_HOST", "127.0.0.1:1")
    told = repository.preview(SITE, code=4)["error"]
    assert (told["kind"], told["retry"]) == ("StoreUnreachable", True)


@pytest.mark.parametrize("what", ["GET .*/pulls", "POST .*/statuses", "POST .*/comments"])
def test_a_forge_that_refuses_or_lies_is_an_error_and_a_second_run_completes_the_work(
    repository: Repository, forge: Forge, what: str
) -> None:
    repository.finished(NEW)
    for lies in (False, True):
        if lies:
            forge.lie(what, {"surprise": 1})
        else:
            forge.fail(what, 403, "no")
        assert repository.preview(SITE, code=4)["error"]["who"] == "forge"
        forge.faults.clear()
    repository.preview(SITE)
    assert last(forge)[0] == "success"
    assert len(forge.texts(12)) == 1


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"workflow_run": {"head_sha": "--output=x", "event": "pull_request", "created_at": "2026-11-30T"}},
        {"workflow_run": {"head_sha": NEW, "event": "pull_request", "created_at": "soon"}},
        {"workflow_run": []},
    ],
)
def test_a_run_that_no_workflow_run_has_started_is_a_mistake_in_the_workflow(
    repository: Repository, value: dict[str, object]
) -> None:
    repository.event("workflow_run", value)
    assert "was not started by an event workflow_run" in repository.preview(SITE, code=2)["error"]["message"]


def test_an_event_of_another_repository_is_refused(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.finished(NEW)
    monkeypatch.setenv("GITHUB_REPOSITORY", "other/site")
    repository.preview(SITE, code=2)


# CAR files that lie, are cut, or are bombs


def section(cid: Cid, data: bytes) -> bytes:
    return varint.encode(len(cid.raw) + len(data)) + cid.raw + data


def packed(root: Cid, blocks: list[Block]) -> bytes:
    return b"".join(car.write((root,), blocks))


def another_root() -> bytes:
    """The header names a root whose blocks are those of another site."""
    return packed(blocks_of({"index.html": b"promised"})[0], blocks_of(SITE)[1])


def forged_block() -> bytes:
    root, blocks = blocks_of(SITE)
    return packed(root, [Block(blocks[0].cid, b"<script>"), *blocks[1:]])


def two_roots() -> bytes:
    root, blocks = blocks_of(SITE)
    return b"".join(car.write((root, blocks[0].cid), blocks))


def no_roots() -> bytes:
    return b"".join(car.write((), blocks_of(SITE)[1]))


def cut() -> bytes:
    return packed(*blocks_of(SITE))[:-7]


def trailing_garbage() -> bytes:
    return packed(*blocks_of(SITE)) + b"\xff" * 40


def missing_block() -> bytes:
    root, blocks = blocks_of(SITE)
    return packed(root, [block for block in blocks if block.cid == root])


def file_as_root() -> bytes:
    _, blocks = blocks_of(SITE)
    return packed(blocks[0].cid, blocks)


def bomb() -> bytes:
    """Thirty folders, each with the one below it ten times: 10^30 files in thirty blocks."""
    blocks: list[Block] = []
    link = add_file([b"x"], MODERN, blocks.append)
    for _ in range(30):
        link = add_tree({f"{n}": link for n in range(10)}, MODERN, blocks.append)
    return packed(link.cid, blocks)


def deep() -> bytes:
    blocks: list[Block] = []
    link = add_file([b"x"], MODERN, blocks.append)
    for _ in range(200):
        link = add_tree({"d": link}, MODERN, blocks.append)
    return packed(link.cid, blocks)


def many_blocks() -> bytes:
    root, blocks = blocks_of(SITE)
    spare = [Block(Cid.make(Codec.RAW, sha256(b"%d" % n)), b"%d" % n) for n in range(400)]
    return packed(root, [*blocks, *spare])


def endless_identity() -> bytes:
    """A file whose parts are large identity CIDs: the bytes stand in the links, and no block is counted for them."""
    data = b"\0" * 900_000
    identity = Cid(bytes((1, Codec.RAW, 0)) + varint.encode(len(data)) + data)
    blocks: list[Block] = []
    link = Link(identity, len(data))
    root = add_tree({f"{n}.html": link for n in range(2)}, MODERN, blocks.append).cid
    return packed(root, blocks)


def long_section() -> bytes:
    """A block that says it has 2^50 bytes."""
    root, _ = blocks_of(SITE)
    return packed(root, []) + varint.encode(1 << 50)


def names_that_lead_out() -> bytes:
    blocks: list[Block] = []
    link = add_file([b"x"], MODERN, blocks.append)
    data = encode_link(b"../../evil", link.cid.raw, 1) + encode_data(b"\x08\x01")
    root = Cid.make(Codec.DAG_PB, sha256(data))
    return packed(root, [*blocks, Block(root, data)])


BAD = [
    another_root,
    forged_block,
    two_roots,
    no_roots,
    cut,
    trailing_garbage,
    missing_block,
    file_as_root,
    bomb,
    deep,
    many_blocks,
    endless_identity,
    long_section,
    names_that_lead_out,
]
LIMITS = "[ci]\npreview-megabytes = 1\npreview-parts = 300\n"


@pytest.mark.parametrize("made", BAD, ids=lambda made: made.__name__)
def test_a_bad_car_file_is_refused_before_it_is_stored_and_the_status_says_why(
    repository: Repository, forge: Forge, made: Callable[[], bytes]
) -> None:
    repository.settings(STORE + LIMITS)
    repository.finished(NEW)
    told = repository.run("preview", str(repository.write(made())), code=4)["error"]
    assert told["kind"] == "StoreRefused"
    state, description = last(forge)
    assert state == "failure"
    assert description[:100] == told["message"][:100]
    assert forge.texts(12) == []


def test_a_car_file_is_too_large_by_one_byte(repository: Repository, forge: Forge) -> None:
    repository.settings(STORE + LIMITS)
    repository.finished(NEW)
    root, blocks = blocks_of(SITE)
    room = 1_000_000 - len(packed(root, blocks))
    padding = Cid.make(Codec.RAW, sha256(b"x" * (room - 39)))
    fits = packed(root, blocks) + section(padding, b"x" * (room - 39))
    assert len(fits) == 1_000_000
    assert repository.run("preview", str(repository.write(fits)))["root"] == str(root)
    told = repository.run("preview", str(repository.write(fits + b"\0")), code=4)["error"]
    assert "1.0 MB are allowed" in told["message"]


@pytest.mark.parametrize("kind", ["absent", "folder", "link", "text"])
def test_what_is_no_car_file_is_named(repository: Repository, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "artifact"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(repository.car(SITE))
    elif kind == "text":
        path.write_text("no car")
    repository.finished(NEW)
    repository.run("preview", str(path), code=2)


def test_a_site_with_a_key_in_it_is_not_pinned(
    repository: Repository, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_KUBO_TOKEN", "a-token-of-the-node-that-is-secret")
    repository.settings(
        "[stores.node]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/1'\ntoken-env = 'PUBLISH_KUBO_TOKEN'\n"
    )
    repository.finished(NEW)
    repository.preview({**SITE, "x.txt": b"a-token-of-the-node-that-is-secret"}, code=3)
    assert last(forge) == ("failure", "a file of the site holds a secret; the log of the run says which")
    assert "a-token-of-the-node" not in repository.everything()


def test_the_settings_of_the_pull_request_are_never_read(repository: Repository, forge: Forge) -> None:
    evil = b"[stores.evil]\nkind = 'kubo'\napi = 'http://evil.example.org'\ntoken-env = 'PUBLISH_FORGE_TOKEN'\n"
    repository.finished(NEW)
    done = repository.preview({**SITE, "publish.toml": evil, ".github/workflows/preview.yml": b"on: push"})
    assert [store["name"] for store in done["stores"]] == ["here"]
    assert forge.token not in repository.everything()
    assert json.loads((repository.folder.parent / "event.json").read_text())["workflow_run"]["head_sha"] == NEW
