"""List the services that take a CAR, with their interfaces and the pages where users make the tokens.

Each row follows the service's own documentation:

- filebase: https://docs.filebase.com/ipfs-concepts/what-is-a-car, and /api-documentation/s3-compatible-api
- pinata: https://docs.pinata.cloud/api-reference/endpoint/upload-a-file, and /account-management/limits
- lighthouse: https://docs.lighthouse.storage/how-to/upload-data/car, and /how-to/list-files
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from publisher.fast_dataclass import dataclass

Interface = Literal["s3", "pinata", "lighthouse"]
"""The form of an upload. Services with the same interface differ only in the data of their presets."""


@dataclass(frozen=True, slots=True)
class Preset:
    """The data of one service that publish.toml names with `service = "..."`."""

    interface: Interface
    upload: str
    """The URL that takes uploads, without the path of a single call or the name of a bucket."""
    listing: str
    """The URL that lists and removes uploads, in the same form as `upload`. For `s3`, both URLs are the same."""
    access: str
    """A text that says where the user makes the token."""
    pins: str = ""
    """The endpoint of the Pinning Service API, without /pins at its end. It is empty if the service has none."""
    largest_mb: int = 0
    """The largest upload in megabytes. 0 means that the documentation names no limit."""
    note: str = ""
    """A remark for the user, or an empty string."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return a URL on every host that accepts the token. A token for one of them may be sent to all."""
        return tuple(url for url in (self.upload, self.listing, self.pins) if url)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "filebase": Preset(
            interface="s3",
            upload="https://s3.filebase.com",
            listing="https://s3.filebase.com",
            access="the key and the secret at console.filebase.com, Access Keys",
            pins="https://api.filebase.io/v1/ipfs",
            note="the bucket has to be of the kind IPFS",
        ),
        "pinata": Preset(
            interface="pinata",
            upload="https://uploads.pinata.cloud/v3",
            listing="https://api.pinata.cloud/v3",
            access="the JWT that is shown once when an API key is made, at app.pinata.cloud, API Keys",
            pins="https://api.pinata.cloud/psa",
            largest_mb=100,  # above it, the page on limits asks for resumable uploads, which this program does not send
            note="its own gateway shows HTML only under a domain of yours; other gateways show the site as usual",
        ),
        "lighthouse": Preset(
            interface="lighthouse",
            upload="https://upload.lighthouse.storage",
            listing="https://api.lighthouse.storage",
            access="the API key at files.lighthouse.storage, API Key",
        ),
    }
)
"""This maps a name in publish.toml to the data of the service."""
