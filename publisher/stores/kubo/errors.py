"""Turn the exceptions of the Kubo client into ours. No other module does this.

ipfshttpclient wraps the exceptions of `requests` while it sends a request, but not while it reads the answer. So this
module translates the exceptions of ipfshttpclient, of `requests` and of urllib3.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Mapping

import requests
import urllib3.exceptions
from ipfshttpclient import exceptions as ipfs

from publisher.errors import CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass
from publisher.http.causes import causes
from publisher.http.errors import by_proxy, insecure, too_large, too_often, unanswered
from publisher.http.limits import SLOWEST, ResponseTooLate, ResponseTooLong
from publisher.http.redact import short
from publisher.http.retry import BUSY

FOREIGN: tuple[type[Exception], ...] = (
    ipfs.Error,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    urllib3.exceptions.ProxySchemeUnsupported,
    http.client.HTTPException,
    RecursionError,
    ResponseTooLong,
)
"""The classes of every exception that the client may raise. JSON with very many brackets causes RecursionError."""

NONSENSE = (ipfs.EncoderError, RecursionError)
"""The exceptions for an answer that cannot be parsed."""

RIGHTS = ("dag/import", "dag/stat", "pin/ls", "pin/add", "pin/update", "block/get")
"""The end points that a deploy calls. `version` is not among them, because every valid credential may call it."""

MORE = ("id", "swarm/connect")
"""The end points that a deploy also calls if pinning services fetch from this node."""


@dataclass(frozen=True, slots=True)
class KuboCall:
    """The data of a call, for the error message if the call fails. `where` is the address of the node.

    `timeout` is in seconds.
    """

    label: str
    where: str
    endpoint: str
    timeout: float
    credentials: bool


def translate(error: Exception, call_info: KuboCall) -> StoreError:
    """Return our error for an exception of the client. The class and the hint of our error say what to do."""
    chain = tuple(causes(error))
    if endless := next((e for e in chain if isinstance(e, ResponseTooLong)), None):
        return _endless(endless, call_info)
    if isinstance(error, ipfs.ErrorResponse):
        return refused(str(error), call_info)
    if status := status_of(error):
        return _by_status(status, call_info)
    if any(isinstance(e, (ssl.SSLError, requests.exceptions.SSLError, urllib3.exceptions.SSLError)) for e in chain):
        return insecure(chain, call_info.label, call_info.where)
    if any(isinstance(e, urllib3.exceptions.ProxyError) for e in chain):
        return by_proxy(chain, call_info.label, call_info.where)
    if timed_out(error):
        return _slow(call_info)
    if isinstance(error, requests.TooManyRedirects):
        return _not_kubo("answers with a redirection", call_info)
    if isinstance(error, NONSENSE):
        # A server that has answered `version` is a Kubo. So its answer to this call was cut off.
        cut = unfinished(call_info, "is not complete")
        return (
            _not_kubo("answers with something that is not JSON", call_info) if call_info.endpoint == "version" else cut
        )
    return _unreachable(chain, call_info)


def broke(error: BaseException) -> bool:
    """Return whether the connection itself failed. The request is repeated only in this case."""
    # After a timeout, another try would double the wait. A node that sent an unreadable answer would send it again.
    return not timed_out(error) and not isinstance(error, (*NONSENSE, ResponseTooLong))


def timed_out(error: BaseException) -> bool:
    """Return whether the time limit was exceeded."""
    kinds = (ipfs.TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    # NewConnectionError is a subclass of TimeoutError, but means a refused connection or an unknown host.
    return any(isinstance(e, kinds) and not isinstance(e, _NEW) for e in causes(error))


def status_of(error: BaseException) -> int:
    """Return the HTTP status that an exception is about, or 0 if it is not about a status."""
    return next((_status(e) for e in causes(error) if _status(e)), 0)


def busy(error: BaseException) -> Mapping[str, str] | None:
    """Return the headers of an answer that asks us to retry later, or None for other errors.

    A proxy in front of the node may send such an answer.
    """
    found = (one.response for one in causes(error) if isinstance(one, requests.HTTPError))
    answer = next((one for one in found if one is not None and one.status_code in BUSY), None)
    # A proxy also answers 503 if the daemon is not running. So 503 without Retry-After is reported at once.
    if answer is None or (answer.status_code != 429 and "Retry-After" not in answer.headers):
        return None
    return answer.headers


def refused(message: str, call_info: KuboCall) -> StoreError:
    """Return the error for a refusal. `message` has the words of the node. KNOWN explains some messages."""
    said = short(message)
    for pattern, what, hint in KNOWN:
        if re.search(pattern, message, re.IGNORECASE):
            return StoreRefused(call_info.label, f"{what} ({call_info.endpoint}: {said})", hint=hint)
    return StoreRefused(call_info.label, f"{call_info.endpoint} failed: {said}", hint="look at the node's own log")


def mismatch(label: str, expected: object, answered: object) -> CidMismatch:
    """Return the error for a node that reports another root than ours."""
    return CidMismatch(
        label,
        f"the node reports {short(str(answered))}, but the pages hash to {expected}",
        hint="do not trust this node until you know why; no name was moved",
    )


def unfinished(call_info: KuboCall, what: str) -> StoreError:
    """Return the error for an answer with the status 200 that lacks the result.

    Kubo sends the reason in an HTTP trailer, which the client does not read.
    """
    return StoreUnreachable(
        call_info.label,
        f"the answer to {call_info.endpoint} {what}: the node may have stopped half way",
        hint="run again; the node's own log says why it stopped",
    )


KNOWN = (
    (
        r"no space left|disk quota exceeded|not enough space",
        "the node's disk is full",
        "make room on its disk (`ipfs repo gc`, unpin old roots), then run again: what arrived is kept",
    ),
    (
        r"storage limit|storagemax|max storage",
        "the node's repository is full",
        "raise Datastore.StorageMax, unpin old roots or run `ipfs repo gc` on the node",
    ),
    (
        r"too many open files",
        "the node has too many open files",
        "raise the limit of the daemon (`ulimit -n`) and start it again",
    ),
    (
        r"big blocks can't be exchanged|block .*too (big|large)",
        "the node refuses a block for its size",
        "update the node: 0.40 and newer take every block that this program makes",
    ),
    (
        r"read-?only file system|permission denied",
        "the node cannot write to its repository",
        "look at the owner and the mount of the node's IPFS_PATH",
    ),
)
"""Each row has a pattern for an error message of the node, an explanation for the user, and the hint."""

_NEW = (urllib3.exceptions.NewConnectionError,)


def _status(error: BaseException) -> int:
    response = getattr(error, "response", None)
    return int(response.status_code) if isinstance(error, requests.HTTPError) and response is not None else 0


def _by_status(status: int, call_info: KuboCall) -> StoreError:
    if status in (401, 403):
        return _denied(status, call_info)
    if status == 413:
        return too_large(call_info.label, call_info.where, "the node")
    if status == 429:
        return too_often(call_info.label, call_info.where, "what arrived is kept")
    if status in (502, 503, 504):
        hint = "start the daemon behind the proxy that answers, then run again"
        return StoreUnreachable(
            call_info.label, f"{call_info.where} answers HTTP {status} to {call_info.endpoint}", hint=hint
        )
    if status >= 500:
        what = f"{call_info.endpoint} failed with HTTP {status} and gave no reason"
        return StoreRefused(call_info.label, what, hint="look at the node's own log")
    return _not_kubo(f"answers HTTP {status} to {call_info.endpoint}", call_info)


def _denied(status: int, call_info: KuboCall) -> StoreError:
    # The hint lists the rights of a deploy, and the end point that was called, such as pin/rm.
    paths = ", ".join(f'"/api/v0/{path}"' for path in dict.fromkeys((*RIGHTS, call_info.endpoint)))
    if not call_info.credentials:
        what = f"{call_info.where} asks for credentials (HTTP {status})"
        hint = "set token-env, or user-env and password-env, to the names of PUBLISH_ variables that hold them"
    elif call_info.endpoint == "version":
        # Every valid credential may call `version`. So this credential is wrong.
        what = f"{call_info.where} does not accept the credentials (HTTP {status})"
        hint = "compare the credentials with AuthSecret in API.Authorizations of the node's configuration"
    else:
        what = f"the credentials may not call /api/v0/{call_info.endpoint} (HTTP {status})"
        hint = f"make sure that AllowedPaths in API.Authorizations of the node has: {paths}"
    return StoreRefused(call_info.label, what, hint=hint)


def _not_kubo(what: str, call_info: KuboCall) -> StoreError:
    hint = "set `api` to the RPC address of a Kubo node (usually port 5001), not of its gateway (8080) or a peer port"
    return StoreRefused(call_info.label, f"{call_info.where} {what}: this is not Kubo's RPC interface", hint=hint)


def _endless(error: ResponseTooLong, call_info: KuboCall) -> StoreError:
    if not isinstance(error, ResponseTooLate):
        return _not_kubo(f"sends an endless answer to {call_info.endpoint}", call_info)
    what = f"{call_info.where} did not finish its answer to {call_info.endpoint} in {SLOWEST * call_info.timeout:g} s"
    return StoreUnreachable(
        call_info.label, what, hint="run again; if the node is only slow, raise `timeout` of this store"
    )


def _slow(call_info: KuboCall) -> StoreError:
    what = f"{call_info.where} did not answer {call_info.endpoint} within {call_info.timeout:g} s"
    hint = "if the node is only slow, raise `timeout`; a node that lacks a block never answers: look at its log"
    return StoreUnreachable(call_info.label, what, hint=hint)


def _unreachable(chain: tuple[BaseException, ...], call_info: KuboCall) -> StoreError:
    kinds = [type(e) for e in chain]
    if urllib3.exceptions.NameResolutionError in kinds or any(k.__name__ == "gaierror" for k in kinds):
        return StoreUnreachable(call_info.label, f"no such host: {call_info.where}", hint="correct `api` of this store")
    if any(isinstance(e, _NEW) for e in chain):
        hint = "start the node (`ipfs daemon`), or correct `api` of this store"
        return unanswered(chain, call_info.label, call_info.where, hint)
    odd = next((e for e in chain if isinstance(e, http.client.HTTPException) and not isinstance(e, OSError)), None)
    if odd is not None and not isinstance(odd, http.client.IncompleteRead):
        return _not_kubo("does not speak HTTP", call_info)
    what = f"the connection to {call_info.where} broke during {call_info.endpoint}"
    hint = "make sure that the daemon runs, then run again: what arrived is kept"
    if call_info.endpoint == "version":
        hint = "wait until the daemon has started; set `api` to Kubo's RPC port (usually 5001), not to a peer port"
    return StoreUnreachable(call_info.label, what, hint=hint)
