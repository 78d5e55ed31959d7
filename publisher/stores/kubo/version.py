"""Make the first call to a Kubo node, which checks its version and the credentials."""

from __future__ import annotations

import re

from publisher.errors import StoreRefused
from publisher.stores.kubo.rpc import Rpc

OLDEST = (0, 40)
"""The first version of Kubo that accepts every block up to 2 MiB by default. Pin names work since version 0.38."""


def check_version(rpc: Rpc, patience: float = 0.0) -> str:
    """Return the version of the node, after a check that it is a new enough Kubo and accepts the credentials.

    `patience` is the time limit in seconds. If it is 0, the usual limit is used. Raises StoreUnreachable if the node
    does not answer, and StoreRefused if it is not a Kubo, is too old, or refuses the credentials.
    """
    answer = rpc.call("version", timeout=min(patience or rpc.short_timeout, rpc.short_timeout))
    version = answer[0].get("Version") if answer else None
    if not isinstance(version, str) or not (numbers := re.match(r"(\d+)\.(\d+)", version)):
        hint = "set `api` to the RPC address of a Kubo node, usually port 5001"
        raise StoreRefused(rpc.call_info.label, f"{rpc.call_info.where} is not Kubo's RPC interface", hint=hint)
    if (int(numbers[1]), int(numbers[2])) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise StoreRefused(
            rpc.call_info.label, f"Kubo {version} is too old", hint=f"update the node to {wanted} or newer"
        )
    return version
