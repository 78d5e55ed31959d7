"""Send CARs as objects of an S3 bucket whose service turns them into blocks: the interface of Filebase.

The service reads a CAR if the metadata of its object have `import: car`. It then adds the CID of the root to the
metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, unquote

from publisher.dag.cid import Cid
from publisher.fast_dataclass import dataclass
from publisher.stores.s3.bucket import S3Bucket
from publisher.stores.upload.uploads import CarFile, Uploaded, root_in

IMPORT, CID, SITE = "x-amz-meta-import", "x-amz-meta-cid", "x-amz-meta-site"
ENDING = ".car"


@dataclass(frozen=True, slots=True)
class CarObjects:
    """The CARs of one bucket. Each has the key ROOT/NAME.car, so that one prefix finds every upload of a root."""

    bucket: S3Bucket

    def send(self, car: CarFile) -> Cid | None:
        """Send a CAR and return the root that the service reports, or None if it reports none yet."""
        key = f"{car.root}/{quote(car.name, safe='')}{ENDING}"
        headers = {IMPORT: "car", "Content-Type": "application/vnd.ipld.car"} | ({SITE: car.site} if car.site else {})
        answer = self.bucket.put_stream(key, car.chunks(), car.size, headers)
        return root_in(answer.get(CID)) or root_in((self.bucket.head(key) or {}).get(CID))

    def of(self, root: Cid) -> tuple[Uploaded, ...]:
        """Return every upload of `root`."""
        return tuple(self._read(key) for key, _ in self.bucket.find(f"{root}/") if key.endswith(ENDING))

    def named(self, name: str) -> tuple[Uploaded, ...]:
        """Return every upload with exactly this name. The root of each is read from its key, without a request."""
        ending = f"/{quote(name, safe='')}{ENDING}"
        keys = [key for key, _ in self.bucket.find("") if key.endswith(ending)]
        return tuple(Uploaded(key, root_in(key.removesuffix(ending)), name) for key in keys)

    def all(self) -> Iterator[Uploaded]:
        """Yield every upload of the bucket."""
        return (self._read(key) for key, _ in self.bucket.find("") if key.endswith(ENDING))

    def remove(self, upload: Uploaded) -> bool:
        """Remove an upload and return whether the bucket had it."""
        there = self.bucket.head(upload.id) is not None
        self.bucket.delete(upload.id)
        return there

    def _read(self, key: str) -> Uploaded:
        headers = self.bucket.head(key) or {}
        name = unquote(key.partition("/")[2].removesuffix(ENDING))
        return Uploaded(key, root_in(headers.get(CID)), name, headers.get(SITE, ""))
