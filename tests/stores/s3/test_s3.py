"""The store `s3` on a real S3 server that checks signatures, and on a folder that a web server shows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Cid
from publisher.deploy.verify import check
from publisher.errors import BlockMissing, CidMismatch, ConfigError, StoreRefused, StoreUnreachable
from publisher.retrieval.trustless import trustless
from publisher.stores import s3 as store
from publisher.stores.base import Upload
from publisher.stores.s3.bucket import S3Bucket
from publisher.stores.s3.service import BlockObjects
from tests.services.kubo import running
from tests.services.listening import listening
from tests.services.s3 import KEY, REGION, SECRET, S3Server
from tests.stores.fakeweb import fake_web
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages

ENV = {"PUBLISH_KEY_ID": KEY, "PUBLISH_SECRET": SECRET}
NAME, SITE = "站点.eth é/?", "1" * 16
Opened = Callable[..., BlockObjects]


def silent(done: int, total: int) -> None:
    """No progress bar."""


def opened(env: dict[str, str] = ENV, **settings: Any) -> BlockObjects:
    made = store.connect("there", store.S3Settings(**settings), store_context(env, Blocks()))
    assert isinstance(made, BlockObjects)
    return made


def in_bucket(url: str, bucket: str, **more: Any) -> dict[str, Any]:
    own = {"key_env": "PUBLISH_KEY_ID", "secret_env": "PUBLISH_SECRET", "region": REGION, "timeout": 10.0}
    return {"api": url, "bucket": bucket, **own, **more}


@pytest.fixture(params=["bucket", "folder", "prefix"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens the same place each time, with further settings."""
    if request.param == "folder":
        return partial(opened, folder=str(tmp_path / "www"))
    server: S3Server = request.getfixturevalue("shared_s3")
    name = f"{request.node.name[:30].lower().replace('_', '-').split('[')[0].strip('-')}-{request.param}"
    if not (server.folder / name).exists():
        server.bucket(name)
    more = {"prefix": "a b/站"} if request.param == "prefix" else {}
    return partial(opened, **in_bucket(server.url, name, **more))


def upload(blocks: Blocks, root: Cid, site: str = SITE, name: str = NAME) -> Upload:
    return Upload(root, name, blocks.get, site=site)


def size(blocks: Blocks, *roots: Cid) -> int:
    return sum({b.cid: len(b.data) for root in roots for b in walk.reachable(blocks.get, root)}.values())


def test_a_site_is_held_block_by_block_and_only_what_is_new_is_sent(there: Opened) -> None:
    blocks = Blocks()
    first, second = blocks.site(pages(30)), blocks.site(pages(30, edited=[3]))
    assert not there().held(first)
    told: list[tuple[int, int]] = []
    receipt = there().put(upload(blocks, first), lambda done, total: told.append((done, total)))
    assert (receipt.kind, receipt.status, receipt.sent_bytes) == ("s3", "pinned", size(blocks, first))
    assert told[-1] == (receipt.sent_bytes, receipt.sent_bytes)
    assert there().held(first)
    assert there().put(upload(blocks, first), silent).sent_bytes == 0
    assert there().put(upload(blocks, second), silent).sent_bytes == size(blocks, first, second) - size(blocks, first)
    assert there().pins(NAME) == {first, second}
    assert there().pins(NAME[:2]) == frozenset()
    assert {(pin.root, pin.name) for pin in there().all_pins()} == {(first, NAME), (second, NAME)}
    get = there().reader()
    assert all(get(block.cid) == block.data for block in walk.reachable(blocks.get, second))


def test_a_root_goes_with_the_blocks_that_no_other_root_needs(there: Opened) -> None:
    blocks = Blocks()
    first, second = blocks.site(pages(30)), blocks.site(pages(30, edited=[3]))
    for root in (first, second):
        there().put(upload(blocks, root), silent)
    there().put(upload(blocks, first, "2" * 16, "other"), silent)
    assert not there().unpin(first, NAME, frozenset(("2" * 16,)))  # another site of the same name
    assert not there().unpin(first, "nobody", frozenset((SITE,)))
    assert there().unpin(first, NAME, frozenset((SITE,)))
    assert not there().unpin(first, NAME, frozenset((SITE,)))
    assert there().held(first)  # the other site has it too
    assert there().unpin(first, "other", frozenset(("2" * 16,)))
    assert not there().held(first)
    assert there().held(second)
    own = {block.cid for block in walk.reachable(blocks.get, first)}
    own -= {block.cid for block in walk.reachable(blocks.get, second)}
    get = there().reader()
    for cid in own:
        with pytest.raises(BlockMissing):
            get(cid)
    assert check("there", get, [block.cid for block in walk.reachable(blocks.get, second)]).ok


