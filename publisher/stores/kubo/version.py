"""The first call to a Kubo node."""

from __future__ import annotations

import re

from publisher.errors import StoreRefused
from publisher.stores.kubo.rpc import Rpc

OLDEST = (0, 40)
"""The first Kubo that takes every block up to 2 MiB by default. Pin names are right since 0.38."""


def check_version(rpc: Rpc, patience: float = 0.0) -> str:
    """Check, before anything is sent, that this is a Kubo that is new enough and knows the credentials.

    Returns its version. `patience` is in seconds; 0 is the default. Raises StoreUnreachable, and StoreRefused if it is
    no Kubo, is too old, or refuses the credentials.
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
