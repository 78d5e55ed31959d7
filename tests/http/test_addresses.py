"""How far an address reaches, on both sides of each limit."""

import pytest

from publisher.findings import Finding
from publisher.http.addresses import is_here, is_loopback, is_public
from publisher.http.exposure import exposed


@pytest.mark.parametrize(
    "address",
    [
        *("9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"),
        *("100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0"),
        *("192.0.32.10", "2600::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
    ],
)
def test_what_is_public(address: str) -> None:
    assert is_public(address)
    assert not is_here(address)


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.0", "10.255.255.255", "172.16.0.0", "172.17.0.1", "172.31.255.255", "192.168.0.0", "192.168.255.255"),
        *("100.64.0.0", "100.127.255.255", "fc00::1", "fdff::1", "::ffff:172.17.0.1"),
    ],
)
def test_what_only_one_network_reaches(address: str) -> None:
    assert not is_public(address)
    assert not is_here(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.255", "::1", "169.254.0.1", "fe80::1%eth0", "0.0.0.0"])
def test_what_only_this_machine_and_its_wire_reach(address: str) -> None:
    assert not is_public(address)
    assert is_here(address)


@pytest.mark.parametrize("ask", [is_public, is_here])
def test_a_name_is_no_address(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="address"):
        ask("localhost")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True)),
        *(("", False), ("128.0.0.1", False), ("0.0.0.0", False), ("127.example.org", False), ("localhost.org", False)),
    ],
)
def test_loopback_is_told_by_the_whole_host(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def levels(base: str, *, credentials: bool) -> list[str]:
    return [finding.level for finding in exposed("x", base, credentials) if isinstance(finding, Finding)]


def test_credentials_in_the_clear_are_a_fault_beyond_this_machine() -> None:
    for base in ("http://127.0.0.1:9094", "http://[::1]:9094", "http://localhost:9094", "https://127.example.org"):
        assert levels(base, credentials=True) == []
    for base in ("http://127.example.org", "http://localhost.example.org", "http://172.17.0.1"):
        assert levels(base, credentials=True) == ["warning"]


def test_no_credentials_are_a_note_on_this_machine_and_a_warning_elsewhere() -> None:
    assert levels("http://127.0.0.1:9094", credentials=False) == ["note"]
    assert levels("http://172.17.0.1:9094", credentials=False) == ["warning"]
