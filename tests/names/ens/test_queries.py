"""Questions to a node."""

from typing import Any

from publisher.names.ens import queries


def test_of_the_newest_block_its_head_is_asked_for_and_not_its_transactions() -> None:
    assert (queries.head().method, queries.head().params) == ("eth_getBlockByNumber", ("latest", False))


def test_a_nonce_is_that_of_the_newest_block_of_a_given_one_or_of_what_waits() -> None:
    asked: list[queries.Query[Any]] = [queries.nonce("0x1"), queries.nonce("0x1", 255), queries.pending_nonce("0x1")]
    assert [query.params for query in asked] == [("0x1", "latest"), ("0x1", "0xff"), ("0x1", "pending")]