def test_a_root_whose_block_is_gone_or_cut_is_not_held_and_is_completed(there: Opened) -> None:
    blocks = Blocks()
    root = blocks.site(pages(5))
    there().put(upload(blocks, root), silent)
    page = next(block for block in walk.reachable(blocks.get, root) if block.cid.is_raw)
    objects, key = there().objects, there()._block_key(page.cid)
    objects.delete(key)
    assert not there().held(root)
    objects.put(key, page.data[:-1])
    assert not there().held(root)
    assert there().put(upload(blocks, root), silent).sent_bytes == len(page.data)
    assert there().held(root)
    objects.put(key, page.data[:-1] + b"!")
    with pytest.raises(CidMismatch):
        there().reader()(page.cid)


def test_a_run_that_was_cut_leaves_a_root_that_is_not_held_and_goes_on(there: Opened) -> None:
    blocks = Blocks()
    root = blocks.site(pages(40))
    seen: list[int] = []

    def cut(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        there().put(upload(blocks, root), cut)
    assert not there().held(root)
    assert 0 < there().put(upload(blocks, root), silent).sent_bytes == size(blocks, root) - seen[-1]
    assert there().held(root)


def test_what_another_run_removes_while_this_one_sends_is_sent_again(there: Opened) -> None:
    blocks = Blocks()
    root = blocks.site(pages(5))
    removed: list[str] = []

    def remove(done: int, total: int) -> None:
        if not removed:
            removed.append(there()._block_key(root))
            there().objects.delete(removed[0])

    assert there().put(upload(blocks, root), remove).status == "pinned"
    assert removed
    assert there().held(root)


def test_a_car_of_the_whole_site_is_beside_the_blocks_if_it_is_wanted(there: Opened) -> None:
    blocks = Blocks()
    root = blocks.site(pages(5))
    there(car=True).put(upload(blocks, root), silent)
    whole = b"".join(car.write((root,), walk.reachable(blocks.get, root)))
    assert there().objects.get(f"{there().prefix}car/{root}.car") == whole
    assert there(car=True).put(upload(blocks, root), silent).sent_bytes == 0
    assert there().unpin(root, NAME, frozenset((SITE,)))
    assert there().objects.get(f"{there().prefix}car/{root}.car") is None
    assert list(there().objects.find(f"{there().prefix}ipfs/")) == []


def test_a_doctor_says_what_is_there(there: Opened) -> None:
    blocks = Blocks()
    there().put(upload(blocks, blocks.site(pages(2))), silent)
    found = list(there().examine())
    assert [one.level for one in found] == ["ok", "note"]
    assert "1 pin" in found[0].what
    assert [one.level for one in there(gateway="http://127.0.0.1:1").examine()] == ["ok"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A plain web server over the folder, which knows nothing of IPFS."""
    (tmp_path / "www").mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(partial(Quiet, directory=str(tmp_path / "www"))) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_plain_web_server_is_a_trustless_gateway_for_everybody(web: str, tmp_path: Path) -> None:
    blocks = Blocks()
    root = blocks.site(pages(30))
    there = opened(folder=str(tmp_path / "www"), gateway=web)
    there.put(upload(blocks, root), silent)
    cids = [block.cid for block in walk.reachable(blocks.get, root)]
    assert check("gateway", trustless(web, "gateway"), cids).ok
    assert check("there", there.reader(), cids).ok
    (tmp_path / "www/ipfs" / str(root)).write_bytes(b"forged")
    assert not check("gateway", trustless(web, "gateway"), [root]).ok


def test_a_real_node_imports_the_car_that_is_there(web: str, tmp_path: Path) -> None:
    blocks = Blocks()
    root = blocks.site(pages(5))
    opened(folder=str(tmp_path / "www"), car=True).put(upload(blocks, root), silent)
    with running(tmp_path / "node") as node:
        node.command("dag", "import", str(tmp_path / "www/car" / f"{root}.car"))
        assert str(root) in node.pins()


@pytest.mark.parametrize("name", ["", ".", "..", "a/../b", "%2E", "%", "x y\n", '"', "站" * 85, "站" * 400, "/" * 300])
def test_a_pin_may_have_any_name(name: str, there: Opened) -> None:
    blocks = Blocks()
    root = blocks.site(pages(1))
    there().put(upload(blocks, root, name=name), silent)
    assert there().pins(name) == {root}
    assert there().pins(name + "x") == frozenset()
    assert [(pin.root, pin.name, pin.site) for pin in there().all_pins()] == [(root, name, SITE)]
    assert not there().unpin(root, name + "x", frozenset((SITE,)))
    assert there().unpin(root, name, frozenset((SITE,)))
    assert list(there().all_pins()) == []


# The S3 interface


def test_a_large_object_is_sent_in_parts_that_the_server_checks(shared_s3: S3Server) -> None:
    folder = shared_s3.bucket("parts")
    bucket = opened(**in_bucket(shared_s3.url, "parts")).objects
    assert isinstance(bucket, S3Bucket)
    data = bytes(range(256)) * (11 << 12)
    pieces = [data[at : at + 100_000] for at in range(0, len(data), 100_000)]
    small = replace(bucket, part=5 << 20)
    small.put_stream("a/large é.bin", pieces, len(data), {"x-amz-meta-import": "car"})
    assert bucket.get("a/large é.bin") == data
    assert (bucket.head("a/large é.bin") or {})["x-amz-meta-import"] == "car"
    assert (folder / "a/large é.bin").stat().st_size == len(data)
    assert list(bucket.find("a/")) == [("a/large é.bin", len(data))]
    with pytest.raises(ZeroDivisionError):
        small.put_stream("cut", (pieces[0] if n < 99 else bytes(1 // 0) for n in range(110)), len(data), {})
    assert bucket.get("cut") is None


def test_a_list_of_more_than_a_thousand_keys_has_pages(shared_s3: S3Server) -> None:
    folder = shared_s3.bucket("many")
    for number in range(1005):
        (folder / f"{number:04}").touch()
    bucket = opened(**in_bucket(shared_s3.url, "many")).objects
    assert len(list(bucket.find(""))) == 1005


@pytest.mark.parametrize(
    ("env", "more", "said"),
    [
        ({"PUBLISH_SECRET": "wrong"}, {}, "does not accept the credentials"),
        ({"PUBLISH_KEY_ID": "NOBODY"}, {}, "access key ID"),
        ({}, {"region": "elsewhere"}, "Error|region|Malformed|credentials|Authorization"),
        ({}, {"bucket": "absent"}, "NoSuchBucket"),
        ({}, {"key_env": "", "secret_env": ""}, "credentials"),
    ],
)
def test_a_real_server_refuses_what_is_signed_wrongly(
    shared_s3: S3Server, env: dict[str, str], more: dict[str, Any], said: str
) -> None:
    if not (shared_s3.folder / "guarded").exists():
        shared_s3.bucket("guarded")
    there = opened({**ENV, **env}, **(in_bucket(shared_s3.url, "guarded") | more))
    blocks = Blocks()
    with pytest.raises(StoreRefused, match=said) as error:
        there.put(upload(blocks, blocks.site(pages(1))), silent)
    assert SECRET not in f"{error.value} {error.value.hint} {there!r}"
    assert [one.level for one in there.examine()] == ["fault"]


def test_a_server_that_is_down_is_unreachable() -> None:
    with pytest.raises(StoreUnreachable, match="connection refused"):
        opened(**in_bucket("http://127.0.0.1:1", "b")).held(Blocks().site(pages(1)))


@pytest.mark.parametrize("body", [b"<html>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><R>&a;</R>", b"{}", b""])
def test_an_answer_that_is_no_xml_of_s3_is_refused(body: bytes) -> None:
    with fake_web() as web:
        web.on("GET /b", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        with pytest.raises(StoreRefused, match="S3 interface"):
            opened(**in_bucket(web.url, "b")).pins("x")


def test_an_answer_to_a_part_without_its_tag_is_an_error_that_names_the_host() -> None:
    with fake_web() as web:
        begun = b"<R><UploadId>1</UploadId></R>"
        web.on("POST /b/a", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(begun) + begun)
        web.on("PUT /b/a", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        web.on("DELETE /b/a", b"HTTP/1.1 204 No Content\r\n\r\n")
        bucket = opened(**in_bucket(web.url, "b")).objects
        assert isinstance(bucket, S3Bucket)
        with pytest.raises(StoreRefused, match="holds no ETag") as error:
            replace(bucket, part=4).put_stream("a", [b"12345678"], 8, {})
        assert web.url.removeprefix("http://") in error.value.message
        assert len(web.calls("DELETE /b/a")) == 1  # the parts would cost the user money


def test_a_block_that_looks_like_an_error_is_a_block() -> None:
    with fake_web() as web:
        body = b"<Error><Code>x</Code></Error>"
        web.on("GET /b", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        bucket = opened(**in_bucket(web.url, "b")).objects
        assert bucket.get("a") == body


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({}, "api"),
        ({"api": "ftp://host", "bucket": "b"}, "api"),
        ({"api": "https://host"}, "bucket"),
        ({"api": "https://host", "bucket": "a/b"}, "bucket"),
        ({"api": "https://host", "bucket": "b", "key_env": "PUBLISH_X"}, "key-env"),
        ({"api": "https://host", "bucket": "b", "timeout": 0.0}, "timeout"),
        ({"api": "https://host", "bucket": "b", "gateway": "x"}, "gateway"),
        ({"api": "https://host", "bucket": "b", "prefix": "../b"}, "prefix"),
        ({"folder": "www"}, "folder"),
        ({"folder": "/www", "api": "https://host"}, "folder"),
    ],
)
def test_settings_that_cannot_be_used_are_told_by_their_key(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError) as error:
        store.check(store.S3Settings(**settings))
    assert error.value.message.startswith(fault)


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    blocks = Blocks()
    with pytest.raises(StoreRefused, match="cannot be used") as error:
        opened(folder=str(tmp_path / "file")).put(upload(blocks, blocks.site(pages(1))), silent)
    assert "folder" in error.value.hint
