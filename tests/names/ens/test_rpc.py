"""The chain through end points that fail in every way: what is said, what is tried next, what is never shown."""

import inspect
import json
import socket
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests
import web3.exceptions

from publisher.errors import ConfigError, RpcError
from publisher.names.ens import abi, rpc, transport
from publisher.names.ens.responses import EndPointError
from publisher.names.ens.rpc import Chain, Reverted, TransactionRefused
from tests.names.ens.nodes import answering, serving, write

ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
RAW = bytes.fromhex("02f00d")
HASH = "0x" + abi.keccak(RAW).hex()


def node(chain: int = 1, **results: Any) -> Any:
    """A node of a chain that knows some answers; a value may be a reply of its own."""

    def answer(method: str, params: list[Any]) -> Any:
        known = {"eth_chainId": hex(chain)} | results
        value = known.get(method, {"error": {"code": -32601, "message": f"no {method}"}})
        return value if isinstance(value, dict) and value.keys() & {"error", "result"} else {"result": value}

    return answering(answer)


def failing(message: str, code: int = -32000, **more: Any) -> Any:
    return {"error": {"code": code, "message": message, **more}}


def words(caught: Any) -> str:
    return f"{caught.value} {caught.value.hint} {caught.value!r} {caught.value.__cause__!r}"


def test_the_first_end_point_that_works_is_asked_and_stays_the_first() -> None:
    asked = []

    def count(method: str, params: list[Any]) -> Any:
        asked.append(method)
        return {"result": "0x1"}

    with serving(answering(count)) as works:
        chain = Chain(["http://127.0.0.1:1/hunter2", works], 1)
        assert chain.nonce(ADDRESS) == 1
        assert chain.balance(ADDRESS) == 1
        assert chain.hosts[1] == "http://127.0.0.1:1"
        chain.close()
    assert asked == ["eth_chainId", "eth_getTransactionCount", "eth_getBalance"]


def test_a_hiccup_in_the_middle_of_a_run_is_tried_once_more() -> None:
    states, slept = iter([True, False, True, False, False]), list[float]()

    def respond(handler: BaseHTTPRequestHandler, body: bytes) -> Any:
        if next(states):
            return node(eth_getBalance="0x7")(handler, body)
        return close_at_once(handler, body)

    with serving(respond) as url:
        chain = Chain([url], 1, sleep=slept.append)
        assert chain.balance(ADDRESS) == 7
        assert chain.balance(ADDRESS) == 7
        with pytest.raises(RpcError):
            chain.balance(ADDRESS)
        chain.close()
    assert slept == [rpc.PAUSE] * 2


def test_when_none_works_each_is_named_with_its_reason() -> None:
    with serving(lambda handler, body: write(handler, b"<html>", 502)) as broken:
        chain = Chain(["http://127.0.0.1:1/hunter2", broken], 1)
        with pytest.raises(RpcError) as caught:
            chain.head()
        chain.close()
    assert "http://127.0.0.1:1: connection refused" in str(caught.value)
    assert "the end point fails (HTTP 502)" in str(caught.value)
    assert caught.value.retry
    assert "hunter2" not in words(caught)


@pytest.mark.parametrize("chains", [(5,), (1, 5)])
def test_another_chain_is_said_with_both_numbers(chains: tuple[int, ...]) -> None:
    urls, servers = [], [serving(node(number, eth_getBalance="0x0")) for number in chains]
    urls = [server.__enter__() for server in servers]
    chain = Chain(urls, 1)
    with pytest.raises(ConfigError, match="on chain 5, but the configuration has chain-id 1") as caught:
        chain.query_agreed(rpc.balance(ADDRESS))
    assert "hunter2" not in words(caught)
    chain.close()
    for server in servers:
        server.__exit__(None, None, None)


