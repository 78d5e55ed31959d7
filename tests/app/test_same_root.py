"""Two machines build one commit: only a root that both have found is published."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.dag import car
from publisher.dag.cid import Cid
from tests.cli.test_cli import Captured, call

CONFIG = '[site]\ntitle = "T"\nurl = "https://t.example/"\n[stores.here]\nkind = "embedded"\n'


@dataclass(frozen=True)
class Two:
    """The same site on two machines, each with a CAR file of it."""

    one: Path
    two: Path
    capsys: Captured

    def build(self, where: Path) -> str:
        assert call("-C", str(where), "build", "-q", "--car", str(where / "site.car")) == 0
        return self.capsys.readouterr().out.strip()

    def deploy(self, *words: str, code: int = 0) -> dict[str, Any]:
        self.capsys.readouterr()
        assert call("-C", str(self.one), "--json", "deploy", *words, "--yes") == code
        found: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return found

    def deployed(self) -> bool:
        return (self.one / ".publish/journal.jsonl").exists()


@pytest.fixture
def two(tmp_path: Path, capsys: Captured) -> Two:
    made = Two(tmp_path / "one", tmp_path / "two", capsys)
    (made.one / "content/posts").mkdir(parents=True)
    (made.one / "publish.toml").write_text(CONFIG)
    for number in range(3):
        (made.one / f"content/posts/n{number}.md").write_text(f"---\ntitle: N{number}\ndate: 2026-01-01\n---\nText.\n")
    shutil.copytree(made.one, made.two)
    assert made.build(made.one) == made.build(made.two)
    return made


def test_an_equal_root_is_published(two: Two) -> None:
    ours, theirs = str(two.one / "site.car"), str(two.two / "site.car")
    root = two.deploy(ours, "--same-as", theirs)["root"]
    assert two.deployed()
    for same in (root, str(Cid.parse(root).to_v1()), f"ipfs://{root}"):
        assert two.deploy(ours, "--same-as", same)["root"] == root


def test_another_root_stops_before_anything_is_stored_and_names_the_files(two: Two) -> None:
    post = two.two / "content/posts/n1.md"
    post.write_text(post.read_text() + "A sentence of somebody else.\n")
    (two.two / "content/posts/n2.md").unlink()
    (two.two / "content/posts/n<b>.md").write_text("---\ntitle: New\ndate: 2026-01-01\n---\nText.\n")
    two.build(two.two)
    done = two.deploy(str(two.one / "site.car"), "--same-as", str(two.two / "site.car"), code=6)
    error = done["error"]
    assert (error["kind"], error["who"], error["retry"]) == ("VerifyError", str(two.two / "site.car"), False)
    assert "nothing was stored" in error["message"]
    assert "posts/n1/index.html" in done["differs"]["different"]
    assert "posts/n2/index.html" in done["differs"]["only_here"]
    assert [path for path in done["differs"]["only_there"] if path.startswith("posts/n")]
    first, *_ = done["differs"]["different"]
    every = sum(map(len, done["differs"].values()))
    assert f"{first} differs, " in error["message"]
    assert error["message"].endswith(f", and {every - 5} more"), "a long list is cut; the JSON object has all of it"
    assert "--now" in error["hint"]
    assert not two.deployed()


def test_a_car_that_claims_our_root_and_has_other_blocks_is_refused(two: Two) -> None:
    ours = two.one / "site.car"
    post = two.two / "content/posts/n1.md"
    post.write_text(post.read_text() + "A sentence of somebody else.\n")
    two.build(two.two)
    with ours.open("rb") as file:
        (root,) = car.read_sections(file)[0]
    with (two.two / "site.car").open("rb") as file:
        (other,), sections = car.read_sections(file)
        blocks = [block for block, _ in sections]
    data = (two.two / "site.car").read_bytes()
    assert data.count(other.raw) >= 1
    liar = two.two / "liar.car"
    liar.write_bytes(data.replace(other.raw, root.raw, 1))
    assert len(blocks) > 3
    done = two.deploy(str(ours), "--same-as", str(liar), code=4)
    assert done["error"]["kind"] == "StoreRefused"
    assert not two.deployed()


def test_a_car_whose_bytes_are_not_its_blocks_is_refused(two: Two) -> None:
    data = bytearray((two.two / "site.car").read_bytes())
    data[-1] ^= 1
    (two.two / "site.car").write_bytes(data)
    done = two.deploy(str(two.one / "site.car"), "--same-as", str(two.two / "site.car"), code=4)
    assert done["error"]["kind"] == "StoreRefused"
    assert not two.deployed()


def test_the_published_file_itself_proves_nothing(two: Two) -> None:
    (two.one / "link.car").symlink_to(two.one / "site.car")
    for other in ("site.car", "link.car"):
        done = two.deploy(str(two.one / "site.car"), "--same-as", str(two.one / other), code=2)
        assert "is the file that is published" in done["error"]["message"]


def test_another_root_without_its_blocks_stops_too_and_says_what_is_unknown(two: Two) -> None:
    other = "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    done = two.deploy(str(two.one / "site.car"), "--same-as", other, code=6)
    assert "the files that differ are unknown" in done["error"]["message"]
    assert not two.deployed()


def test_the_same_files_in_other_blocks_differ(two: Two) -> None:
    toml = two.two / "publish.toml"
    toml.write_text(toml.read_text().replace("[stores", '[build]\nprofile = "unixfs-v0-2015"\n[stores'))
    two.build(two.two)
    done = two.deploy(str(two.one / "site.car"), "--same-as", str(two.two / "site.car"), code=6)
    assert {key for key, paths in done["differs"].items() if paths} == {"different"}
    assert "publish.toml" in done["error"]["hint"]
