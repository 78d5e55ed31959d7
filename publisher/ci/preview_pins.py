"""Name the pins of previews, so that later runs on other machines find and remove them."""

from __future__ import annotations

import hashlib
import re
from datetime import date

from publisher.fast_dataclass import dataclass

LONGEST = 180
"""A name of a pin has at most this many bytes of the name of its site. Nodes cut a name after 255 bytes."""

FORM = re.compile(r"/pr-([1-9][0-9]{0,9})/([0-9]{4}-[0-9]{2}-[0-9]{2})")
"""The part of a name after the name of the site: the number of the pull request, and a day."""


@dataclass(frozen=True, slots=True)
class PreviewPin:
    """The pull request for which a preview is pinned, and the day on which it was pinned."""

    number: int
    day: date


def pin_name(site: str, number: int, day: date) -> str:
    """Return the name of a pin, such as `preview/example.eth/pr-12/2026-11-30`. `site` is the name of the site.

    The name has the day because a Kubo node does not keep the date of a pin.
    """
    return f"{_prefix(site)}/pr-{number}/{day.isoformat()}"


def parse_pin_name(site: str, name: str) -> PreviewPin | None:
    """Return the pull request and the day in the name of a pin. Return None if it is not a preview of this site."""
    prefix = _prefix(site)
    found = FORM.fullmatch(name.removeprefix(prefix)) if name.startswith(prefix) else None
    if found is None:
        return None
    try:
        return PreviewPin(int(found[1]), date.fromisoformat(found[2]))
    except ValueError:  # There is no such day.
        return None


def preview_id(repository: str, site: str, number: int) -> str:
    """Return the id under which stores keep the preview of a pull request: 16 hexadecimal digits.

    It differs from the id of the site. So a root that the site publishes stays pinned if its preview is unpinned.
    """
    return hashlib.sha256(f"preview\n{repository}\n{site}\n{number}".encode()).hexdigest()[:16]


def _prefix(site: str) -> str:
    return "preview/" + site.encode()[:LONGEST].decode(errors="ignore")
