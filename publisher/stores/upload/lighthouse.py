"""Send CARs to Lighthouse: https://docs.lighthouse.storage/how-to/upload-data/car.

The answer to `dag/import` has one of two forms: that of Kubo, or that of an upload of a file. The list of uploads has
the name of each file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.dag.cid import Cid
from publisher.errors import StoreRefused
from publisher.fast_dataclass import dataclass
from publisher.http.client import CarForm, Service
from publisher.stores.upload.uploads import PAGES, CarFile, Uploaded, answered, lacking, root_in

ENDING = ".car"
IMPORT, LIST, REMOVE = "/api/v0/dag/import", "/api/user/files_uploaded", "/api/user/delete_file"


@dataclass(frozen=True, slots=True)
class LighthouseFiles:
    """The uploads of one account."""

    uploading: Service
    listing: Service

    def send(self, car: CarFile) -> Cid:
        """Send a CAR and return the root that the service reports.

        Raises StoreRefused if the service reports no root, or an error of the pin.
        """
        form = CarForm(f"{car.name}{ENDING}", car.size, car.chunks)
        answer = self.uploading.send_form(IMPORT, form, repeatable=True)
        said = answered(self.uploading, answer, f"POST {IMPORT}")
        root, error = _imported(said)
        if error:
            hint = "run again; if that fails too, look at the status page of the service"
            raise StoreRefused(self.uploading.call_info.label, f"the service did not pin the root: {error}", hint=hint)
        if root is None:
            raise lacking(self.uploading, f"POST {IMPORT}", "CID")
        return root

    def of(self, root: Cid) -> tuple[Uploaded, ...]:
        """Return every upload of `root`."""
        return tuple(each for each in self._list() if root.same_block(each.root))

    def named(self, name: str) -> tuple[Uploaded, ...]:
        """Return every upload with exactly this name."""
        return tuple(each for each in self._list() if each.name == name)

    def all(self) -> Iterator[Uploaded]:
        """Yield every upload of the account."""
        return self._list()

    def remove(self, upload: Uploaded) -> bool:
        """Remove an upload and return whether the service had it."""
        return self.listing.call("DELETE", REMOVE, query={"id": upload.id}, ok_statuses=(404,)).status != 404

    def _list(self) -> Iterator[Uploaded]:
        last, seen = "null", 0
        for _ in range(PAGES):
            answer = self.listing.call("GET", LIST, query={"lastKey": last})
            said = answered(self.listing, answer, f"GET {LIST}")
            rows = said.get("fileList")
            if not isinstance(rows, list):
                raise lacking(self.listing, f"GET {LIST}", "fileList")
            found = [_row(row) for row in rows if isinstance(row, Mapping)]
            yield from found
            seen += len(found)
            total = said.get("totalFiles")
            if not found or found[-1].id == last or not isinstance(total, int) or seen >= total:
                return
            last = found[-1].id


def _imported(said: Mapping[str, object]) -> tuple[Cid | None, str]:
    """Return the root in the answer to an upload, and the error of its pin. The error is empty if there is none."""
    data, root = said.get("data"), said.get("Root")
    if isinstance(root, Mapping):
        cid = root.get("Cid")
        return root_in(cid.get("/")) if isinstance(cid, Mapping) else None, str(root.get("PinErrorMsg") or "")
    found = data if isinstance(data, Mapping) else said
    return root_in(found.get("Hash") or found.get("cid")), ""


def _row(row: Mapping[str, object]) -> Uploaded:
    listed = str(row.get("fileName") or "").removesuffix(ENDING)
    # The service lists the name of the file as the form had it: see form_name.
    name = listed.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
    return Uploaded(str(row.get("id", "")), root_in(row.get("cid")), name)
