"""Send CARs to the files interface of Pinata, version 3: https://docs.pinata.cloud/api-reference/endpoint/upload-a-file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from publisher.dag.cid import Cid
from publisher.fast_dataclass import dataclass
from publisher.http.client import CarForm, Service
from publisher.stores.upload.uploads import PAGES, CarFile, Uploaded, answered, lacking, root_in

LIST = "/files/public"
SITE = "site"
"""The field `keyvalues` of an upload has the id of the site under this key."""


@dataclass(frozen=True, slots=True)
class PinataFiles:
    """The public files of one account. The URLs of both services end with the version of the interface."""

    uploading: Service
    listing: Service

    def send(self, car: CarFile) -> Cid:
        """Send a CAR and return the root that the service reports. Raises StoreRefused if it reports none."""
        fields = [("network", "public"), ("name", car.name), ("car", "true")]
        if car.site:
            fields.append(("keyvalues", json.dumps({SITE: car.site})))
        form = CarForm(f"{car.root}.car", car.size, car.chunks, tuple(fields))
        answer = self.uploading.send_form("/files", form, repeatable=True)
        data = answered(self.uploading, answer, "POST /files").get("data")
        root = root_in(data.get("cid")) if isinstance(data, Mapping) else None
        if root is None:
            raise lacking(self.uploading, "POST /files", "CID")
        return root

    def of(self, root: Cid) -> tuple[Uploaded, ...]:
        """Return every upload of `root`. The filter of the service is checked again here."""
        return tuple(each for each in self._list(cid=str(root)) if root.same_block(each.root))

    def named(self, name: str) -> tuple[Uploaded, ...]:
        """Return every upload with exactly this name. The service also finds names that contain it."""
        return tuple(each for each in self._list(name=name) if each.name == name)

    def all(self) -> Iterator[Uploaded]:
        """Yield every upload of the account."""
        return self._list()

    def remove(self, upload: Uploaded) -> bool:
        """Remove an upload and return whether the service had it."""
        return self.listing.call("DELETE", f"{LIST}/{quote(upload.id, safe='')}", ok_statuses=(404,)).status != 404

    def _list(self, **query: str) -> Iterator[Uploaded]:
        more: dict[str, str] = {}
        for _ in range(PAGES):
            answer = self.listing.call("GET", LIST, query={"limit": "1000", **query, **more})
            data = answered(self.listing, answer, f"GET {LIST}").get("data")
            rows = data.get("files") if isinstance(data, Mapping) else None
            if not isinstance(data, Mapping) or not isinstance(rows or [], list):
                raise lacking(self.listing, f"GET {LIST}", "list of files")
            yield from (_row(row) for row in rows or () if isinstance(row, Mapping))
            token = data.get("next_page_token")
            if not rows or not isinstance(token, str) or not token:
                return
            more = {"pageToken": token}


def _row(row: Mapping[str, object]) -> Uploaded:
    values = row.get("keyvalues")
    site = values.get(SITE) if isinstance(values, Mapping) else None
    root = root_in(row.get("cid"))
    return Uploaded(str(row.get("id", "")), root, str(row.get("name") or ""), site if isinstance(site, str) else "")
