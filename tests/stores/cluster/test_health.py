"""What a doctor finds in a cluster, by what its peers say."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from publisher.findings import Finding
from publisher.stores.cluster.health import LITTLE, examine
from publisher.stores.cluster.rest import ClusterApi, Peer


def peer(name: str, *, version: str = "1.1.4", error: str = "", node_error: str = "") -> Peer:
    return Peer(f"id-{name}", name, version, (), error, node_error)


def found(
    *peers: Peer, free: Mapping[str, int] | None = None, most: int = -1, least: int = -1
) -> list[tuple[str, str]]:
    """The level and the words of each finding but the first, of a cluster that others cannot reach."""
    api = SimpleNamespace(
        label="friends",
        version=lambda: "1.1.4",
        peers=lambda: peers,
        free=lambda: dict(free or {}),
        service=SimpleNamespace(
            base="http://127.0.0.1:9094", credentials=object(), call_info=SimpleNamespace(where="here")
        ),
    )
    findings: list[Finding] = list(examine(cast(ClusterApi, cast(Any, api)), most, least, "http://127.0.0.1:8080"))
    assert findings[0].level == "ok"
    return [(finding.level, finding.what) for finding in findings[1:]]


def levels(*peers: Peer, **more: Any) -> list[str]:
    return [level for level, _ in found(*peers, **more)]


A, B, C = map(peer, "abc")


@pytest.mark.parametrize(
    ("peers", "expected"),
    [
        ((A,), ["ok"]),
        ((A, B), ["ok"]),
        ((A, peer("b", error="gone")), ["warning", "warning"]),
        ((A, peer("b", node_error="gone")), ["warning", "warning"]),
        ((peer("a", error="gone"),), ["fault", "warning"]),
        ((), ["fault"]),
        ((A, peer("b", version="1.0")), ["ok", "warning"]),
        ((A, peer("b", version="1.0", error="gone")), ["warning", "warning"]),
    ],
)
def test_peers_that_are_down_and_versions_that_differ_are_told(peers: tuple[Peer, ...], expected: list[str]) -> None:
    assert levels(*peers) == expected


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (-1, -1, ["ok"]),
        (2, 2, ["ok"]),
        (1, 3, ["ok", "warning"]),
        (2, 3, ["ok", "warning"]),
        (3, 3, ["ok", "fault"]),
    ],
)
def test_as_many_peers_are_needed_as_shall_hold_a_root(least: int, most: int, expected: list[str]) -> None:
    assert levels(A, B, least=least, most=most) == expected


@pytest.mark.parametrize(("left", "level"), [(0, "fault"), (1, "warning"), (LITTLE - 1, "warning"), (LITTLE, "")])
def test_a_node_with_little_room_is_told(left: int, level: str) -> None:
    _, *room = found(A, free={A.id: left})
    assert [each for each, _ in room] == [*([level] if level else []), "ok"]


def test_nodes_with_little_room_are_told_by_name_and_those_that_nobody_knows_by_their_id() -> None:
    _, *room = found(B, A, free={B.id: 1, "id-x": 2, A.id: 3, "id-y": 4})
    assert [what.split()[3] for level, what in room if level == "warning"] == ["a", "b", "id-x", "id-y"]
