"""Make the targets of `[[name]]` and `[[name#heading]]`, which link to an article by its name, as in other tools."""

from __future__ import annotations

import re
from collections.abc import Callable

from publisher.site import urls


def target(written: str, path: str, anchor: Callable[[str], str]) -> str:
    """Return the target (see urls.py) for the text between the brackets, in the article with the content path `path`.

    `anchor` makes an id from the words of a heading. A link to a block (`#^id`) leads to its article, because blocks
    have no ids here.
    """
    name, _, rest = written.partition("#")
    heading = rest.rpartition("#")[2].strip()
    fragment = "" if not heading or heading.startswith("^") else anchor(heading)
    named = re.sub("//+", "/", name.strip().strip("/"))
    return urls.target(f"//{named}//" if named else path, fragment)