def close_at_once(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def half(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"jsonrpc"')
    close_at_once(handler, body)


BAD = {
    "closed": (close_at_once, "the connection failed"),
    "half": (half, "the connection (broke|failed)"),
    "html": (lambda h, b: write(h, b"<html>hunter2"), "not JSON-RPC"),
    "list": (lambda h, b: write(h, b"[1]"), "not JSON-RPC"),
    "neither": (lambda h, b: write(h, b'{"id": 0}'), "not JSON-RPC"),
    "null": (lambda h, b: write(h, b"null"), "not JSON-RPC"),
    "deep": (lambda h, b: write(h, b"[" * 90_000), "not JSON-RPC"),
    "bytes": (lambda h, b: write(h, b"\xff\xfe"), "not JSON-RPC"),
    "gzip": (lambda h, b: write(h, b"no gzip", Content_Encoding="gzip"), "does not decode"),
    "redirect": (lambda h, b: write(h, b"", 307, Location="http://127.0.0.1:1/"), "the end point redirects"),
    "unauthorised": (lambda h, b: write(h, b"{}", 401), "needs an API key"),
    "forbidden": (lambda h, b: write(h, b"{}", 403), "needs an API key"),
    "limit": (lambda h, b: write(h, b"{}", 429), "too many requests"),
    "missing": (lambda h, b: write(h, b"{}", 404), "nothing answers at this path"),
    "huge": (lambda h, b: write(h, b" " * (transport.LONGEST + 1)), "longer than 8 MiB"),
    "error text": (lambda h, b: write(h, b'{"error": "no"}'), "the end point says: no"),
    "error": (node(eth_getBalance=failing("limit http://x/hunter2\x1b\nreached", -32005)), "limit .address. ?reached"),
    "no hex": (node(eth_getBalance="12"), "cannot be understood"),
    "no number": (node(eth_getBalance=None), "cannot be understood"),
}


@pytest.mark.parametrize("kind", BAD)
def test_an_end_point_that_answers_badly_is_named_and_the_next_is_asked(kind: Any) -> None:
    respond, reason = BAD[kind]
    with serving(respond) as bad, serving(node(eth_getBalance="0x7")) as good:
        alone = Chain([bad], 1)
        with pytest.raises(RpcError, match=reason) as caught:
            alone.balance(ADDRESS)
        alone.close()
        assert "hunter2" not in words(caught)
        both = Chain([bad, good], 1)
        assert both.balance(ADDRESS) == 7
        both.close()


def test_an_answer_that_drips_for_ever_is_given_up() -> None:
    ticks = iter(range(0, 10**6, 30))
    session = requests.Session()
    with serving(lambda h, b: write(h, b" " * 10)) as url:
        end = transport.EndPoint(url, session, lambda: float(next(ticks)))
        with pytest.raises(EndPointError, match="not JSON-RPC"):
            end.ask([("eth_chainId", ())])
        late = transport.EndPoint(url, session, lambda: float(next(ticks) * 2))
        with pytest.raises(EndPointError, match="not complete after 40 s"):
            late.ask([("eth_chainId", ())])
    session.close()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://example.org/hunter2", "http://", "http://[::1/hunter2", "http://a b/hunter2"]
)
def test_what_is_no_url_is_said_without_showing_it(url: str) -> None:
    chain = Chain([url], 1)
    with pytest.raises(RpcError) as caught:
        chain.head()
    chain.close()
    assert "hunter2" not in words(caught)


def test_a_node_that_takes_no_batches_is_asked_singly() -> None:
    def answer(method: str, params: list[Any]) -> Any:
        return {"result": {"eth_chainId": "0x1", "eth_getBalance": "0x2"}.get(method, "0x3")}

    with serving(answering(answer, batches=False)) as url:
        chain = Chain([url], 1)
        balance, nonce = rpc.balance(ADDRESS), rpc.nonce(ADDRESS)
        answers = chain.batch(balance, nonce)
        assert (answers[balance], answers[nonce]) == (2, 3)
        chain.close()


def test_one_revert_in_a_batch_spoils_no_other_answer() -> None:
    with serving(node(eth_call=failing("execution reverted", 3, data="0x1234"), eth_getBalance="0x2")) as url:
        chain = Chain([url], 1)
        call, balance = rpc.call(ADDRESS, b""), rpc.balance(ADDRESS)
        answers = chain.batch(call, balance)
        assert answers[balance] == 2
        with pytest.raises(Reverted) as caught:
            answers[call]
        assert caught.value.data == b"\x12\x34"
        chain.close()


@pytest.mark.parametrize(
    ("error", "data"),
    [
        (failing("execution reverted", 3), b""),
        (failing("execution reverted", 3, data="0x"), b""),
        (failing("execution reverted", -32000), b""),
        (failing("VM execution error.", -32015, data="Reverted 0x1234"), b"\x12\x34"),
        (failing("Error: VM Exception", -32603, data={"data": "0x1234"}), b"\x12\x34"),
        (failing("Transaction reverted", -32000, data="no hex"), b""),
    ],
)
def test_every_way_of_saying_reverted_is_understood(error: Any, data: bytes) -> None:
    with serving(node(eth_call=error)) as url:
        chain = Chain([url], 1)
        with pytest.raises(Reverted) as caught:
            chain.call(ADDRESS, b"")
        assert caught.value.data == data
        chain.close()


@pytest.mark.parametrize("message", ["already known", "transaction already imported", "ALREADY_EXISTS: already known"])
def test_a_node_that_has_the_transaction_already_is_success(message: str) -> None:
    with serving(node(eth_sendRawTransaction=failing(message))) as url:
        chain = Chain([url], 1)
        assert chain.send_raw(RAW) == HASH
        chain.close()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("nonce too low: next nonce 5, tx nonce 4", "nonce-used"),
        ("replacement transaction underpriced", "underpriced"),
        ("max fee per gas less than block base fee", "below-base-fee"),
        ("insufficient funds for gas * price + value", "no-funds"),
        ("invalid chain id for signer", "wrong-chain"),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_refused_transaction_says_why_whatever_the_status(message: str, reason: str, status: int) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 0, **failing(message)}).encode()

    def respond(handler: BaseHTTPRequestHandler, asked: bytes) -> None:
        if b"eth_sendRaw" in asked:
            write(handler, body, status)
        else:
            node()(handler, asked)

    with serving(respond) as url:
        chain = Chain([url], 1)
        with pytest.raises(TransactionRefused) as caught:
            chain.send_raw(RAW)
        assert caught.value.reason == reason
        chain.close()


