"""Define the `[ci]` table of publish.toml."""

from __future__ import annotations

from publisher.dag.cid import Cid
from publisher.fast_dataclass import dataclass

ROOT = "{root}"
"""In the setting `preview-gateway`, this text stands for the root of a preview."""


@dataclass(frozen=True, slots=True)
class CiSettings:
    """The `[ci]` table of publish.toml, which is about previews of pull requests."""

    preview_gateway: str = ""
    """The URL of the gateway that shows previews, such as `https://{root}.ipfs.example.org`.

    Without `{root}`, the path `/ipfs/ROOT/` is added. If the setting is empty, a preview has no address.
    """
    preview_stores: tuple[str, ...] = ()
    """The labels of the stores that pin previews. If the list is empty, every store pins them."""
    preview_days: int = 14
    """A preview is unpinned after this number of days."""
    preview_megabytes: int = 500
    """The largest size of the CAR file of a preview, and the largest size of all its files together."""
    preview_parts: int = 100_000
    """The largest number of blocks of a preview, and the largest number of its files and folders."""

    def address(self, root: Cid) -> str:
        """Return the URL at which the gateway shows `root`. Return an empty string if no gateway is set."""
        if not self.preview_gateway:
            return ""
        gateway, cid = self.preview_gateway.rstrip("/"), str(root.to_v1())
        return f"{gateway.replace(ROOT, cid)}/" if ROOT in gateway else f"{gateway}/ipfs/{cid}/"
