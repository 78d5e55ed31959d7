"""Define the parameters of one build."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from publisher.build.rows import Rows
from publisher.build.settings import BuildSettings, Progress
from publisher.dag.unixfs import Profile
from publisher.fast_dataclass import dataclass
from publisher.secrets.scan import SecretSearch
from publisher.site.fault_levels import CheckSettings
from publisher.site.settings import SiteSettings


@dataclass(frozen=True, slots=True)
class BuildRun:
    """The parameters of one build."""

    site: SiteSettings
    settings: BuildSettings
    profile: Profile
    rows: Rows
    drafts: bool
    workers: int | None
    progress: Progress
    search: SecretSearch
    searched: bytes
    """The digest of `search`. The cache records under it which roots were searched. See `secret_scan.key_of`."""
    check: CheckSettings
    tolerant: bool
    now: date | None
    future: bool
    settle: Callable[[], None]
    """Called after many objects were made that live to the end of the build. See long_lived.py."""
