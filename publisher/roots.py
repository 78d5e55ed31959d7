"""How a person names a root: its CID, a unique beginning of it, or @1 for the last but one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

from publisher.dag.cid import Cid
from publisher.errors import ConfigError
from publisher.events import Event, Wanted


def known(past: Sequence[Event]) -> tuple[Cid, ...]:
    """The roots that were wanted, newest first, each once."""
    found: dict[Cid, None] = {}
    for event in reversed(past):
        if isinstance(event, Wanted):
            with contextlib.suppress(ValueError):  # a line that somebody edited: the others are still good
                found[Cid.parse(event.root)] = None
    return tuple(found)


def pick(text: str, roots: Sequence[Cid]) -> Cid:
    """The root that is meant; ConfigError when there is none, or more than one."""
    text = text.removeprefix("ipfs://").removeprefix("/ipfs/").rstrip("/")
    if numbered := re.fullmatch(r"@(\d{1,9})", text):
        number = int(numbered[1])
        if number < len(roots):
            return roots[number]
        some = f"only {len(roots)} root{'s' * (len(roots) > 1)} known here" if roots else "no root is known here yet"
        raise ConfigError(text, some, hint="@0 is the newest; a root is known once it was published from this folder")
    try:
        return Cid.parse(text)
    except ValueError as error:
        found = [cid for cid in roots if len(text) >= 4 and str(cid).startswith(text)]
        if len(found) == 1:
            return found[0]
        what = "no root, folder or CAR file" if not found else f"the beginning of {len(found)} roots"
        raise ConfigError(text, f"{what}", hint="give a longer beginning, a whole CID, or a path") from error
