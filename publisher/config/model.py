"""Define the configuration of a site: the settings of each table of publish.toml, and where each value came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from publisher.build import BuildSettings, SecretsSettings
from publisher.ci.settings import CiSettings
from publisher.deploy.settings import DeploySettings, KeepSettings
from publisher.fast_dataclass import dataclass
from publisher.names.kinds import name_kind
from publisher.secrets.hosts import Variable, variables_of
from publisher.site.fault_levels import CheckSettings
from publisher.site.settings import SiteSettings


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """A store or a name of the configuration: its label, its kind, and the settings of that kind."""

    label: str
    kind: str
    settings: Any


@dataclass(frozen=True, slots=True)
class Row:
    """One setting in `publish config`. `origin` is `publish.toml:12`, `default`, or `from the name`."""

    key: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a site. It has a field for each table of publish.toml."""

    folder: Path
    file: Path
    site: SiteSettings
    build: BuildSettings
    check: CheckSettings
    ci: CiSettings
    deploy: DeploySettings
    keep: KeepSettings
    secrets: SecretsSettings
    stores: tuple[ConfigEntry, ...]
    names: tuple[ConfigEntry, ...]
    rows: tuple[Row, ...]


def variables(settings: Config) -> tuple[Variable, ...]:
    """Return every key of publish.toml that names an environment variable."""
    return tuple(variables_in(settings.stores, settings.names))


def variables_in(stores: tuple[ConfigEntry, ...], names: tuple[ConfigEntry, ...]) -> Iterator[Variable]:
    """Yield every key in `[stores]` and `[names]` whose value is the name of an environment variable."""
    for place in stores:
        yield from variables_of(place.settings, ("stores", place.label))
    for place in names:
        yield from variables_of(place.settings, ("names", place.label), name_kind(place.kind).SIGNING)
