"""`publish gateway` with neighbours that are slow, or lie: blocks are fetched side by side, and checked."""

import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Cid, Codec, sha256
from tests.gateway.running import IMAGES, gateway, neighbour, node, root
from tests.gateway.sites import Blocks
from tests.services.kubo import Node

__all__ = ["node", "root"]


def test_the_images_of_a_page_are_fetched_side_by_side(tmp_path: Path, node: Node, root: Cid) -> None:
    def slowly(path: str, data: bytes) -> bytes:
        time.sleep(0.4)
        return data

    with (
        neighbour(node, slowly) as (url, asked),
        gateway(tmp_path / "empty", "--upstream", url) as running,
        ThreadPoolExecutor(20) as pool,
    ):
        assert running.get(f"/ipfs/{root}/index.html")[0] == 200
        begun = time.monotonic()
        found = list(pool.map(lambda name: running.get(f"/ipfs/{root}/{name}"), IMAGES))
        assert [(status, body) for status, body, _ in found] == [(200, data) for data in IMAGES.values()]
        assert time.monotonic() - begun < 20 * 0.4 / 3
        assert len(asked) == len(set(asked))  # each block once


def test_what_is_at_hand_does_not_wait_for_a_neighbour_who_is_slow(tmp_path: Path, node: Node, root: Cid) -> None:
    slow = threading.Event()

    def sometimes(path: str, data: bytes) -> bytes:
        if slow.is_set():
            time.sleep(3)
        return data

    with (
        neighbour(node, sometimes) as (url, _),
        gateway(tmp_path / "empty", "--upstream", url) as running,
        ThreadPoolExecutor(60) as pool,
    ):
        for path in ("/", "/plain/digits.txt"):
            assert running.get(f"/ipfs/{root}{path}")[0] == 200
        slow.set()
        waiting = [pool.submit(running.get, f"/ipfs/{root}/{name}") for name in list(IMAGES) * 3]
        time.sleep(0.5)
        begun = time.monotonic()
        assert running.get(f"/ipfs/{root}/plain/digits.txt", range="bytes=2-3")[1] == b"23"
        assert running.get(f"/ipfs/{root}/", accept="text/html")[0] == 200
        assert time.monotonic() - begun < 1.5
        for each in waiting:
            each.cancel()
        running.process.kill()  # else the pool would wait until those that have begun are answered


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_soon_though_blocks_are_waited_for(
    tmp_path: Path, node: Node, root: Cid, number: signal.Signals
) -> None:
    def never(path: str, data: bytes) -> bytes:
        time.sleep(9)
        return data

    with (
        neighbour(node, never) as (url, asked),
        gateway(tmp_path / "empty", "--upstream", url) as running,
        ThreadPoolExecutor(3) as pool,
    ):
        waiting = [pool.submit(running.get, f"/ipfs/{root}/{name}") for name in ("", "docs/", "plain/")]
        while not asked:
            time.sleep(0.05)
        begun = time.monotonic()
        code, _, said = running.end(number)
        assert (code, "Traceback" in said) == (0, False), said
        assert time.monotonic() - begun < 8
        for each in waiting:
            with contextlib.suppress(OSError, http.client.HTTPException):
                each.result()


def test_it_ends_soon_and_quietly_though_somebody_is_downloading(tmp_path: Path, node: Node) -> None:
    blocks = Blocks()
    root = blocks.add({"big.bin": os.urandom(1 << 20) * 64})
    file = tmp_path / "big.car"
    file.write_bytes(b"".join(car.write([root], walk.reachable(blocks.get, root))))
    node.command("dag", "import", str(file))
    with (
        gateway(tmp_path / "empty", "--upstream", node.gateway) as running,
        socket.create_connection(("127.0.0.1", running.port)) as slow,
    ):
        slow.sendall(f"GET /ipfs/{root}/big.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        assert running.end(signal.SIGINT) == (0, "", "Ctrl-C ends it\n")
        assert time.monotonic() - begun < 8


def test_a_visitor_who_asks_for_what_nobody_has_takes_nothing_from_the_others(
    tmp_path: Path, node: Node, root: Cid
) -> None:
    lost = Cid.make(Codec.RAW, sha256(os.urandom(8)))
    with gateway(tmp_path / "empty", "--upstream", node.gateway) as running:  # an online node looks on and on
        assert running.get(f"/ipfs/{lost}")[0] == 504
        assert running.get(f"/ipfs/{root}/docs/")[0] == 200
        begun = time.monotonic()
        assert running.get(f"/ipfs/{lost}")[0] == 504
        assert time.monotonic() - begun < 2
        assert running.end()[2] == "Ctrl-C ends it\n"


# Neighbours that lie


def flipped(path: str, data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def test_a_neighbour_who_changes_a_byte_is_left_out_and_the_next_one_asked(
    tmp_path: Path, node: Node, root: Cid
) -> None:
    with (
        neighbour(node, flipped) as (evil, asked),
        gateway(tmp_path / "empty", "--upstream", evil, "--upstream", node.gateway) as running,
    ):
        for name in ("index.html", "plain/digits.txt"):
            assert running.get(f"/ipfs/{root}/{name}")[0] == 200
        assert len(asked) == 1
        _, _, said = running.end()
        assert said.count("hash to something else") == 1


def test_bytes_that_are_wrong_are_shown_to_nobody(tmp_path: Path, node: Node, root: Cid) -> None:
    with neighbour(node, flipped) as (evil, _), gateway(tmp_path / "empty", "--upstream", evil) as running:
        status, body, _ = running.get(f"/ipfs/{root}/")
        assert status == 502
        assert b"hash to something else" in body


def test_a_block_that_is_wrong_in_the_middle_of_a_file_ends_the_answer_before_it(
    tmp_path: Path, node: Node, root: Cid
) -> None:
    large: list[str] = []

    def third(path: str, data: bytes) -> bytes:
        if len(data) == 1 << 20:
            large.append(path)
        return flipped(path, data) if len(large) == 3 else data

    with neighbour(node, third) as (evil, _), gateway(tmp_path / "empty", "--upstream", evil) as running:
        with pytest.raises(http.client.IncompleteRead) as caught:
            running.get(f"/ipfs/{root}/big.bin")
        assert len(caught.value.partial) == 2 << 20
