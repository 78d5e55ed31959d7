"""What a JSON-RPC reply means: a result, a contract that says no, a transaction not taken, a bad end point."""

from __future__ import annotations

from typing import Any


class EndPointError(Exception):
    """This end point did not answer as one should: another may. Never leaves the room; tells why, without the URL."""


class Reverted(Exception):
    """The contract said no. `data` is what it gave as reason, often empty. Never leaves the room."""

    def __init__(self, data: bytes, message: str = "") -> None:
        super().__init__(message or f"reverted with {len(data)} bytes")
        self.data = data
        self.message = message


class TransactionRefused(Exception):
    """A node will not do what is asked, and says one of REFUSALS, or that it is too much. Never leaves the room."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


REFUSALS = (
    ("known", ("already known", "already imported", "known transaction", "alreadyknown", "already exists")),
    ("nonce-used", ("nonce too low", "nonce is too low", "oldnonce", "invalid transaction nonce", "nonce too small")),
    ("underpriced", ("underpriced", "feetoolow", "fee too low", "transaction gas price")),
    ("below-base-fee", ("less than block base fee", "max fee per gas less", "maxfeepergas is too low")),
    ("no-funds", ("insufficient funds", "insufficient balance", "insufficientfunds", "cannot afford")),
    ("wrong-chain", ("invalid chain id", "invalid sender", "chain id mismatch", "incorrect chain")),
)
"""Reason -> how geth, anvil, Nethermind, Erigon, Besu and eth-tester say it, in lower case."""

NO_SUCH_METHOD = -32601
BUSY = ("rate limit", "too many requests", "request count", "capacity", "quota", "throttl", "unauthori", "api key")
"""How an end point says, in lower case, that it would answer later, or to somebody else."""


def judge(reply: dict[str, Any]) -> Any:
    """The result of a reply.

    Raises Reverted or TransactionRefused when the call is at fault, EndPointError when the end point is.
    """
    error = reply.get("error")
    if error is None:
        if "result" not in reply:
            raise EndPointError("its answer holds neither a result nor an error")
        return reply["result"]
    if not isinstance(error, dict):
        raise EndPointError(f"it says: {_short(error)}")
    message = _short(error.get("message", ""))
    lower = message.lower()
    for reason, signs in REFUSALS:
        if any(sign in lower for sign in signs):
            raise TransactionRefused(reason, message)
    data = _revert_data(error.get("data"))
    if error.get("code") == 3 or "revert" in lower or data:
        raise Reverted(data or b"", message)
    raise EndPointError(f"it says: {message or 'an error without a message'} ({_short(error.get('code', '?'))})")


def judge_logs(reply: dict[str, Any]) -> Any:
    """As `judge`, for a query about many blocks: TransactionRefused as "too-much" where fewer blocks may be answered.

    Each kind of end point has a limit and words of its own, and new ones come: what is not known to mean something
    else is taken for such a limit.
    """
    error = reply.get("error")
    if isinstance(error, dict) and error.get("code") != NO_SUCH_METHOD:
        message = _short(error.get("message", ""))
        if not any(sign in message.lower() for sign in BUSY):
            raise TransactionRefused("too-much", message)
    return judge(reply)


def _short(text: Any) -> str:
    """What a server said, fit for one line: no control characters, no web address, which may carry a key."""
    line = " ".join(str(text).split())
    line = " ".join("(address)" if "://" in word else word for word in line.split(" "))
    return "".join(c for c in line if c.isprintable())[:200]


def _revert_data(data: Any) -> bytes | None:
    """The bytes of a revert, wherever a node puts them: a hex string, or inside one more object."""
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    if not isinstance(data, str):
        return None
    try:
        return bytes.fromhex(data.removeprefix("Reverted ").removeprefix("0x"))
    except ValueError:
        return None
