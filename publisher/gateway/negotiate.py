"""Find the requested format of content: the file itself, one block, or a CAR.

The specification: https://specs.ipfs.tech/http-gateways/trustless-gateway/. The parameters `format` and `car-...` in
the query override the Accept header.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qs, urlencode

from publisher.fast_dataclass import dataclass, field
from publisher.gateway.message import Request, ResponseReady, plain
from publisher.gateway.path import PRINTED

RAW = "application/vnd.ipld.raw"
CAR = "application/vnd.ipld.car"
DAG_CBOR = "application/vnd.ipld.dag-cbor"

Kind = Literal["", "raw", "car", "cbor", "dag-cbor"]
Scope = Literal["block", "entity", "all"]

_OFFERED: dict[str, Kind] = {"raw": "raw", "car": "car", "cbor": "cbor", "dag-cbor": "dag-cbor", "json": ""}
_LACKING = frozenset({"tar", "dag-json", "ipns-record"})
_TYPES = {
    RAW: "raw",
    CAR: "car",
    DAG_CBOR: "dag-cbor",
    "application/cbor": "cbor",
    "application/vnd.ipld.dag-json": "dag-json",
    "application/vnd.ipfs.ipns-record": "ipns-record",
    "application/x-tar": "tar",
}
_RANGE = re.compile(r"(-?[0-9]{1,18}):(-?[0-9]{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class RequestedFormat:
    """The format that a request asks for, and its parameters."""

    kind: Kind = ""
    """The format, or "" for the file or page itself.

    For a DAG-CBOR block, `cbor` and `dag-cbor` differ only in the content type of the response.
    """
    query: Mapping[str, str] = field(default_factory=dict)
    """The parameters of the query."""
    accepted: Mapping[str, str] = field(default_factory=dict)
    """The parameters of the content type in the Accept header. There are none if the format is not a CAR."""
    by_accept: bool = False
    """Whether the Accept header chose the format. If so, Content-Location has a URL whose query chooses the format."""


@dataclass(frozen=True, slots=True)
class Car:
    """The blocks that a CAR must have, and their order."""

    scope: Scope = "all"
    span: tuple[int, int | None] | None = None
    """The first and the last requested byte of a file, or None for the whole file.

    A negative number counts from the end of the file. If the last byte is None, the span ends with the file.
    """
    order: str = "dfs"
    dups: bool = False
    """Whether a block is sent each time it is linked. If False, each block is sent only once."""

    @property
    def content_type(self) -> str:
        """The content type with its parameters."""
        return f"{CAR}; version=1; order={self.order}; dups={'y' if self.dups else 'n'}"


AS_IT_IS = RequestedFormat()


def wanted(request: Request) -> RequestedFormat:
    """Return the requested format. Raises ResponseReady with 406 if the gateway does not offer it."""
    accept = request.header("accept")
    if not request.query and "application/" not in accept:
        return AS_IT_IS
    query = parameters(request.query)
    named = query.get("format", "")
    if named in _LACKING:
        raise ResponseReady(plain(406, f"format {named} is not offered; raw and car are"))
    found, accepted = _accepted(accept)
    if named in _OFFERED:
        kind = _OFFERED[named]
        return RequestedFormat(kind, query, accepted if found == kind == "car" else {})
    if found in _LACKING:
        raise ResponseReady(plain(406, f"{found} is not offered; {RAW} and {CAR} are"))
    kind = _OFFERED.get(found, "")
    return RequestedFormat(kind, query, accepted if kind == "car" else {}, by_accept=bool(kind))


def parameters(query: str) -> Mapping[str, str]:
    """Return the decoded parameters of a query. If a name occurs several times, its first value is returned."""
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()} if query else {}


def car(requested: RequestedFormat) -> Car:
    """Return the options of the requested CAR. Raises ResponseReady with 400 if an option is not supported."""
    query, accepted = requested.query, requested.accepted

    def one_of(name: str, default: str, *known: str) -> str:
        said = query.get(f"car-{name}") or accepted.get(name) or default
        if said not in known:
            raise ResponseReady(plain(400, f"unsupported {CAR} {name}: {said}; it can be {' or '.join(known)}"))
        return said

    one_of("version", "1", "1")
    order, dups = one_of("order", "dfs", "dfs", "unk"), one_of("dups", "n", "y", "n")
    span = _span(query["entity-bytes"]) if "entity-bytes" in query else None
    scope = query.get("dag-scope", "entity" if span else "all")
    if scope not in ("block", "entity", "all"):
        raise ResponseReady(plain(400, f"unsupported {CAR} dag-scope: {scope}; it can be block, entity or all"))
    return Car("entity" if span and scope == "all" else scope, span, order, dups == "y")  # type: ignore[arg-type]


def address(request: Request, requested: RequestedFormat) -> str:
    """Return the URL path and query with which a request without an Accept header gets the same format."""
    accepted = {
        f"car-{name}": said for name, said in requested.accepted.items() if name in ("version", "order", "dups")
    }
    query = {**accepted, **requested.query, "format": requested.kind}
    return _printed(request.path) + "?" + urlencode(sorted(query.items()))


def _accepted(header: str) -> tuple[str, dict[str, str]]:
    """Return the first known format in the Accept header and its parameters. Return "" and {} if there is none."""
    if "application/" not in header:
        return "", {}
    for part in header.split(","):
        kind, *more = (piece.strip() for piece in part.split(";"))
        found = _TYPES.get(kind.lower())
        if found:
            pairs = (piece.partition("=") for piece in more)
            return found, {name.strip().lower(): value.strip() for name, _, value in pairs}
    return "", {}


def _span(text: str) -> tuple[int, int | None]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ResponseReady(
            plain(400, f"entity-bytes: {text[:40]}: write from:to with two numbers, or * for the second one")
        )
    first, last = int(match[1]), None if match[2] == "*" else int(match[2])
    if last is not None and (first < 0) == (last < 0) and first > last:
        raise ResponseReady(plain(400, f"entity-bytes: {text}: it ends before it begins"))
    return first, last


def _printed(path: str) -> str:
    return "".join(char if char in PRINTED else f"%{ord(char):02X}" for char in path)
