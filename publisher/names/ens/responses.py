"""Find out whether a JSON-RPC reply is a result, a revert, a refusal, or the failure of an end point."""

from __future__ import annotations

from typing import Any


class EndPointError(Exception):
    """This end point gave no proper answer, but another may. No code outside this folder sees this exception.

    The text of the exception has no URL.
    """


class Reverted(Exception):
    """The contract reverted. `data` is its error data, which is often empty.

    No code outside this folder sees this exception.
    """

    def __init__(self, data: bytes, message: str = "") -> None:
        super().__init__(message or f"reverted with {len(data)} bytes")
        self.data = data
        self.message = message


class TransactionRefused(Exception):
    """A node refuses a request. `reason` is a reason of REFUSALS or "too-much".

    No code outside this folder sees this exception.
    """

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
"""Each reason, with the words that geth, anvil, Nethermind, Erigon, Besu and eth-tester use for it, in lower case."""

NO_SUCH_METHOD = -32601
BUSY = ("rate limit", "too many requests", "request count", "capacity", "quota", "throttl", "unauthori", "api key")
"""Words, in lower case, in errors of end points that would answer later, or would answer another client."""


def judge(reply: dict[str, Any]) -> Any:
    """Return the result of a reply.

    Raises Reverted or TransactionRefused if the call is at fault, and EndPointError if the end point is at fault.
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
    """Return the result of a reply to a query for many blocks.

    Raises TransactionRefused with the reason "too-much" if the end point might answer a query for fewer blocks. Raises
    EndPointError as `judge` does. Each kind of end point has a different limit and a different error, and the texts of
    these errors change. So every error that is not known to mean something else is taken for a limit.
    """
    error = reply.get("error")
    if isinstance(error, dict) and error.get("code") != NO_SUCH_METHOD:
        message = _short(error.get("message", ""))
        if not any(sign in message.lower() for sign in BUSY):
            raise TransactionRefused("too-much", message)
    return judge(reply)


def judge_optional(reply: dict[str, Any]) -> Any:
    """Return the result of a reply to a query that some nodes do not offer. Return None if this node does not offer it.

    Raises EndPointError if the reply says that the end point would answer later, or would answer another client.
    """
    error = reply.get("error")
    if isinstance(error, dict) and not any(sign in _short(error.get("message", "")).lower() for sign in BUSY):
        return None
    return judge(reply)


def _short(text: Any) -> str:
    """Return the text of a server on one line, without control characters and without URLs.

    A URL may hold an API key.
    """
    line = " ".join(str(text).split())
    line = " ".join("(address)" if "://" in word else word for word in line.split(" "))
    return "".join(c for c in line if c.isprintable())[:200]


def _revert_data(data: Any) -> bytes | None:
    """Return the error data of a revert, or None if there is none. Nodes put it into a hex string or into an object."""
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    if not isinstance(data, str):
        return None
    try:
        return bytes.fromhex(data.removeprefix("Reverted ").removeprefix("0x"))
    except ValueError:
        return None
