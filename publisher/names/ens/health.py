"""What a doctor finds about a name of ENS. Nothing is signed or sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from publisher.errors import PublishError
from publisher.findings import Finding
from publisher.names.ens import resolver
from publisher.names.ens.rpc import Chain
from publisher.names.ens.spelling import Name

if TYPE_CHECKING:
    from publisher.names.ens import Settings
    from publisher.names.senders import Signer


def examine(settings: Settings, name: Name, chain: Chain, signer: Callable[[], Signer]) -> Iterator[Finding]:
    """The most basic first: where no end point answers, nothing more is asked."""
    try:
        place, _ = resolver.recognise(chain, name, resolver.find(chain, name))
    except PublishError as error:
        yield Finding(name.text, "fault", error.message, error.hint)
        return
    yield Finding(name.text, "ok", f"it shows {place.shows or 'nothing yet'}")
