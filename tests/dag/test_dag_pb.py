"""Blocks of dag-pb, byte by byte."""

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.dag.dag_pb import Malformed, decode, encode_data, encode_link, entry, split

CID = Cid.make(Codec.RAW, sha256(b"a")).raw
BLOCK = encode_link(b"name", CID, 300) + encode_data(b"data")


def test_a_link_comes_back_as_it_was_written() -> None:
    assert decode(BLOCK) == ([(b"name", CID, 300)], b"data")
    (link,), data = split(BLOCK)
    assert (entry(link), data) == ((b"name", CID, 300), b"data")


@pytest.mark.parametrize("first", [0x00, 0x09, 0x12, 0x18, 0x1A])
def test_a_link_begins_with_its_hash(first: int) -> None:
    (link,), _ = split(BLOCK)
    assert link[0] == 0x0A
    with pytest.raises(Malformed):
        entry(bytes([first]) + link[1:])


def test_a_link_is_cut_nowhere_but_between_its_fields() -> None:
    (link,), _ = split(BLOCK)
    hash_only, named = 2 + len(CID), 2 + len(CID) + 2 + len(b"name")
    for end in range(len(link)):
        if end in (hash_only, named):
            assert entry(link[:end])[1:] == (CID, 0)
        else:
            with pytest.raises(Malformed):
                entry(link[:end])
    with pytest.raises(Malformed):
        entry(link + b"\x20\x01")
