"""A record's URI, and the root in it."""

import pytest

from publisher.dag.cid import Cid
from publisher.dag.uri import cid_of, root_of, uri_of, without_prefix

V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
V1 = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"


def test_a_record_is_written_by_version_1() -> None:
    assert uri_of(Cid.parse(V0)) == uri_of(Cid.parse(V1)) == f"ipfs://{V1}"


@pytest.mark.parametrize("text", [V0, V1])
def test_a_record_shows_the_root_as_it_is_written(text: str) -> None:
    assert root_of(f"ipfs://{text}") == root_of(f"ipfs://{text}/") == Cid.parse(text)


@pytest.mark.parametrize(
    "uri", ["", V1, f"ipns://{V1}", f"/ipfs/{V1}", "ipfs://", "ipfs://bafy", f"ipfs://{V1}/a", f"IPFS://{V1}"]
)
def test_what_shows_no_root_is_none(uri: str) -> None:
    assert root_of(uri) is None


def test_a_cid_is_also_read_without_its_scheme() -> None:
    assert cid_of(V0) == cid_of(f"ipfs://{V0}") == Cid.parse(V0)
    assert cid_of("mended by hand") is cid_of("") is cid_of(f"ipns://{V1}") is None


@pytest.mark.parametrize("text", [V1, f"ipfs://{V1}", f"/ipfs/{V1}"])
def test_a_person_writes_a_cid_with_or_without_what_stands_before_it(text: str) -> None:
    assert without_prefix(f"{text}/about/") == f"{V1}/about/"
