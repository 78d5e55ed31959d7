"""CIDs as addresses write them, in any base."""

import base64

import pytest

from publisher.dag import multibase
from publisher.dag.cid import Cid, Codec, sha256
from publisher.gateway.subdomains import parsed

ROOT = Cid.make(Codec.DAG_PB, sha256(b"a"))


def sixty_four(raw: bytes, *, url: bool = False) -> str:
    encode = base64.urlsafe_b64encode if url else base64.standard_b64encode
    return encode(raw).decode().rstrip("=")


WRITTEN = {
    "f": "f" + ROOT.raw.hex(),
    "F": "F" + ROOT.raw.hex().upper(),
    "K": "K" + multibase.encode36(ROOT.raw).upper(),
    "u": "u" + sixty_four(ROOT.raw, url=True),
    "b": str(ROOT),
    "k": ROOT.base36(),
}


@pytest.mark.parametrize("base", WRITTEN)
def test_a_cid_is_the_same_in_every_base(base: str) -> None:
    assert parsed(WRITTEN[base]) == ROOT


def test_a_cid_in_base64_is_read_where_its_digits_can_stand_in_a_path() -> None:
    cids = [Cid.make(Codec.RAW, sha256(bytes([number]))) for number in range(40)]
    plain = [cid for cid in cids if "/" not in sixty_four(cid.raw)]
    assert 0 < len(plain) < len(cids)
    for cid in cids:
        if cid in plain:
            assert parsed("m" + sixty_four(cid.raw)) == cid
        else:
            with pytest.raises(ValueError, match=r"not a CID|should begin"):
                parsed("m" + sixty_four(cid.raw))


@pytest.mark.parametrize("text", ["f" + ROOT.raw.hex().upper(), "F" + ROOT.raw.hex(), "f", "", "fxyz", "u***"])
def test_digits_of_another_base_are_no_cid(text: str) -> None:
    with pytest.raises(ValueError, match="not a CID"):
        parsed(text)


def test_version_0_has_one_form_alone() -> None:
    old = Cid.make(Codec.DAG_PB, sha256(b"a"), 0)
    assert parsed(str(old)) == old
    with pytest.raises(ValueError, match="version 0"):
        parsed("f" + old.raw.hex())
