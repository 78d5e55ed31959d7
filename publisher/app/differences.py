"""Compare two roots, or the published root with a new build of the site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.build_options import BuildOptions
from publisher.app.building import build_site
from publisher.app.context import Session
from publisher.app.replace_file import must_be_beside, must_be_free, replacing
from publisher.app.root_arguments import find, public, reading
from publisher.errors import StoreRefused

if TYPE_CHECKING:
    from publisher.dag.cid import Cid, Get
    from publisher.diff import Difference

PAGE = "page of `publish diff`"


def differences(session: Session, a: str | None, b: str | None, html: Path | None) -> Difference:
    """Return the changes from root `a` to root `b`.

    If `a` is None, the first root is the one that the name shows. If `b` is None, the second root is a new build of the
    site's folder. With `html`, both versions are written side by side into that file. Raises ConfigError, ContentError,
    StoreError and NamingError.
    """
    if html is not None:
        must_be_ours(session, html)
    old, new = roots_to_compare(session, a, b)
    get = reading(session, old or new, new if b is None else None)
    found = difference(session, old, new, get)
    if html is not None:
        write_html(session, found, html, get)
    return found


def roots_to_compare(session: Session, a: str | None, b: str | None) -> tuple[Cid | None, Cid]:
    """Return the two roots that `a` and `b` mean. The first is None if nothing was published yet.

    Raises ConfigError, ContentError, StoreError and NamingError.
    """
    if a is not None and b is not None:
        return find(session, a), find(session, b)
    settings = session.settings()
    new = build_site(session, settings, BuildOptions(lenient=True)).root
    return (public(session, settings) if a is None else find(session, a)), new


def difference(session: Session, old: Cid | None, new: Cid, get: Get) -> Difference:
    """Return the changes from root `old` to root `new`. `get` reads their blocks.

    Raises StoreRefused for a root that is not a site, and BlockMissing from `get`.
    """
    from publisher.dag.walk import Malformed
    from publisher.diff import compare, folded

    try:
        found = folded(compare(get, old, new))
    except Malformed as error:
        raise StoreRefused("publish diff", str(error), hint="give two roots that are folders of files") from error
    session.cache().commit()
    return found


def must_be_ours(session: Session, path: Path) -> None:
    """Raise ConfigError if the new file would replace a file of another kind, or become a part of the site."""
    from publisher.diff.sidebyside import START

    must_be_free(path, lambda file: file.read(len(START.encode())) == START.encode(), PAGE, "changes.html")
    if session.has_site():
        must_be_beside(session, session.settings(), path)


def write_html(session: Session, found: Difference, path: Path, get: Get | None = None) -> None:
    """Write the page with both versions to `path`. The old file is replaced only when the new one is complete.

    Raises ConfigError if the file cannot be written.
    """
    from publisher.diff.sidebyside import document

    page = document(get or reading(session, found.old or found.new), found)
    with replacing(path) as file:
        file.write(page.encode("utf-8", "replace"))
    session.report.add("html", str(path))
    session.report.say(f"side by side: {path}")
