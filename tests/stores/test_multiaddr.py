"""From how far away a multiaddress can be dialled."""

import pytest

from publisher.stores.multiaddr import Reach, reach


@pytest.mark.parametrize(
    ("host", "who"),
    [
        ("ip4/8.8.8.8", Reach.PUBLIC),
        ("ip4/172.15.0.1", Reach.PUBLIC),
        ("ip4/172.17.0.1", Reach.PRIVATE),
        ("ip4/172.32.0.1", Reach.PUBLIC),
        ("ip4/100.63.0.1", Reach.PUBLIC),
        ("ip4/100.64.0.1", Reach.PRIVATE),
        ("ip4/10.0.0.1", Reach.PRIVATE),
        ("ip4/127.0.0.1", Reach.HERE),
        ("ip4/0.0.0.0", Reach.HERE),
        ("ip6/2600::1", Reach.PUBLIC),
        ("ip6/fd00::1", Reach.PRIVATE),
        ("ip6/fe80::1%eth0", Reach.HERE),
        ("ip6/::1", Reach.HERE),
        ("ip4/no.address", Reach.HERE),
        ("dns4/node.example.org", Reach.PUBLIC),
    ],
)
def test_who_can_dial_it(host: str, who: Reach) -> None:
    assert reach(f"/{host}/tcp/4001/p2p/A") == who


def test_those_come_first_that_more_people_can_dial() -> None:
    found = ["/ip4/127.0.0.1/tcp/1", "/ip4/172.17.0.1/tcp/1", "/dns/a/tcp/1", "/ip4/100.64.0.1/tcp/1", "/ip4/8.8.8.8"]
    assert sorted(found, key=reach) == [found[2], found[4], found[1], found[3], found[0]]
