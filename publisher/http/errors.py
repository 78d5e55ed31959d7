"""Turn the exceptions of urllib3 and the refusals of services into our errors.

Several clients use this module, so the errors of a cluster and of a pinning service have the same words.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Mapping, Sequence

import urllib3.exceptions as theirs

from publisher.errors import StoreError, StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass
from publisher.http.causes import causes
from publisher.http.redact import short

FOREIGN: tuple[type[Exception], ...] = (
    theirs.HTTPError,
    theirs.ProxySchemeUnsupported,
    http.client.HTTPException,
    OSError,
    UnicodeError,
)
"""The classes of every exception that a request may raise. A host name that is not valid causes UnicodeError."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """The data of a call for the error message if the call fails. `timeout` is in seconds."""

    label: str
    kind: str
    """The name of the kind of service: IPFS Cluster, or Pinning Service API."""
    where: str
    """The scheme, host and port. A path may contain a key and is never shown."""
    timeout: float
    credentials: bool
    """This is true if the call has credentials."""
    help: str
    """The hint if the address in `api` is wrong."""
    what: str = ""
    """The method and path of the call, such as GET /pins."""


def translate(error: Exception, call_info: ServiceCall) -> StoreError:
    """Return our error for an exception in FOREIGN. The class and the hint of our error say what to do."""
    chain = tuple(causes(error))
    if any(isinstance(one, (ssl.SSLError, theirs.SSLError)) for one in chain):
        return insecure(chain, call_info.label, call_info.where)
    if any(isinstance(one, theirs.ProxyError) for one in chain):
        return by_proxy(chain, call_info.label, call_info.where)
    if timed_out(error):
        hint = "run again; if the service is only slow, raise `timeout`"
        return StoreUnreachable(
            call_info.label,
            f"{call_info.where} did not answer {call_info.what} within {call_info.timeout:g} s",
            hint=hint,
        )
    if any(isinstance(one, (theirs.NameResolutionError, UnicodeError)) for one in chain):
        return StoreUnreachable(
            call_info.label, f"no such host: {call_info.where}", hint="correct `api`, or check the network"
        )
    if any(isinstance(one, theirs.NewConnectionError) for one in chain):
        return unanswered(chain, call_info.label, call_info.where, f"make sure that the service runs; {call_info.help}")
    if any(isinstance(one, (http.client.BadStatusLine, http.client.LineTooLong)) and not broken(one) for one in chain):
        return strange(call_info, "does not speak HTTP")
    return StoreUnreachable(
        call_info.label, f"the connection to {call_info.where} broke during {call_info.what}", hint="run again"
    )


def insecure(chain: Sequence[BaseException], label: str, where: str) -> StoreRefused:
    """Return the error for a failed TLS connection."""
    reason = next((one for one in chain if isinstance(one, ssl.SSLError)), chain[-1])
    hint = (
        "if the service speaks plain http, write http://; if https, give it a certificate that is valid for this host"
    )
    return StoreRefused(label, f"no secure connection to {where}: {short(str(reason))}", hint=hint)


def unanswered(chain: Sequence[BaseException], label: str, where: str, hint: str) -> StoreUnreachable:
    """Return the error for a connection that could not be made."""
    refusal = "connection refused" if "refused" in str(chain[0]) else "no connection"
    return StoreUnreachable(label, f"nothing answers at {where}: {refusal}", hint=hint)


def too_large(label: str, where: str, service: str) -> StoreRefused:
    """Return the error for the status 413, which a proxy in front of the service sends. `service` is for the hint."""
    hint = f"raise the limit of the proxy before {service} (nginx: client_max_body_size 0)"
    return StoreRefused(label, f"{where} takes no upload of this size (HTTP 413)", hint=hint)


def too_often(label: str, where: str, kept: str) -> StoreUnreachable:
    """Return the error for the status 429. `kept` is the part of the hint about work that need not be repeated."""
    what = f"{where} refuses further requests for now (HTTP 429)"
    return StoreUnreachable(label, what, hint=f"run again later: {kept}")


def by_proxy(chain: Sequence[BaseException], label: str, where: str) -> StoreUnreachable:
    """Return the error for a proxy that did not pass the request on to the service."""
    said = next((str(one) for one in chain if type(one) is OSError and "failed:" in str(one)), "")
    why = f" ({short(said.partition('failed:')[2])})" if said else ""
    hint = "correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY in the environment, or name the host in NO_PROXY"
    return StoreUnreachable(label, f"the proxy before {where} refuses the connection{why}", hint=hint)


def broken(error: BaseException) -> bool:
    """Return whether an existing connection was lost. After an exception, the request is repeated only in this case."""
    kinds = (ConnectionError, theirs.ProtocolError, http.client.IncompleteRead)
    chain = tuple(causes(error))
    never = (theirs.NewConnectionError, ssl.SSLError)
    return (
        not timed_out(error)
        and any(isinstance(e, kinds) for e in chain)
        and not any(isinstance(e, never) for e in chain)
    )


def timed_out(error: BaseException) -> bool:
    """Return whether the time limit was exceeded."""
    # NewConnectionError is a subclass of TimeoutError, but means a refused connection or an unknown host.
    kinds = (theirs.TimeoutError, TimeoutError)
    return any(isinstance(one, kinds) and not isinstance(one, theirs.NewConnectionError) for one in causes(error))


def no_answer(error: Exception, label: str, where: str, what: str, hint: str) -> StoreUnreachable:
    """Return the error for a missing answer. Its message is `what`, and the reason if it is known."""
    chain = tuple(causes(error))
    if any(isinstance(one, theirs.ProxyError) for one in chain):
        return by_proxy(chain, label, where)
    why = ""
    if any(isinstance(one, (ssl.SSLError, theirs.SSLError)) for one in chain):
        why = ": no secure connection"
    elif timed_out(error):
        why = ": time limit reached"
    elif any(isinstance(one, theirs.NameResolutionError) for one in chain):
        why = ": no such host"
    elif any(isinstance(one, ConnectionRefusedError) for one in chain):
        why = ": connection refused"
    elif any(isinstance(one, theirs.ResponseError) for one in chain):  # urllib3 raises it after too many redirections.
        why = ": too many redirections"
    return StoreUnreachable(label, what + why, hint=hint)


def refused(status: int, body: bytes, call_info: ServiceCall, to: str = "") -> StoreError:
    """Return the error for an answer whose status is not a success. `to` is the host of a redirect, or empty."""
    said = words(body)
    if 300 <= status < 400:
        # If the redirect were followed, the token would go to a host that is not in publish.toml.
        where = f" to {to}" if to else ""
        return StoreRefused(
            call_info.label,
            f"{call_info.where} redirects{where}",
            hint=f"{call_info.help}; redirections are not followed",
        )
    if status in (401, 403):
        return _denied(status, said, call_info)
    number = next((n for n, known in enumerate(KNOWN) if re.search(known[0], said, re.IGNORECASE)), -1)
    # The Pinning Service API uses 409 for insufficient funds.
    if number >= 0 or status in (402, 409, 507):
        _, what, hint = KNOWN[max(0, number)]
        return StoreRefused(call_info.label, f"{what} ({call_info.what}: {said or f'HTTP {status}'})", hint=hint)
    if status == 413:
        return too_large(call_info.label, call_info.where, "the service")
    if status == 429:
        return too_often(call_info.label, call_info.where, "what was done is kept")
    if status in (502, 503, 504):
        what = f"{call_info.where} is not available (HTTP {status} to {call_info.what})"
        return StoreUnreachable(
            call_info.label, what, hint="make sure that the service behind this address runs, then run again"
        )
    if not said and (status < 500 or status == 405):
        return strange(call_info, f"answers HTTP {status} to {call_info.what}")
    told = said or f"HTTP {status} without a reason"
    return StoreRefused(
        call_info.label, f"{call_info.what} failed: {told}", hint="look at the log or the status page of the service"
    )


def strange(call_info: ServiceCall, what: str) -> StoreError:
    """Return the error for an address at which another kind of server answers. `what` says how it answered."""
    return StoreRefused(call_info.label, f"{call_info.where} {what}: this is no {call_info.kind}", hint=call_info.help)


def unclear(call_info: ServiceCall, fault: str) -> StoreError:
    """Return the error for an answer with a good status that lacks the result. `fault` says what is wrong with it."""
    return StoreRefused(
        call_info.label,
        f"the answer of {call_info.where} to {call_info.what} {fault}",
        hint="run again; if that fails too, look at the log of the service",
    )


def words(body: bytes) -> str:
    """Return the reason in the body of an answer, or an empty string if it has none.

    A cluster sends the reason under `message`, and a pinning service under `error`.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = said.get("error", said.get("message")) if isinstance(said, Mapping) else None
    if isinstance(found, Mapping):
        parts = [found.get("reason"), found.get("details"), found.get("message")]
        found = ": ".join(part for part in parts if isinstance(part, str) and part)
    return short(found) if isinstance(found, str) else ""


