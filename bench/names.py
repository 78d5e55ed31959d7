"""Count the round trips of a deploy that moves a name, and measure its processor time.

The chain is the embedded one. A proxy in front of it records what each round trip asks for. Two programs are the peers:
one that only imports web3, and one that sets the same record with web3 alone and makes no checks.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from measure import Pair, pairs

PUBLISH = str(Path(sys.executable).with_name("publish"))
SAME, BEFORE, AFTER = 2, 5, 3
"""The allowed round trips: for a name that is right already, before a transaction is sent, and after its receipt."""
PEER = """
import os, sys
from web3 import Web3
w3 = Web3(Web3.HTTPProvider(os.environ["CHAIN"]))
key, resolver, node, record = os.environ["PUBLISH_KEY"], *sys.argv[1:]
abi = [{"type": "function", "name": "setContenthash", "stateMutability": "nonpayable", "outputs": [],
        "inputs": [{"name": "node", "type": "bytes32"}, {"name": "hash", "type": "bytes"}]}]
account = w3.eth.account.from_key(key)
call = w3.eth.contract(resolver, abi=abi).functions.setContenthash(node, record)
made = call.build_transaction({"from": account.address, "nonce": w3.eth.get_transaction_count(account.address)})
sent = w3.eth.send_raw_transaction(account.sign_transaction(made).raw_transaction)
assert w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.1)["status"] == 1
"""
_NUMBERS = count(1)


def same_trips(bench: Any) -> list[Pair]:
    """Count the round trips of a deploy whose root the name shows already."""
    with _site(bench) as site:
        site.deploy()

        def ours(_: int) -> float:
            site.trips.clear()
            site.deploy()
            return len(site.trips)

        return pairs(bench.pairs, ours, lambda _: SAME)


def before_trips(bench: Any) -> list[Pair]:
    """Count the round trips of a deploy before it sends a transaction."""
    with _site(bench) as site:
        return pairs(bench.pairs, lambda _: site.move()[0], lambda _: BEFORE)


def after_trips(bench: Any) -> list[Pair]:
    """Count the round trips of a deploy that come after the round trip with the receipt."""
    with _site(bench) as site:
        return pairs(bench.pairs, lambda _: site.move()[1], lambda _: AFTER)


def same_seconds(bench: Any) -> list[Pair]:
    """Measure the processor time of a deploy whose root the name shows already, against `import web3`."""
    with _site(bench) as site:
        site.deploy()
        peer = [sys.executable, "-c", "import web3"]
        return pairs(bench.pairs, lambda _: site.deploy(), lambda _: site.seconds(peer))


def move_seconds(bench: Any) -> list[Pair]:
    """Measure the processor time of a deploy that moves a name, against a program that sets the record with web3."""
    with _site(bench) as site:

        def theirs(number: int) -> float:
            record = "0xe301017012" + f"20{number + 1:064x}"
            return site.seconds([sys.executable, "-c", PEER, site.resolver, site.node, record])

        def ours(_: int) -> float:
            site.edit()
            return site.deploy()

        return pairs(bench.pairs, ours, theirs)


@dataclass
class _Site:
    """A folder with one page, whose name is on the embedded chain."""

    folder: Path
    url: str
    key: str
    resolver: str
    node: str
    trips: list[list[dict[str, Any]]] = field(default_factory=list)

    def edit(self) -> None:
        (self.folder / "out/index.html").write_text(f"<title>Page</title><p>{next(_NUMBERS)}</p>")

    def deploy(self) -> float:
        """Deploy the folder. Return the seconds of processor time."""
        return self.seconds([PUBLISH, "deploy", "out", "--yes", "-q"])

    def move(self) -> tuple[int, int]:
        """Deploy another page. Return the round trips before the transaction is sent, and after its receipt."""
        self.edit()
        self.trips.clear()
        self.deploy()
        sent = next(
            n for n, trip in enumerate(self.trips) if any(one["method"] == "eth_sendRawTransaction" for one in trip)
        )
        mined = next(n for n, trip in enumerate(self.trips) if any(_receipt(one) for one in trip))
        return sent, len(self.trips) - mined - 1

    def seconds(self, command: list[str]) -> float:
        """Run a command. Return the seconds of processor time that it used, in user and system mode."""
        env = {**os.environ, "PUBLISH_KEY": self.key, "CHAIN": self.url}
        with subprocess.Popen(command, cwd=self.folder, env=env, stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command[0]} ended with {process.returncode}")
        return usage.ru_utime + usage.ru_stime


def _receipt(one: dict[str, Any]) -> bool:
    return one["method"] == "eth_getTransactionReceipt" and bool(one["result"])


@contextmanager
def _site(bench: Any) -> Iterator[_Site]:
    from publisher.devnet import devnet
    from publisher.names.ens.normalize import Name
    from publisher.names.ens.resolver import find
    from publisher.names.ens.rpc import Chain

    folder = bench.folder / f"names-{next(_NUMBERS)}"
    (folder / "out").mkdir(parents=True)
    with devnet(["demo.eth"]) as chain:
        name, asked = Name("demo.eth"), Chain([chain.url], chain.chain_id)
        resolver = find(asked, name).resolver
        asked.close()
        site = _Site(folder, chain.url, chain.key, resolver, "0x" + name.node.hex())
        with _recording(chain.url, site.trips) as url:
            (folder / "publish.toml").write_text(
                f"""[site]
title = "Page"

[stores.local]
kind = "embedded"

[names.main]
kind = "ens"
name = "demo.eth"
rpc = ["{url}"]
chain-id = {chain.chain_id}
signer = "env:PUBLISH_KEY"
"""
            )
            site.edit()
            yield site


@contextmanager
def _recording(upstream: str, trips: list[list[dict[str, Any]]]) -> Iterator[str]:
    """Serve a proxy that writes each round trip down: its methods, and their results."""

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with urlopen(Request(upstream, body, {"Content-Type": "application/json"}), timeout=60) as answer:
                said = answer.read()
            asked, replies = (found if isinstance(found, list) else [found] for found in map(json.loads, (body, said)))
            results = {reply["id"]: reply.get("result") for reply in replies}
            trips.append([{"method": one["method"], "result": results.get(one["id"])} for one in asked])
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
