"""Ask delegated routers which peers provide a root: https://specs.ipfs.tech/routing/http-routing-v1/."""

from __future__ import annotations

import json
from collections.abc import Callable

from publisher.dag.cid import Cid
from publisher.errors import StoreRefused
from publisher.http.auth import Clock
from publisher.http.client import open_service
from publisher.http.errors import ServiceCall
from publisher.http.redact import host_of
from publisher.retrieval.addresses import check_address

PATIENCE = 10.0
"""A router has to answer within this number of seconds."""


def providers(url: str, who: str, proxy: str = "") -> Callable[[Cid], int]:
    """Return a function that returns how many peers provide a CID, as the router at `url` knows them.

    `url` may end in `/routing/v1`. `who` is the subject of errors. Raises ConfigError for a URL or a proxy that cannot
    be used. The function raises StoreUnreachable if the router does not answer, and StoreRefused for an answer that is
    not one of a router.
    """
    check_address(who, url)
    base = url.rstrip("/").removesuffix("/routing/v1")
    shown = host_of(url)
    asked = ServiceCall(who, "delegated router", shown, PATIENCE, False, "name another router in [deploy] routers")
    service = open_service(asked, base, None, Clock(lambda seconds: None), proxy)

    def count(cid: Cid) -> int:
        path = f"/routing/v1/providers/{cid}"
        # A router answers 404 if it knows no provider.
        answer = service.call("GET", path, ok_statuses=(404,), headers=lambda: {"Accept": "application/json"})
        if answer.status == 404:
            return 0
        try:
            peers = {str(each["ID"]) for each in json.loads(answer.body)["Providers"] or () if "ID" in each}
        except (ValueError, TypeError, KeyError, RecursionError):
            hint = "name another router in [deploy] routers"
            raise StoreRefused(who, f"{shown} does not answer as a delegated router does", hint=hint) from None
        return len(peers)

    return count
