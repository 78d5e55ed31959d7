"""`publish gateway` as its user runs it, with a real Kubo behind it: pages, hosts, what is told, how it ends."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.dag.cid import Cid
from tests.gateway.running import PROGRAM, gateway, node, root
from tests.services.kubo import Node

__all__ = ["node", "root"]


def added(folder: Path, capsys: pytest.CaptureFixture[str], text: str = "home", *words: str) -> str:
    """The root of a folder that was added where there is no site."""
    made = folder / "made"
    made.mkdir(parents=True, exist_ok=True)
    (made / "index.html").write_text(f"<h1>{text}</h1>")
    with pytest.raises(SystemExit) as left:
        main(["-C", str(folder), "-q", "add", str(made), *words])
    assert not left.value.code
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize("way", ["root", "beginning", "nothing"])
def test_what_was_added_outside_a_site_is_served_there(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added(tmp_path, capsys, "before")
    found = added(tmp_path, capsys)
    words = {"root": [found], "beginning": [found[:12]], "nothing": []}[way]
    for more in ([], ["--offline"]):
        with gateway(tmp_path, *words, *more) as running:
            assert running.url == f"http://{found}.ipfs.localhost:{running.port}/"
            assert running.get("/", f"{found}.ipfs.localhost")[:2] == (200, b"<h1>home</h1>")
            assert running.get(f"/ipfs/{found}/")[:2] == (200, b"<h1>home</h1>")
            assert running.get("/")[2]["Location"] == running.url


def test_a_gateway_in_an_empty_folder_leaves_it_empty(tmp_path: Path) -> None:
    with gateway(tmp_path / "empty", "--offline") as running:
        assert running.get("/")[0] == 404
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_site_on_a_node_is_shown_at_its_own_origin(
    tmp_path: Path, node: Node, root: Cid, number: signal.Signals
) -> None:
    with gateway(tmp_path / "empty", str(root), "--upstream", node.gateway) as running:
        assert running.url == f"http://{root}.ipfs.localhost:{running.port}/"
        host = f"{root}.ipfs.localhost"
        status, body, headers = running.get("/", host)
        assert (status, body) == (200, b"<h1>home</h1>")
        assert "immutable" in headers["Cache-Control"]
        assert running.get("/%E6%96%87%E7%AB%A0/%E4%BD%A0%E5%A5%BD%20%E4%B8%96%E7%95%8C.html", host)[0] == 200
        assert len(running.get("/big.bin", host)[1]) == 3 << 20
        assert running.get("/", "127.0.0.1")[2]["Location"] == running.url
        assert running.get(f"/ipfs/{root}/plain/digits.txt")[1] == b"0123456789"
        assert running.end(number) == (0, "", "Ctrl-C ends it\n")
    assert list((tmp_path / "empty").iterdir()) == []


def test_what_was_fetched_is_there_after_a_restart_without_a_network(tmp_path: Path, node: Node, root: Cid) -> None:
    for keep, kept in (("0", 404), ("50MB", 200)):
        with gateway(tmp_path / "empty", "--upstream", node.gateway, "--keep", keep) as running:
            assert running.get(f"/ipfs/{root}/")[0] == 200
            running.end()
        with gateway(tmp_path / "empty", "--offline", "--keep", keep) as running:
            assert running.get(f"/ipfs/{root}/")[0] == kept


def test_only_what_is_here_is_given_to_who_wants_no_more(tmp_path: Path, node: Node, root: Cid) -> None:
    with gateway(tmp_path / "empty", "--upstream", node.gateway) as running:
        path = f"/ipfs/{root}/plain/digits.txt"
        assert running.get(path, Cache_Control="only-if-cached")[0] == 412
        assert running.get(path)[0] == 200
        assert running.get(path, Cache_Control="only-if-cached")[0] == 200


# Hosts


def test_only_hosts_that_were_named_are_served(tmp_path: Path, node: Node, root: Cid) -> None:
    words = ("--upstream", node.gateway, "--allow-host", "Gateway.Example.org", "--subdomains", "sites.example.org")
    with gateway(tmp_path / "empty", *words) as running:
        path = f"/ipfs/{root}/"
        assert running.get(path, "rebound.example.com")[0] == 403
        assert running.get(path, "gateway.example.org")[0] == 200
        assert running.get("/", f"{root}.ipfs.sites.example.org")[0] == 200
        assert running.get(path, "sites.example.org")[0] == 301
        assert running.get("/", "gateway.example.org")[0] == 404


def test_only_a_proxy_that_was_named_says_which_host_was_asked(tmp_path: Path, node: Node, root: Cid) -> None:
    path = f"/ipfs/{root}/"
    for words, status in (((), 200), (("--behind", "127.0.0.1"), 301)):
        with gateway(tmp_path / "empty", "--upstream", node.gateway, *words) as running:
            for _ in range(2):
                assert running.get(path, X_Forwarded_Host="localhost")[0] == status
                assert running.get(path)[0] == 200


def test_a_gateway_for_others_warns_and_prints_an_address_that_works(tmp_path: Path) -> None:
    with gateway(tmp_path / "empty", "site.eth", "--host", "0.0.0.0", "--offline") as running:
        assert running.url == f"http://127.0.0.1:{running.port}/"
        _, _, said = running.end()
        assert "warning: everybody who can reach this machine" in said
        assert "--allow-host" in said


# What is told


def test_a_line_for_each_request_when_it_is_asked_for(tmp_path: Path, node: Node, root: Cid) -> None:
    with gateway(tmp_path / "empty", "-v", "--upstream", node.gateway) as running:
        for _ in range(2):  # one that was read, one that was kept
            running.get(f"/ipfs/{root}/?q=1")
        running.get("/ipfs/nothing")
        _, _, said = running.end()
        line = f"127.0.0.1 GET 127.0.0.1:{running.port}/ipfs/{root}/?q=1 200\n"
        assert said.count(line) == 2
        assert "/ipfs/nothing 400\n" in said


def test_a_program_gets_one_json_object(tmp_path: Path) -> None:
    with gateway(tmp_path / "empty", "--json", "--offline") as running:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", json.loads(running.url)["url"])


def test_the_site_here_is_served_from_its_cache_and_its_gateways_are_asked(
    tmp_path: Path, node: Node, root: Cid
) -> None:
    folder = tmp_path / "site"
    (folder / "content").mkdir(parents=True)
    (folder / "content" / "about.md").write_text("---\ntitle: 关于\n---\n\n你好\n", encoding="utf-8")
    (folder / "publish.toml").write_text(
        f'[site]\ntitle = "T"\n[deploy]\ngateways = ["{node.gateway}"]\n[stores.here]\nkind = "embedded"\n'
    )
    command = [sys.executable, "-c", PROGRAM, "build"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    with gateway(folder, built) as running:
        status, body, _ = running.get("/about/", f"{built}.ipfs.localhost")
        assert (status, "你好" in body.decode()) == (200, True)
        assert running.get(f"/ipfs/{root}/")[0] == 200
    with gateway(folder, "--offline", "--keep", "0") as running:
        assert running.get(f"/ipfs/{built}/")[0] == 200
        assert running.get(f"/ipfs/{root}/")[0] == 404


def test_a_site_of_cid_version_0_has_an_origin_too(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "index.html").write_text("<p>2015")
    (folder / "publish.toml").write_text('[site]\ntitle = "T"\n[build]\nprofile = "unixfs-v0-2015"\n')
    command = [sys.executable, "-c", PROGRAM, "add", "pages", "-q"]
    root = Cid.parse(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip())
    assert root.version == 0
    with gateway(folder, str(root), "--offline") as running:
        assert running.url == f"http://{root.to_v1()}.ipfs.localhost:{running.port}/"
        assert running.get("/", f"{root.to_v1()}.ipfs.localhost")[:2] == (200, b"<p>2015")
        for each in (root, root.to_v1()):
            assert running.get(f"/ipfs/{each}/")[:2] == (200, b"<p>2015")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "nonsense"),
        (("--upstream", "127.0.0.1:8080"), "the address is not an http:// or https:// URL"),
        (("--upstream", "ftp://host", "--offline"), "the address is not an http:// or https:// URL"),
        (("--rpc", "ws://host"), "http:// or https://"),
        (("--rpc", "http://["), "http:// or https://"),
        (("--rpc", "http://host:65536"), "http:// or https://"),
        (("--dns", "dns.example"), "not the address of a DNS server"),
        (("--dns", "192.0.2.1:0", "--offline"), "not the address of a DNS server"),
        (("--keep", "much"), "write it as 500MB"),
        (("--keep", "49MB"), "at least 50MB"),
        (("--behind", "proxy"), "write it as 127.0.0.1"),
        (("--allow-host", "http://x/"), "is not a host name"),
        (("--host", "no-such-host.invalid"), "no-such-host.invalid"),
        (("x..eth",), "not a name"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_served(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    with pytest.raises(SystemExit) as left:
        main(["gateway", *words])
    told = capsys.readouterr()
    assert (left.value.code in (2, 5), told.out) == (True, "")
    assert said in told.err


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit):
        main(["gateway", "--offline", "--keep", "0", "-C", str(tmp_path), "--port", str(taken.getsockname()[1])])
    assert "--port" in capsys.readouterr().err
