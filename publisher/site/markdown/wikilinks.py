"""Make the targets of links such as `[[name]]` and `[[name#heading]]`. They lead to an article by its name."""

from __future__ import annotations

import re
from collections.abc import Callable

from publisher.site import urls
from publisher.site.markdown.obsidian import BLOCK

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp")


def is_picture(written: str) -> bool:
    """Return whether `written`, the text between the brackets, names a picture, as in `x.png` or `x.svg#icon`."""
    return written.partition("#")[0].rstrip().lower().endswith(PICTURES)


def target(written: str, path: str, anchor: Callable[[str], str], *, blocks: bool = False) -> str:
    """Return the target (see urls.py) for `written`, the text between the brackets, in the article at `path`.

    `anchor` makes an id from the words of a heading. If `blocks` is set, blocks have ids. Otherwise a link to a block
    (`#^id`) leads to the article of the block.
    """
    name, _, rest = written.partition("#")
    heading = rest.rpartition("#")[2].strip()
    fragment = anchor(heading) if heading else ""
    if heading.startswith(BLOCK):
        fragment = heading if blocks else ""
    named = re.sub("//+", "/", name.strip().strip("/"))
    return urls.target(f"//{named}//" if named else path, fragment)
