"""The embedded chain answers as a node does, with ENS at its canonical addresses."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from publisher.devnet import Devnet, devnet
from publisher.devnet.genesis import REGISTRY, RESOLVER, UNIVERSAL_RESOLVER, namehash

SET = "0x304e6ade"


@pytest.fixture(scope="module")
def chain() -> Iterator[Devnet]:
    with devnet(["demo.eth", "blog.demo.eth"]) as running:
        yield running


def ask(chain: Devnet, body: object) -> Any:
    request = urllib.request.Request(chain.url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def call(chain: Devnet, method: str, *params: object) -> Any:
    return ask(chain, {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)})


def test_quantities_are_hexadecimal(chain: Devnet) -> None:
    assert call(chain, "eth_chainId") == {"jsonrpc": "2.0", "id": 7, "result": hex(chain.chain_id)}
    block = call(chain, "eth_getBlockByNumber", "latest", False)["result"]
    assert block["number"] == "0x0"
    assert block["baseFeePerGas"].startswith("0x")


@pytest.mark.parametrize("address", [REGISTRY, RESOLVER, UNIVERSAL_RESOLVER])
def test_ens_stands_at_its_canonical_addresses(chain: Devnet, address: str) -> None:
    assert len(call(chain, "eth_getCode", address, "latest")["result"]) > 1000


@pytest.mark.parametrize("name", ["demo.eth", "blog.demo.eth", "eth", ""])
def test_names_and_their_parents_belong_to_the_key(chain: Devnet, name: str) -> None:
    data = "0x02571be3" + namehash(name).hex()
    assert call(chain, "eth_call", {"to": REGISTRY, "data": data}, "latest")["result"][-40:] == chain.owner[2:].lower()


def test_a_revert_is_what_geth_says_of_it(chain: Devnet) -> None:
    data = SET + namehash("other.eth").hex() + f"{64:064x}" + f"{0:064x}"
    error = call(chain, "eth_call", {"to": RESOLVER, "data": data}, "latest")["error"]
    assert (error["code"], error["message"]) == (3, "execution reverted")


@pytest.mark.parametrize("method", ["eth_sendRawTransaction", "eth_call", "eth_getBalance", "eth_nonsense"])
def test_nonsense_is_an_error_and_not_the_end(chain: Devnet, method: str) -> None:
    assert "error" in call(chain, method, "0x1234")
    assert "result" in call(chain, "eth_chainId")


def test_a_batch_is_answered_call_by_call(chain: Devnet) -> None:
    calls = [{"jsonrpc": "2.0", "id": n, "method": m, "params": []} for n, m in enumerate(("eth_chainId", "eth_no"))]
    answers = ask(chain, [*calls, "nonsense"])
    assert [sorted(answer) for answer in answers] == [["id", "jsonrpc", "result"], *[["error", "id", "jsonrpc"]] * 2]


def test_the_key_is_not_shown(chain: Devnet) -> None:
    assert chain.key[2:] not in repr(chain)


def test_a_chain_leaves_the_limit_of_recursion_as_python_has_it() -> None:
    code = (
        "import sys\nfirst = sys.getrecursionlimit()\n"
        "from publisher.devnet import devnet\n"
        "with devnet():\n    print(first, sys.getrecursionlimit())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, after = done.stdout.split()
    assert after == first


def test_a_chain_answers_no_more_when_its_block_has_ended() -> None:
    with devnet() as running:
        assert "result" in call(running, "eth_chainId")
    with pytest.raises(OSError, match="refused"):
        call(running, "eth_chainId")
