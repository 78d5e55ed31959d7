"""The meaning of a JSON-RPC reply: a result, a revert, a refused transaction, or a bad end point."""

from __future__ import annotations

from typing import Any


class EndPointError(Exception):
    """This end point gave no proper answer; another may. Only code in this folder sees it. Its text has no URL."""


class Reverted(Exception):
    """The contract reverted. `data` is its reason, often empty. Only code in this folder sees it."""

    def __init__(self, data: bytes, message: str = "") -> None:
        super().__init__(message or f"reverted with {len(data)} bytes")
        self.data = data
        self.message = message


class TransactionRefused(Exception):
    """A node refuses a request, with a reason of REFUSALS or "too-much". Only code in this folder sees it."""

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
"""Reason -> the words of geth, anvil, Nethermind, Erigon, Besu and eth-tester for it, in lower case."""

NO_SUCH_METHOD = -32601
BUSY = ("rate limit", "too many requests", "request count", "capacity", "quota", "throttl", "unauthori", "api key")
"""Words, in lower case, by which an end point says that it would answer later or to another client."""


def judge(reply: dict[str, Any]) -> Any:
    """Return the result of a reply.

    Raises Reverted or TransactionRefused if the call is at fault, and EndPointError if the end point is.
    """
    error = reply.get("error")
    if error is None:
        if "result" not in reply:
            raise EndPointError("the answer holds neither a result nor an error")
        return reply["result"]
    if not isinstance(error, dict):
        raise EndPointError(f"the end point says: {_short(error)}")
    message = _short(error.get("message", ""))
    lower = message.lower()
    for reason, signs in REFUSALS:
        if any(sign in lower for sign in signs):
            raise TransactionRefused(reason, message)
    data = _revert_data(error.get("data"))
    if error.get("code") == 3 or "revert" in lower or data:
        raise Reverted(data or b"", message)
    raise EndPointError(
        f"the end point says: {message or 'an error without a message'} ({_short(error.get('code', '?'))})"
    )


def judge_logs(reply: dict[str, Any]) -> Any:
    """Return the result as `judge` does, for a query of many blocks.

    Raises TransactionRefused with "too-much" if the end point may answer a query of fewer blocks, and Reverted and
    EndPointError as `judge` does. Each kind of end point has its own limit and words, and new ones appear. So an error
    that is not known to mean something else counts as a limit.
    """
    error = reply.get("error")
    if isinstance(error, dict) and error.get("code") != NO_SUCH_METHOD:
        message = _short(error.get("message", ""))
        if not any(sign in message.lower() for sign in BUSY):
            raise TransactionRefused("too-much", message)
    return judge(reply)


def _short(text: Any) -> str:
    """Return a server's words on one line, without control characters and without URLs, which may hold a key."""
    line = " ".join(str(text).split())
    line = " ".join("(address)" if "://" in word else word for word in line.split(" "))
    return "".join(c for c in line if c.isprintable())[:200]


def _revert_data(data: Any) -> bytes | None:
    """Return the bytes of a revert, wherever a node puts them: in a hex string, or in one more object."""
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    if not isinstance(data, str):
        return None
    try:
        return bytes.fromhex(data.removeprefix("Reverted ").removeprefix("0x"))
    except ValueError:
        return None