def test_a_send_goes_on_to_the_next_end_point_and_a_false_hash_is_no_success() -> None:
    with (
        serving(node(eth_sendRawTransaction=failing("internal error", -32603))) as broken,
        serving(node(eth_sendRawTransaction="0x" + "11" * 32)) as lying,
        serving(node(eth_sendRawTransaction=HASH)) as good,
    ):
        chain = Chain([broken, lying, good], 1)
        assert chain.send_raw(RAW) == HASH
        chain.close()
        chain = Chain([broken, lying], 1)
        with pytest.raises(RpcError, match=r"internal error.*another transaction"):
            chain.send_raw(RAW)
        chain.close()


def test_an_end_point_that_fails_at_a_send_is_asked_again_and_one_that_names_a_false_hash_is_not() -> None:
    with (
        serving(node(eth_sendRawTransaction=failing("internal error", -32603), eth_call="0x01")) as broken,
        serving(node(eth_sendRawTransaction="0x" + "11" * 32, eth_call="0x02")) as lying,
        serving(node(eth_sendRawTransaction=HASH, eth_call="0x03")) as good,
    ):
        chain, call = Chain([broken, lying, good], 1), rpc.call(ADDRESS, b"")
        assert chain.send_raw(RAW) == HASH
        assert {answer for _, answer in chain.every(call).every(call)} == {b"\x01", b"\x03"}
        chain.ask_all_again()
        assert {answer for _, answer in chain.every(call).every(call)} == {b"\x01", b"\x02", b"\x03"}
        chain.close()


