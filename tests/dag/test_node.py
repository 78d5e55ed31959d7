"""One block, read as UnixFS."""

from collections.abc import Iterable

import pytest

from publisher.dag import dag_pb, varint
from publisher.dag.cid import Cid, Codec, sha256
from publisher.dag.node import Node, node_of

PART = Cid.make(Codec.RAW, sha256(b"a"))
FILE, SIZE, SIZES = b"\x08\x02", b"\x18", 4


def read(fields: bytes, links: int) -> Node:
    block = b"".join(dag_pb.encode_link(b"", PART.raw, 1) for _ in range(links)) + dag_pb.encode_data(fields)
    return node_of(Cid.make(Codec.DAG_PB, sha256(block)), block)


def one_by_one(sizes: Iterable[int]) -> bytes:
    return b"".join(bytes([SIZES << 3]) + varint.encode(size) for size in sizes)


def packed(sizes: Iterable[int]) -> bytes:
    data = b"".join(map(varint.encode, sizes))
    return bytes([SIZES << 3 | 2]) + varint.encode(len(data)) + data


@pytest.mark.parametrize("write", [one_by_one, packed])
def test_the_sizes_of_parts_are_read_however_they_are_written(write: object) -> None:
    assert callable(write)
    node = read(FILE + SIZE + varint.encode(302) + write((1, 300, 1)), 3)
    assert (node.kind, node.size, node.sizes) == ("file", 302, (1, 300, 1))


@pytest.mark.parametrize("links", [1, 2, 3])
def test_a_file_has_as_many_sizes_as_parts(links: int) -> None:
    fields = FILE + one_by_one((1, 1))
    if links == 2:
        assert read(fields, links).size == 2
    else:
        with pytest.raises(dag_pb.Malformed):
            read(fields, links)
