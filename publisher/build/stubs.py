"""Make small pages at the old addresses of articles. Each page leads to the present address of its article."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

from publisher.build.inputs import FILE
from publisher.build.rows import Rows, pack_link, unpack_link
from publisher.dag.unixfs import Link, Profile, add_file
from publisher.hashing import digest
from publisher.site.links.same_names import above, all_folded, folded
from publisher.site.settings import SiteSettings
from publisher.site.structure.old_addresses import OldAddress, stub


def add_stubs(
    old: Collection[OldAddress], taken: Collection[str], site: SiteSettings, profile: Profile, rows: Rows
) -> dict[str, Link]:
    """Return the link of a page for each old address, by its file. `taken` are the files of the site.

    There is no page if the site has another file at the old address. There is no page either if the old address differs
    from a file only in capital letters, because some file systems cannot hold both. Then only the rule in `_redirects`
    leads to the present address. Raises StateError if the cache cannot be written.
    """
    links: dict[str, Link] = {}
    if not old:
        return links
    used = all_folded(taken)
    folders = {folder for file in used for folder in above(file)}
    for each in old:
        name = folded(each.file)
        if name in used or name in folders or not used.isdisjoint(above(name)):
            continue
        used.add(name)
        folders.update(above(name))
        data = stub(each, site.url)
        key = digest(profile.name, sha256(data).digest())  # add_files uses the same keys
        row = rows.one(FILE, key)
        if row is None:
            links[each.file] = link = add_file([data], profile, rows.cache.put)
            rows.keep(FILE, {key: pack_link(link)})
        else:
            links[each.file] = unpack_link(row)
    return links