def test_end_points_that_disagree_are_both_named_after_a_patient_while() -> None:
    slept: list[float] = []
    with serving(node(eth_call="0x01")) as one, serving(node(eth_call="0x02")) as other:
        chain = Chain([one, other], 1, sleep=slept.append)
        with pytest.raises(RpcError) as caught:
            chain.query_agreed(rpc.call(ADDRESS, b""))
        assert all(host in str(caught.value) for host in chain.hosts)
        chain.close()
    assert slept == [rpc.PAUSE] * (rpc.LOOKS - 1)


def test_an_end_point_that_is_a_block_behind_catches_up() -> None:
    answers = iter(["0x01", "0x02"])
    with (
        serving(node(eth_call="0x02")) as one,
        serving(answering(lambda m, p: {"result": "0x1" if m == "eth_chainId" else next(answers)})) as behind,
    ):
        chain = Chain([one, behind], 1, sleep=lambda _: None)
        call = rpc.call(ADDRESS, b"")
        assert chain.query_agreed(call)[call] == b"\x02"
        chain.close()


def test_an_end_point_that_is_down_is_no_contradiction() -> None:
    with serving(node(eth_call="0x02")) as one:
        chain = Chain([one, "http://127.0.0.1:1"], 1, sleep=lambda _: None)
        call = rpc.call(ADDRESS, b"")
        assert chain.query_agreed(call)[call] == b"\x02"
        chain.close()


def test_a_receipt_of_another_transaction_is_nonsense() -> None:
    receipt = {
        "transactionHash": "0x" + "22" * 32,
        "status": "0x1",
        "blockNumber": "0x1",
        "blockHash": "0x3",
        "gasUsed": "0x5",
        "effectiveGasPrice": "0x9",
    }
    with serving(node(eth_getTransactionReceipt=receipt)) as url:
        chain = Chain([url], 1)
        assert chain.receipt("0x" + "22" * 32) == (True, 1, "0x3", 5, 9)
        with pytest.raises(RpcError, match="cannot be understood"):
            chain.receipt("0x" + "33" * 32)
        chain.close()


def exceptions(*modules: Any) -> Any:
    found = {
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and not issubclass(kind, Warning)
    }
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", exceptions(requests.exceptions, web3.exceptions), ids=lambda kind: kind.__name__)
def test_every_exception_of_requests_and_web3_is_caught_and_put_into_words(kind: Any) -> None:
    assert issubclass(kind, transport.foreign())
    said = transport.why(kind.__new__(kind, "http://x/hunter2"))
    assert said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (requests.ConnectionError("[Errno 111] Connection refused /hunter2"), "connection refused"),
        (requests.ConnectionError("Failed to resolve 'x' /hunter2"), "there is no such host"),
        (requests.ConnectionError("reset"), "the connection failed"),
        (requests.exceptions.SSLError("hunter2"), "the TLS certificate is not trusted"),
        (requests.exceptions.ProxyError("hunter2"), "the proxy refuses or cannot reach this end point"),
        (requests.exceptions.ConnectTimeout("hunter2"), "no connection within 5 s"),
        (requests.exceptions.ReadTimeout("hunter2"), "no answer within 20 s"),
        (TimeoutError(), "no answer within 20 s"),
    ],
)
def test_each_reason_has_its_words(error: Any, said: str) -> None:
    assert transport.why(error) == said


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:pw@node.example:8545/v3/key?k=1#f", "https://node.example:8545"),
        ("http://[::1]:8545/key", "http://[::1]:8545"),
        ("https://node.example", "https://node.example"),
        ("http://[::1/key", "(not a URL)"),
        ("http://x:key/", "(not a URL)"),
    ],
)
def test_only_scheme_and_host_of_a_url_are_shown(url: str, host: str) -> None:
    assert transport.shown(url) == host
    assert repr(Chain([url], 1)) == f"Chain({host})"
