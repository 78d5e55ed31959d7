"""The errors that end a run, by what a node has said."""

import pytest

from publisher.errors import FeeTooHigh, RpcError
from publisher.names.ens import stops
from publisher.names.ens.rpc import TransactionRefused


@pytest.mark.parametrize(
    ("reason", "kind", "who"), [("no-funds", FeeTooHigh, "0xkey"), ("wrong-chain", RpcError, "node.example")]
)
def test_a_refusal_says_whether_anything_is_signed_and_whose_turn_it_is(reason: str, kind: type, who: str) -> None:
    no = TransactionRefused(reason, "the words of the node")
    simulated, taken = (make("node.example", "0xkey", no) for make in (stops.not_simulated, stops.not_taken))
    for error in (simulated, taken):
        assert (type(error), error.who) == (kind, who)
        assert error.hint
        assert ("the words of the node" in error.message) == (kind is RpcError)
    assert "is signed and stays pending" in taken.message
    assert "is signed" not in simulated.message
