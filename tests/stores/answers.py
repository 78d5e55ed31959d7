"""Pinners and clusters that are opened at a web server of the test, and the bodies of its answers."""

from typing import Any

from publisher.dag.cid import Cid
from publisher.stores import cluster, pinning
from publisher.stores.base import Pinner, Store
from tests.stores.fakeweb import FakeWeb, Time, said
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages

SITE = Blocks()
OLD = SITE.site(pages(5))
ROOT = SITE.site(pages(5, edited=[1]))
OTHER = SITE.site(pages(6))
TOKEN = "token-that-nobody-sees"


def silent(done: int, total: int) -> None:
    """No progress bar."""


def open_pinner(web: FakeWeb, time: Time | None = None, **settings: Any) -> Pinner:
    given: dict[str, Any] = {"api": web.url, "token_env": "PUBLISH_TOKEN", "wait": 100.0}
    handed = store_context({"PUBLISH_TOKEN": TOKEN}, SITE)
    return pinning.connect("service", pinning.PinningSettings(**(given | settings)), handed, (time or Time()).clock())


def open_cluster(web: FakeWeb, time: Time | None = None, **settings: Any) -> Store:
    web.replies.setdefault("GET /version", [said({"version": "1.1.0"})])
    web.replies.setdefault("GET /allocations/", [said({"code": 404, "message": "not there"}, "404 Not Found")])
    handed = store_context({"PUBLISH_TOKEN": TOKEN}, SITE)
    settings = {"api": web.url, "token_env": "PUBLISH_TOKEN"} | settings
    return cluster.connect("friends", cluster.ClusterSettings(**settings), handed, (time or Time()).clock())


def pin(status: str, root: Cid = ROOT, **more: Any) -> dict[str, Any]:
    """A row as a pinning service gives it."""
    given = {"cid": str(root), "name": more.pop("name", "site")}
    row = {"requestid": "r1", "status": status, "created": "2026-11-22T10:00:00Z", "delegates": [], "pin": given}
    return row | more


def listed(*rows: dict[str, Any], count: int | None = None) -> bytes:
    return said({"count": len(rows) if count is None else count, "results": list(rows)})


def peers(**statuses: str) -> bytes:
    rows = {f"id-{name}": {"peername": name, "status": status, "error": ""} for name, status in statuses.items()}
    return said({"cid": str(ROOT), "name": "site", "peer_map": rows})


def allocated(root: Cid = ROOT, name: str = "site") -> bytes:
    return said({"cid": str(root), "name": name, "allocations": [], "replication_factor_max": -1})


def added(root: Cid = ROOT) -> bytes:
    return said([{"name": "site.car", "cid": str(root), "bytes": 1}])
