"""Send requests of the IPFS Pinning Service API, and turn the answers into values.

The API is described at https://ipfs.github.io/pinning-services-api-spec/. Services differ from it: a success may be 200
or 202, a filter may be ignored, and the id of a request may be the CID. So the content of each row is checked. The
methods raise StoreUnreachable if the service does not answer, and StoreRefused if it refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from publisher.dag.cid import Cid
from publisher.errors import CidMismatch, StoreRefused
from publisher.fast_dataclass import dataclass, replace
from publisher.http.client import Service
from publisher.http.errors import refused, unclear, words
from publisher.http.redact import short

STATUSES = ("pinned", "pinning", "queued", "failed")
"""All statuses of a pin, the best one first."""

PAGE = 1000
"""The number of rows in a page. The specification allows no more."""

PAGES = 100
"""At most this many pages of a list are read."""

SITE = "site"
"""The metadata of a pin have the id of the site under this key. Two sites may have the same title and name."""

ORIGINS = 20
"""At most this many addresses are sent with a request."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A request for a pin, and its status."""

    id: str
    status: str
    created: str
    root: Cid | None
    name: str
    delegates: tuple[str, ...]
    """The multiaddresses of the peers that will fetch the blocks."""
    details: str
    """The words of the service about the status."""
    site: str = ""
    """The id of the site that asked for the pin. It is empty if the service keeps no metadata."""


@dataclass(frozen=True, slots=True)
class Pins:
    """The pins of one account."""

    service: Service
    page: int = PAGE

    @property
    def label(self) -> str:
        """Return the label of the pinner in publish.toml."""
        return self.service.call_info.label

    def of(self, root: Cid) -> tuple[Pin, ...]:
        """Return every request for `root`, the best status first, and the newest request first for equal statuses."""
        found = [pin for pin in self._list(cid=str(root)) if root.same_block(pin.root)]
        newest = sorted(found, key=lambda pin: pin.created, reverse=True)
        return tuple(sorted(newest, key=lambda pin: STATUSES.index(pin.status)))

    def named(self, name: str) -> tuple[Pin, ...]:
        """Return every request with exactly this name that has not failed."""
        wanted = pin_name(name)
        return tuple(pin for pin in self._list(name=wanted) if pin.name == wanted and pin.status != "failed")

    def all(self) -> Iterator[Pin]:
        """Yield every request of the account that has not failed."""
        return (pin for pin in self._list() if pin.status != "failed")

    def some(self) -> tuple[int, tuple[Pin, ...]]:
        """Return the number of pins in the account, and a few of them. This call shows whether the token is valid."""
        answer = self.service.get("/pins", limit="10", status=",".join(STATUSES))
        count, rows = self._rows(answer)
        return count, rows

    def one(self, pin: Pin) -> Pin | None:
        """Return the present state of a request, or None if the service does not know it.

        Raises CidMismatch if the answer is about another root.
        """
        path = f"/pins/{quote(pin.id, safe='')}"
        answer = self.service.call("GET", path, ok_statuses=(404,))
        if answer.status == 404:
            return None
        rows = self.service.values(answer, "GET /pins")
        return self._same(self._pin(rows[0] if len(rows) == 1 else None, "GET /pins"), pin.root)

    def ask(self, root: Cid, name: str, origins: tuple[str, ...], site: str = "") -> Pin:
        """Ask for a pin of `root`, and return the new request. `origins` has the addresses of nodes with the blocks.

        Raises StoreRefused if the service refuses, and CidMismatch if the answer is about another root.
        """
        meta = {SITE: site} if site else {}
        asking = {"cid": str(root), "name": pin_name(name), "origins": list(origins[:ORIGINS]), "meta": meta}
        # The request is sent only once. A second request would be a second pin, which may cost money.
        return self._same(self._pin(self.service.post("/pins", asking), "POST /pins"), root)

    def remove(self, pin: Pin) -> bool:
        """Remove a request, and return whether the service had it."""
        return self.service.call("DELETE", f"/pins/{quote(pin.id, safe='')}", ok_statuses=(404,)).status != 404

    def _list(self, **query: str) -> Iterator[Pin]:
        """Yield the rows of all pages, the newest first. Each further page has older rows."""
        seen: set[str] = set()
        before: dict[str, str] = {}
        for _ in range(PAGES):
            answer = self.service.get("/pins", limit=str(self.page), status=",".join(STATUSES), **query, **before)
            count, rows = self._rows(answer)
            fresh = [pin for pin in rows if pin.id not in seen]
            yield from fresh
            seen.update(pin.id for pin in fresh)
            if not fresh or len(rows) >= count:
                return
            before = {"before": min(pin.created for pin in rows)}

    def _rows(self, answer: object) -> tuple[int, tuple[Pin, ...]]:
        rows = answer.get("results") if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or not isinstance(rows, list):
            raise self._strange(answer, "GET /pins")
        count = answer.get("count")
        pins = tuple(self._pin(row, "GET /pins") for row in rows)
        return (count if isinstance(count, int) else len(pins)), pins

    def _pin(self, row: object, what: str) -> Pin:
        if not isinstance(row, Mapping) or not isinstance(row.get("pin"), Mapping):
            raise self._strange(row, what)
        pin, status, id_ = row["pin"], row.get("status"), row.get("requestid")
        if status not in STATUSES or not isinstance(id_, str) or not id_:
            raise unclear(
                replace(self.service.call_info, what=what), f"holds an unknown status of a pin, {short(str(status))!r}"
            )
        delegates, info = row.get("delegates"), row.get("info")
        addresses = tuple(one for one in delegates if isinstance(one, str)) if isinstance(delegates, list) else ()
        details = info.get("status_details") if isinstance(info, Mapping) else None
        meta = pin.get("meta")
        site = meta.get(SITE) if isinstance(meta, Mapping) else None
        return Pin(
            id_,
            status,
            str(row.get("created", "")),
            _cid(pin.get("cid")),
            str(pin.get("name") or ""),
            addresses,
            short(details) if isinstance(details, str) else "",
            site if isinstance(site, str) else "",
        )

    def _strange(self, value: object, what: str) -> Exception:
        """Return the error for an answer with a good status whose body is an error or is not understood."""
        asked = replace(self.service.call_info, what=what)
        if isinstance(value, Mapping) and ("error" in value or "message" in value):
            body = json.dumps(value).encode()
            if words(body):
                return refused(500, body, asked)
        return unclear(asked, "does not have the form of the Pinning Service API")

    def _same(self, pin: Pin, root: Cid | None) -> Pin:
        if root is None or not root.same_block(pin.root):
            what = f"the service answered with {pin.root}; this program asked for {root}"
            raise CidMismatch(self.label, what, hint="do not trust the service until you know why; no name was moved")
        return pin


def duplicate(error: StoreRefused) -> bool:
    """Return whether a request was refused because the pin exists already."""
    text = error.message.lower()
    return "duplicate" in text or "already" in text


def pin_name(name: str) -> str:
    """Return a name cut to at most 255 bytes. No character is split.

    The specification allows 255 characters, but some services allow only 255 bytes.
    """
    return name.encode()[:255].decode(errors="ignore")


def _cid(value: object) -> Cid | None:
    try:
        return Cid.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None
