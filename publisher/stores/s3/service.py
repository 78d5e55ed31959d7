"""Use an S3 bucket, or a folder that a web server shows, as a store that other people's gateways can read.

The store has three kinds of objects:

- `ipfs/CID` has the bytes of one block. Clients of trustless gateways request `/ipfs/CID?format=raw`. A web server that
  shows the bucket answers this request with the object, because the query is not a part of the object's name.
- `pins/NAME/ROOT` says that a site holds a root. It lists the CID and the length of every block.
- `car/ROOT.car` has the whole site in one file. It is optional.

The list of a pin is written before the blocks. So another run that unpins a root at the same time sees which blocks are
needed. A root counts as held only if every block in the list is there with its length.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol
from urllib.parse import quote, unquote

from publisher.concurrency.threads import run_in_threads
from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Get
from publisher.errors import BlockMissing, StoreError, StoreRefused
from publisher.fast_dataclass import dataclass
from publisher.findings import Finding
from publisher.retrieval.trustless import checked, trustless
from publisher.stores.base import Progress, Receipt, StoredPin, Upload

BLOCKS, PINS, CARS = "ipfs/", "pins/", "car/"

RAW, CAR = (
    {"Content-Type": f"application/vnd.ipld.{kind}", "Cache-Control": "public, max-age=29030400, immutable"}
    for kind in ("raw", "car")
)
"""The headers that a trustless gateway sends: https://specs.ipfs.tech/http-gateways/trustless-gateway/."""

TOGETHER = 8
"""This many blocks are sent in parallel. A block has at most 2 MiB, so they fit into memory."""

TRIES = 3
"""Another run may remove blocks while this run sends. So this run sends missing blocks at most this many times."""