KNOWN = (
    (
        r"insufficient.?funds|quota|plan limit|upgrade|payment|storage limit|limit (exceeded|reached)",
        "the account has no room for this root",
        "look at the plan and the quota of the account, or unpin old roots (`publish prune`)",
    ),
    (
        r"no space left|disk quota exceeded|not enough space|storagemax",
        "the disk of the service is full",
        "make room on its disk, or unpin old roots (`publish prune`), then run again: what arrived is kept",
    ),
    (
        r"not enough peers to allocate",
        "fewer peers of the cluster are up than the root needs",
        "start the peers that are down, or lower `replication`",
    ),
)
"""Each row has a pattern for the words of a service, their meaning for the user, and the hint."""


def _denied(status: int, said: str, call_info: ServiceCall) -> StoreError:
    more = f": {said}" if said else ""
    if not call_info.credentials:
        what = f"{call_info.where} asks for credentials (HTTP {status})"
        hint = "set token-env (or, for a cluster, user-env and password-env) to the names of PUBLISH_ variables"
    else:
        what = f"{call_info.where} does not accept the credentials for {call_info.what} (HTTP {status}{more})"
        hint = "make sure that the credentials are complete, have not expired and may pin; or make new ones"
    return StoreRefused(call_info.label, what, hint=hint)
