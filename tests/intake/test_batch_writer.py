"""Blocks that are handed on in batches."""

from collections.abc import Sequence

import pytest

from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.intake.batch_writer import BYTES, COUNT, BatchWriter


def block(data: bytes) -> Block:
    return Block(Cid.make(Codec.RAW, sha256(data)), data)


def handed_on(blocks: Sequence[Block]) -> list[int]:
    """How many blocks each batch had."""
    batches: list[Sequence[Block]] = []
    with BatchWriter(batches.append) as emit:
        for one in blocks:
            emit(one)
    assert [one for batch in batches for one in batch] == list(blocks)
    return [len(batch) for batch in batches]


@pytest.mark.parametrize(("size", "batches"), [(BYTES - 1, [2, 1]), (BYTES, [1, 2])])
def test_a_batch_is_full_with_so_many_bytes(size: int, batches: list[int]) -> None:
    assert handed_on([block(bytes(size)), block(b"a"), block(b"b")]) == batches


@pytest.mark.parametrize(("count", "batches"), [(COUNT - 1, [COUNT - 1]), (COUNT + 1, [COUNT, 1])])
def test_a_batch_is_full_with_so_many_blocks(count: int, batches: list[int]) -> None:
    assert handed_on([block(b"a")] * count) == batches


def test_the_first_error_is_raised_and_what_comes_after_it_is_dropped() -> None:
    seen: list[int] = []

    def refuse(batch: Sequence[Block]) -> None:
        seen.append(len(batch))
        raise OSError("full")

    def fill(batches: BatchWriter) -> None:
        with batches as emit:
            for _ in range(20):
                emit(block(bytes(BYTES)))

    with pytest.raises(OSError, match="full"):
        fill(BatchWriter(refuse))
    assert seen == [1]
