"""Where a node says that others find it."""

from typing import Any, cast

import pytest

from publisher.errors import StoreRefused
from publisher.stores.kubo.peers import origins_of
from publisher.stores.kubo.rpc import Rpc

HERE, NEAR, FAR = (f"/ip4/{ip}/tcp/4001/p2p/12D3a" for ip in ("127.0.0.1", "192.168.1.2", "8.8.8.8"))


class Said:
    """A node that answers `id` with these rows."""

    def __init__(self, *rows: Any) -> None:
        self.rows = rows

    def call(self, endpoint: str) -> list[Any]:
        assert endpoint == "id"
        if not self.rows:
            raise StoreRefused("here", "no such right")
        return list(self.rows[0])


def origins(*rows: Any) -> tuple[str, ...]:
    return origins_of(cast(Rpc, Said(*rows)))


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        ([HERE, NEAR, FAR, FAR], (FAR, NEAR)),
        ([HERE], (HERE,)),
        (["/ip4/8.8.8.8/tcp/4001", 7, FAR], (FAR,)),
        ([], ()),
        (None, ()),
    ],
)
def test_public_addresses_come_first_and_those_of_this_machine_only_alone(
    addresses: list[Any] | None, found: tuple[str, ...]
) -> None:
    assert origins([{"Addresses": addresses}]) == found


@pytest.mark.parametrize("rows", [(), ([],), (["text"],), ([{"Addresses": [FAR]}, {"Addresses": [FAR]}],), ([{}],)])
def test_a_node_that_does_not_say_has_no_address(rows: tuple[Any, ...]) -> None:
    assert origins(*rows) == ()
