"""Folders and CAR files that other tools made."""

import os
from pathlib import Path

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.unixfs import MODERN, add_file
from publisher.errors import ContentError, StoreRefused
from publisher.intake import add_car, add_folder
from tests.stores.sites import Blocks


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    (made / "posts/一").mkdir(parents=True)
    (made / "empty").mkdir()
    (made / "index.html").write_text("<h1>hello</h1>")
    (made / "posts/一/index.html").write_text("<h1>你好</h1>")
    return made


def add(path: Path, blocks: Blocks) -> tuple[Cid, list[str]]:
    said: list[str] = []
    return add_folder(path, MODERN, blocks.put, said.append), said


def written(tmp_path: Path, root: Cid, blocks: list[Block]) -> Path:
    path = tmp_path / "site.car"
    path.write_bytes(b"".join(car.write([root], blocks)))
    return path


def test_every_file_is_under_its_own_name(tmp_path: Path) -> None:
    blocks = Blocks()
    root, said = add(folder(tmp_path), blocks)
    assert sorted(path for path, _ in walk.files(blocks.get, root)) == ["index.html", "posts/一/index.html"]
    assert "empty" in dict(walk.entries(blocks.get, root))
    assert said == []


def test_dot_entries_stay_out_and_are_told(tmp_path: Path) -> None:
    made = folder(tmp_path)
    before, _ = add(made, Blocks())
    (made / ".well-known").mkdir()
    (made / ".env").write_text("SECRET=1")
    root, said = add(made, Blocks())
    assert root == before
    assert ".well-known" in said[0]


def test_a_folder_without_an_index_is_told(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "index.html").unlink()
    assert "no index.html" in add(made, Blocks())[1][0]


SECRETS = {
    "id_ed25519": b"-",
    "UTC--2026-01-01--abc": b"-",
    "prod.env": b"-",
    "server.pem": b"-----BEGIN PRIVATE KEY-----\n",
    "server.key": bytes.fromhex("3082025c02010030"),
    "server.p12": bytes.fromhex("30820a2c0201033082"),
    "wallet.json": b'{"version": 3, "crypto": {"ciphertext": "x", "kdf": "scrypt"}}',
    "wallet.jks": bytes.fromhex("feedfeed00000002"),
    "key.txt": b"a1" * 32 + b"\n",
}


@pytest.mark.parametrize("name", SECRETS)
def test_what_looks_like_a_key_is_refused(tmp_path: Path, name: str) -> None:
    made = folder(tmp_path)
    (made / "posts" / name).write_bytes(SECRETS[name])
    with pytest.raises(ContentError) as caught:
        add(made, Blocks())
    assert [problem.path for problem in caught.value.problems] == [f"posts/{name}"]


def test_a_certificate_and_a_public_key_are_no_secrets(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "server.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (made / "server.der").write_bytes(bytes.fromhex("3082025c3082014502"))
    (made / "id_ed25519.pub").write_text("ssh-ed25519")
    add(made, Blocks())


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="1 problem") as caught:
        add(tmp_path / "gone", Blocks())
    assert "cannot be read" in caught.value.problems[0].what


def test_links_and_special_files_are_refused_all_at_once(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "link").symlink_to("/etc/passwd")
    os.mkfifo(made / "pipe")
    with pytest.raises(ContentError) as caught:
        add(made, Blocks())
    assert [problem.path for problem in caught.value.problems] == ["link", "pipe"]


def test_a_car_file_comes_back_as_the_same_root(tmp_path: Path) -> None:
    blocks, again = Blocks(), Blocks()
    root, _ = add(folder(tmp_path), blocks)
    path = written(tmp_path, root, list(walk.reachable(blocks.get, root)))
    assert add_car(path, again.put, again.get) == root
    assert walk.measure(again.get, root) == walk.measure(blocks.get, root)


def test_a_car_file_that_is_cut_lies_or_lacks_a_block_is_refused(tmp_path: Path) -> None:
    blocks = Blocks()
    root, _ = add(folder(tmp_path), blocks)
    whole = list(walk.reachable(blocks.get, root))
    path = written(tmp_path, root, whole)
    data = path.read_bytes()
    lying = [*whole[:-1], Block(whole[-1].cid, whole[-1].data + b"!")]
    for bad in (data[:-3], b"not a CAR file", b"", b"".join(car.write([root], lying))):
        path.write_bytes(bad)
        with pytest.raises(StoreRefused):
            add_car(path, Blocks().put, Blocks().get)
    lacking = Blocks()
    with pytest.raises(StoreRefused, match="not whole"):
        add_car(written(tmp_path, root, whole[:-1]), lacking.put, lacking.get)


def test_a_single_file_is_no_site(tmp_path: Path) -> None:
    blocks = Blocks()
    link = add_file([b"alone"], MODERN, blocks.put)
    with pytest.raises(StoreRefused, match="not a folder"):
        add_car(written(tmp_path, link.cid, list(walk.reachable(blocks.get, link.cid))), blocks.put, blocks.get)


def test_a_root_of_another_format_is_refused_in_words(tmp_path: Path) -> None:
    data = b"\xa1\x61a\x01"
    root = Cid.make(Codec.DAG_CBOR, sha256(data))
    blocks = Blocks()
    with pytest.raises(StoreRefused, match="no UnixFS folder"):
        add_car(written(tmp_path, root, [Block(root, data)]), blocks.put, blocks.get)
