"""What a name shows, as the gateway takes it."""

import pytest

from publisher.app.name_resolution import root_in
from publisher.dag.cid import Cid, Codec, sha256
from publisher.errors import NameUnusable

ROOT = Cid.make(Codec.RAW, sha256(b"a"))


def test_a_record_that_shows_a_root_is_this_root_and_an_empty_one_is_none() -> None:
    assert root_in("a.eth", f"ipfs://{ROOT}") == ROOT
    assert root_in("a.eth", "") is None


@pytest.mark.parametrize("uri", ["ipns://k51key", "bzz://1234"])
def test_a_record_that_shows_something_else_cannot_be_used(uri: str) -> None:
    with pytest.raises(NameUnusable) as caught:
        root_in("a.eth", uri)
    assert uri in caught.value.message
