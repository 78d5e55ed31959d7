"""Open every link of a site, as `publish demo --once` does."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from publisher.errors import VerifyError
from publisher.html import links as html_links

MOST = 2000
"""At most this many addresses are opened."""


def visit(host: str, port: int, name: str, path: str, root: str) -> int:
    """Open a page and every page that can be reached from it by links, and return their number.

    The server is at `host` and `port`. `name` is the Host header. Every answer has to come from `root`, and every link
    has to stay below `path`. Raises VerifyError for the first answer or link that is wrong.
    """
    seen, todo = {path}, [path]
    connection = http.client.HTTPConnection(host, port, timeout=20)
    while todo:
        here = todo.pop()
        connection.request("GET", here, headers={"Host": name})
        answer = connection.getresponse()
        data = answer.read()
        where = f"http://{name}{here}"
        if answer.status != 200:
            raise VerifyError(
                where, f"the gateway answered {answer.status}", hint="correct the link that leads to this page"
            )
        if not answer.getheader("X-Ipfs-Roots", "").startswith(root):
            raise VerifyError(where, f"the page is not from {root}", hint="run again")
        if "html" in answer.getheader("Content-Type", ""):
            for link in links(data.decode("utf-8"), here):
                if not link.startswith(path):
                    raise VerifyError(
                        where, f"the page has a link that leaves the site: {link}", hint="correct the link"
                    )
                if link not in seen and len(seen) < MOST:
                    seen.add(link)
                    todo.append(link)
    connection.close()
    return len(seen)


def links(html: str, base: str) -> Iterator[str]:
    """Yield the path of each link that stays on the host of its page. `base` is the path of the page."""
    for link in (each.text.strip() for each in html_links.links(html)):
        if not urlsplit(link).scheme and not link.startswith(("//", "#")):
            target = urljoin(base, urlsplit(link)._replace(fragment="", query="").geturl())
            yield target or base