class Objects(Protocol):
    """A bucket or a folder. The methods raise StoreUnreachable and StoreRefused."""

    def put(self, key: str, data: bytes, headers: Mapping[str, str] | None = None) -> object:
        """Store an object. `headers` has its content type."""
        ...

    def put_stream(self, key: str, chunks: Iterable[bytes], size: int, headers: Mapping[str, str]) -> object:
        """Store an object of `size` bytes that need not fit into memory."""
        ...

    def get(self, key: str) -> bytes | None:
        """Return the bytes of an object, or None if it does not exist."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object. Do nothing if it does not exist."""
        ...

    def find(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the key and the length of every object whose key begins with `prefix`, sorted by key."""
        ...


@dataclass(frozen=True, slots=True)
class BlockObjects:
    """The store `label`. Its methods raise StoreUnreachable, StoreRefused and BlockMissing."""

    label: str
    objects: Objects
    shown: str
    """The place of the store, for the doctor."""
    with_car: bool
    """This says whether a new root is also stored as a CAR."""
    gateway: str
    timeout: float
    proxy: Callable[[str], str] = lambda url: ""
    """Returns the proxy of a URL, or an empty string."""
    prefix: str = ""
    """The text before every key. It is empty or ends with a slash."""
    kind: str = "s3"

    def held(self, root: Cid) -> bool:
        """Return whether a site has a pin of the root here, and every block of it is here with its length."""
        pins = [key for key in self._pin_keys() if _root_of(key) == root]
        return bool(pins) and not self._lacking(self._listed(pins[0]) or {}, self._there())

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Store the list of blocks, then the blocks that are missing, and look for missing blocks again.

        Raises StoreRefused if blocks are still missing at the end.
        """
        root, key = upload.root, self._pin_key(upload.root, upload.name)
        blocks = {block.cid: len(block.data) for block in walk.reachable(upload.get, root)}
        lines = "".join(f"{cid} {size}\n" for cid, size in blocks.items())
        about = json.dumps({"root": str(root), "name": upload.name, "site": upload.site}, ensure_ascii=False)
        self.objects.put(key, f"{about}\n{lines}".encode())
        sent = 0
        for _ in range(TRIES):
            lacking = self._lacking(blocks, self._there())
            if not lacking:
                break
            sent += self._send(upload, lacking, progress)
        else:
            if lacking := self._lacking(blocks, self._there()):
                what = f"{len(lacking)} blocks of {root} are not there after the upload"
                raise StoreRefused(self.label, what, hint="make sure that nothing else removes objects, then run again")
        if self.with_car:
            self._send_car(upload, blocks)
        return Receipt(self.label, self.kind, "pinned", root, sent)

    def reader(self) -> Get:
        """Return a `get` that reads the gateway or, without one, the objects themselves. Each block is hashed."""
        if self.gateway:
            return trustless(self.gateway, self.label, self.timeout, proxy=self.proxy(self.gateway))

        def get(cid: Cid) -> bytes:
            data = self.objects.get(self._block_key(cid))
            if data is None:
                raise BlockMissing(self.label, f"{self.shown} does not have {cid}")
            return data

        return checked(get, self.label)

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that are pinned under exactly this name."""
        found = (_root_of(key) for key in self._pin_keys() if key.split("/")[-2] == _segment(name))
        return frozenset(root for root in found if root is not None)

    def all_pins(self) -> Iterator[StoredPin]:
        """Yield every pin."""
        for key in self._pin_keys():
            root = _root_of(key)
            if root is not None:
                yield StoredPin(root, self._name(key), self._site(key))

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Return an empty map, because each site has a pin of its own, and needs no pin reference."""
        return {}

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Do nothing, because there are no pin references."""

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Remove the pin of `root` under `name`, and the blocks that no other pin lists.

        Return whether it was removed. The pin stays if it belongs to a site that is not in `sites`.
        """
        key = self._pin_key(root, name)
        mine = self._listed(key)
        site = self._site(key)
        if mine is None or (site and site not in sites):
            return False
        self.objects.delete(key)
        others = self._pin_keys()
        needed = {cid for other in others for cid in self._listed(other) or {}}
        going = [cid for cid in mine if cid not in needed]
        run_in_threads(self._delete_blocks, _parts(going))
        if not any(_root_of(other) == root for other in others):
            self.objects.delete(f"{self.prefix}{CARS}{root}.car")
        return True

    def origins(self) -> tuple[str, ...]:
        """Return no address, because a web server is no IPFS node."""
        return ()

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Do nothing, because a web server has no peers."""

    def examine(self) -> Iterator[Finding]:
        """Yield the findings about the place, the pins, and the gateway."""
        try:
            pins = len(self._pin_keys())
        except StoreError as error:
            yield Finding(self.label, "fault", error.message, error.hint)
            return
        yield Finding(self.label, "ok", f"{self.shown} can be read, {pins} pin{'' if pins == 1 else 's'}")
        if not self.gateway:
            fix = "let a web server show the objects, and set `gateway` to its URL: then other people can read the site"
            yield Finding(self.label, "note", "no URL is known at which others read the blocks", fix)

    def _send(self, upload: Upload, lacking: Mapping[Cid, int], progress: Progress) -> int:
        """Store the blocks in `lacking`, and return their length in bytes."""
        total, done = sum(lacking.values()), 0
        cids = list(lacking)
        for start in range(0, len(cids), TOGETHER):
            part = cids[start : start + TOGETHER]
            run_in_threads(lambda cid: self.objects.put(self._block_key(cid), upload.get(cid), RAW), part)
            done += sum(lacking[cid] for cid in part)
            progress(done, total)
        return total

    def _delete_blocks(self, cids: Iterable[Cid]) -> None:
        for cid in cids:
            self.objects.delete(self._block_key(cid))

    def _send_car(self, upload: Upload, blocks: Mapping[Cid, int]) -> None:
        key, size = f"{self.prefix}{CARS}{upload.root}.car", car.size((upload.root,), blocks.items())
        if any(found == (key, size) for found in self.objects.find(f"{self.prefix}{CARS}")):
            return
        chunks = car.write((upload.root,), (Block(cid, upload.get(cid)) for cid in blocks))
        self.objects.put_stream(key, chunks, size, CAR)

    def _there(self) -> dict[str, int]:
        """Return a map from the key of each stored block to its length."""
        return dict(self.objects.find(f"{self.prefix}{BLOCKS}"))

    def _lacking(self, blocks: Mapping[Cid, int], there: Mapping[str, int]) -> dict[Cid, int]:
        return {cid: size for cid, size in blocks.items() if there.get(self._block_key(cid)) != size}

    def _pin_keys(self) -> tuple[str, ...]:
        return tuple(key for key, _ in self.objects.find(f"{self.prefix}{PINS}"))

    def _pin_key(self, root: Cid, name: str) -> str:
        return f"{self.prefix}{PINS}{_segment(name)}/{root}"

    def _block_key(self, cid: Cid) -> str:
        return f"{self.prefix}{BLOCKS}{cid}"

    def _listed(self, key: str) -> dict[Cid, int] | None:
        """Return the blocks of a pin with their lengths, or None if there is no such pin."""
        data = self.objects.get(key)
        if data is None:
            return None
        try:
            rows = [line.split() for line in data.decode().splitlines()[1:]]
            return {Cid.parse(cid): int(size) for cid, size in rows}
        except ValueError as error:
            what = f"the list of blocks in {key} is damaged"
            raise StoreRefused(self.label, what, hint="remove this object, then publish the root again") from error

    def _site(self, key: str) -> str:
        """Return the id of the site that made a pin, or an empty string if the pin does not say it."""
        return self._field(key, "site")

    def _name(self, key: str) -> str:
        """Return the name of a pin. If the key has only a part of the name, the pin itself has the whole name."""
        name, segment = self._field(key, "name"), key.split("/")[-2]
        return name if _segment(name) == segment else unquote(segment)

    def _field(self, key: str, field: str) -> str:
        """Return a field of the first line of a pin, or an empty string if the pin does not have it."""
        try:
            about = json.loads((self.objects.get(key) or b"{}").split(b"\n", 1)[0])
        except ValueError:
            return ""
        return str(about.get(field) or "") if isinstance(about, dict) else ""


SEGMENT = 255
"""The largest number of bytes of one segment of a path in file systems."""

DIGEST = 32
"""A segment for a longer name ends with this many hexadecimal digits of the SHA-256 of the name."""


def _segment(name: str) -> str:
    """Return a name as one segment of a key. Different names have different segments.

    A segment has at most SEGMENT bytes. For a longer name, it has the beginning of the name, a plus sign and a digest.
    No other segment has a plus sign.
    Letters of every script stay as they are, because percent signs would make a segment three times as long. Web
    servers and file systems give `.` and `..` another meaning.
    """
    if name in ("", ".", ".."):
        return "%" + name.replace(".", "2E")
    kept = "".join(char if char.isalnum() else quote(char, safe="") for char in name)
    if len(kept.encode()) <= SEGMENT:
        return kept
    end = "+" + hashlib.sha256(name.encode()).hexdigest()[:DIGEST]
    return kept.encode()[: SEGMENT - len(end)].decode(errors="ignore") + end


def _root_of(key: str) -> Cid | None:
    try:
        return Cid.parse(key.rpartition("/")[2])
    except ValueError:
        return None


def _parts(cids: list[Cid]) -> list[list[Cid]]:
    """Divide a list into at most TOGETHER parts, one for each thread."""
    return [part for start in range(TOGETHER) if (part := cids[start::TOGETHER])]
