"""The sentences about each kind of fault of a link in a page of another tool."""

from __future__ import annotations

WHAT = {
    "rooted": "leads out of the site where a gateway shows it below /ipfs/ROOT/; write it relative to the page",
    "base": "is a <base> that breaks every link where a gateway shows the site below /ipfs/ROOT/; take it out",
    "leaves": "leads out of the site",
    "nowhere": "leads nowhere",
    "listing": "leads to a folder without index.html: visitors get a bare listing",
    "own": "leads to the site's own address, away from this copy; write it relative to the page",
}
"""What follows the position and the text of one link."""

MANY = {
    "rooted": ("link that begins with /", "links that begin with /"),
    "base": ("<base> element", "<base> elements"),
    "leaves": ("link that leads out of the site", "links that lead out of the site"),
    "nowhere": ("link that leads nowhere", "links that lead nowhere"),
    "listing": ("link to a folder without index.html", "links to folders without index.html"),
    "own": ("link to the site's own address", "links to the site's own address"),
}
"""The words after the number of links that are not listed one by one: first for one link, then for several."""
