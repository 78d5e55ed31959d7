"""Find the hosts to which each secret of a site goes, for the variables `PUBLISH_X_HOST` of a pipeline."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import ConfigError, PublishError
from publisher.secrets.hosts import PORTS, HostRecord, host_of

if TYPE_CHECKING:
    from publisher.config import Config, ConfigEntry


def host_texts(session: Session, settings: Config) -> dict[str, str]:
    """Return the hosts of each secret as the value of `PUBLISH_X_HOST`. A secret whose hosts are unknown is missing.

    A file beside the journal (see HostRecord) has the hosts to which this machine may send the secret. If it has none,
    the address of the store in publish.toml decides.
    """
    from publisher.config import variables

    record = HostRecord(session.state, lambda folder: None)
    found: dict[str, list[str]] = {}
    entries = {("stores", entry.label): entry for entry in settings.stores}
    for variable in variables(settings):
        if variable.use not in ("secret", "user"):
            continue
        urls: list[str] = []
        with contextlib.suppress(PublishError):
            urls = [host.url for host in record.hosts(variable.name) or ()]
        if not urls and (entry := entries.get((variable.path[0], variable.path[1]))) is not None:
            urls = list(_urls(entry))
        found.setdefault(variable.name, []).extend(urls)
    return {name: ",".join(dict.fromkeys(map(_written, urls))) for name, urls in found.items() if urls}


def _urls(entry: ConfigEntry) -> Iterator[str]:
    """Yield the URL of a store, if publish.toml has it."""
    api, service = getattr(entry.settings, "api", ""), getattr(entry.settings, "service", "")
    if entry.kind == "kubo" and not api.startswith("env:"):
        from publisher.stores.kubo.address import address

        with contextlib.suppress(ConfigError):
            yield address(entry.label, api).url
    elif api.startswith(("http://", "https://")):
        yield api
    elif service and entry.kind == "pinning":
        from publisher.stores.pinning.presets import PRESETS as PINNING

        yield PINNING[service].api
    elif service:
        from publisher.stores.upload.presets import PRESETS

        yield PRESETS[service].upload


def _written(url: str) -> str:
    """Return a host as `PUBLISH_X_HOST` writes it. A host with TLS at the usual port is written without a port."""
    host = host_of(url)
    if host.secure and host.port == PORTS["https"]:
        return host.name if ":" not in host.name else f"[{host.name}]"
    return str(host)
