"""Well-known pinning services, as data: where each answers, and where its token comes from.

Each row is what the service's own documentation says of its endpoint for the IPFS Pinning Service API:

- pinata: https://docs.pinata.cloud/api-reference/pinning-service-api, and /account-management/limits
- filebase: https://docs.filebase.com/api-documentation/ipfs-pinning-service-api
- 4everland: https://docs.4everland.org/storage/4ever-pin/pinning-services-api
- aioz: https://w3ipfs.aioz.network/docs/w3ipfs-api/pinning-services-api
- crust: https://wiki.crust.network/docs/en/buildIPFSW3AuthPin
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Preset:
    """What `service = "..."` stands for."""

    api: str
    """The endpoint, without /pins at its end."""
    access: str
    """Where its token is made, in words."""
    others: tuple[str, ...] = ()
    """Further hosts of the same service at which it takes the same token."""
    gateway: str = ""
    """A public gateway that gives blocks as they are; empty where none is known to."""
    note: str = ""
    """What else the reader should know."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host at which the service takes its token. A token that may go to one of them may go to all."""
        return (self.api, *self.others)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "pinata": Preset(
            api="https://api.pinata.cloud/psa",
            access="the JWT that is shown once when an API key is made, at app.pinata.cloud, API Keys",
            others=("https://uploads.pinata.cloud",),
            note="its free plan takes no HTML: a site needs a paid one",
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
            access="what its log-in by e-mail answers, as its documentation says",
            note="its token ends after a while and has to be made anew",
        ),
        "crust": Preset(
            api="https://pin.crustcode.com/psa",
            access="signed with a wallet, as the page on IPFS W3Auth of its documentation says",
        ),
    }
)
"""Name in publish.toml -> the service."""
