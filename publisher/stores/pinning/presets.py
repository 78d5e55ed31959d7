"""List well-known pinning services, with their endpoints and the pages where users make the tokens.

Each row follows the service's own documentation of its IPFS Pinning Service API:

- pinata: https://docs.pinata.cloud/api-reference/pinning-service-api, and /account-management/limits
- filebase: https://docs.filebase.com/api-documentation/ipfs-pinning-service-api
- 4everland: https://docs.4everland.org/storage/4ever-pin/pinning-services-api
- aioz: https://w3ipfs.aioz.network/docs/w3ipfs-api/pinning-services-api
- crust: https://wiki.crust.network/docs/en/buildIPFSW3AuthPin
"""

from collections.abc import Mapping
from types import MappingProxyType

from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """The data of one service that publish.toml names with `service = "..."`."""

    api: str
    """The endpoint, without /pins at its end."""
    access: str
    """A text that says where the user makes the token."""
    others: tuple[str, ...] = ()
    """Further hosts of the service that accept the same token."""
    gateway: str = ""
    """A public gateway that returns blocks unchanged, or an empty string if none is known."""
    note: str = ""
    """A remark for the user, or an empty string."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return every host that accepts the token. If the token may be sent to one of them, it may be sent to all."""
        return (self.api, *self.others)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "pinata": Preset(
            api="https://api.pinata.cloud/psa",
            access="the JWT that is shown once when an API key is made, at app.pinata.cloud, API Keys",
            others=("https://uploads.pinata.cloud",),
            note="its own gateway shows HTML only under a domain of yours; other gateways show the site as usual",
        ),
        "filebase": Preset(
            api="https://api.filebase.io/v1/ipfs",
            access="the Secret Access Token of a bucket, at console.filebase.com, Access Keys, Pinning Service API",
            others=("https://rpc.filebase.io",),
            note="a token belongs to one bucket of the kind IPFS",
        ),
        "4everland": Preset(
            api="https://api.4everland.dev",
            access="the access token at dashboard.4everland.org, 4EVER Pin",
        ),
        "aioz": Preset(
            api="https://api.w3ipfs.aioz.network/api/psa",
            access="the service returns it when you log in by e-mail, as its documentation says",
            note="its token ends after a while and has to be made anew",
        ),
        "crust": Preset(
            api="https://pin.crustcode.com/psa",
            access="signed with a wallet, as the page on IPFS W3Auth of its documentation says",
        ),
    }
)
"""This maps a name in publish.toml to the data of the service."""
