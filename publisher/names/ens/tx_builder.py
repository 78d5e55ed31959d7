"""Write a call as a file for the Transaction Builder, with which the owners of a Safe import a transaction.

The format and its checksum: https://github.com/safe-global/safe-react-apps, apps/tx-builder/src/lib/checksum.ts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from publisher.names.ens import abi


def batch_file(chain: int, calls: Sequence[tuple[str, str]], name: str, description: str) -> str:
    """Return the JSON text of a file with calls that send no ether. `name` and `description` are shown to the owners.

    Each call is a pair: the address of a contract, and the data in hexadecimal digits after 0x. The same arguments give
    the same bytes, so the time of creation is always 0.
    """
    file: dict[str, Any] = {
        "version": "1.0",
        "chainId": str(chain),
        "createdAt": 0,
        "meta": {"name": name, "description": description, "txBuilderVersion": "1.18.2"},
        "transactions": [
            {"to": to, "value": "0", "data": data, "contractMethod": None, "contractInputsValues": None}
            for to, data in calls
        ],
    }
    file["meta"]["checksum"] = checksum(file)
    return json.dumps(file, indent=2, ensure_ascii=False) + "\n"


def checksum(file: dict[str, Any]) -> str:
    """Return the checksum of a file, which must not have a checksum yet. It does not cover the name in `meta`."""
    counted = {**file, "meta": {**file["meta"], "name": None}}
    return "0x" + abi.keccak(_serialised(counted).encode()).hex()


def _serialised(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_serialised, value))}]"
    if isinstance(value, dict):
        keys = sorted(value)
        inner = "".join(f"{_serialised(value[key])}," for key in keys)
        return f"{{{_compact(keys)}{inner}}}"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
