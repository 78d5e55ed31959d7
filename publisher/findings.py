"""What a doctor finds: one line about one thing, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "fault"]
"""A warning will become a fault by itself; a fault stops a publish."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    who: str
    """A store or a name as publish.toml calls it, or a part of this machine."""
    level: Level
    what: str
    fix: str = ""
    """What to do; empty where nothing has to be done."""
