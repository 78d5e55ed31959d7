"""Define what every upload interface can do: take a CAR, list the uploads, and remove one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from publisher.dag.cid import Cid
from publisher.errors import StoreError
from publisher.fast_dataclass import dataclass, replace
from publisher.http.client import Service, ServiceAnswer
from publisher.http.errors import refused, unclear, words

PAGES = 100
"""At most this many pages of a list are read."""


@dataclass(frozen=True, slots=True)
class CarFile:
    """A CAR that is sent."""

    root: Cid
    name: str
    """The name of the site, under which the service lists the upload."""
    site: str
    """The id of the site, or an empty string."""
    size: int
    """The number of bytes."""
    chunks: Callable[[], Iterable[bytes]]
    """Each call yields the bytes of the CAR."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An upload that the service lists."""

    id: str
    root: Cid | None
    """The root that the service reports, or None if it reports none yet."""
    name: str
    site: str = ""
    """The id of the site that sent the CAR. It is empty if the service does not keep the id."""


class Uploads(Protocol):
    """The uploads of one account.

    The methods raise StoreUnreachable if the service does not answer, and StoreRefused if it refuses.
    """

    def send(self, car: CarFile) -> Cid | None:
        """Send a CAR and return the root that the service reports, or None if it reports none yet."""
        ...

    def of(self, root: Cid) -> tuple[Uploaded, ...]:
        """Return every upload of `root`."""
        ...

    def named(self, name: str) -> tuple[Uploaded, ...]:
        """Return every upload with exactly this name."""
        ...

    def all(self) -> Iterator[Uploaded]:
        """Yield every upload of the account."""
        ...

    def remove(self, upload: Uploaded) -> bool:
        """Remove an upload and return whether the service had it."""
        ...


def root_in(value: object) -> Cid | None:
    """Return the CID in an answer, or None if the value is not a CID."""
    try:
        return Cid.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def answered(service: Service, answer: ServiceAnswer, what: str) -> Mapping[str, object]:
    """Return the JSON object of an answer. `what` is the call, for the error.

    Raises StoreRefused if the answer is not a JSON object, or if it is an error with a good status.
    """
    asked = replace(service.call_info, what=what)
    rows = service.values(answer, what)
    if len(rows) != 1 or not isinstance(rows[0], Mapping):
        raise unclear(asked, "is not one JSON object")
    if words(answer.body):
        raise refused(500, answer.body, asked)
    return rows[0]


def lacking(service: Service, what: str, part: str) -> StoreError:
    """Return the error for an answer to the call `what` that lacks `part`."""
    return unclear(replace(service.call_info, what=what), f"holds no {part}")
