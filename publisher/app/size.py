"""Count and report the size of a root, for every command that makes or sends a root."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING

from publisher import __version__
from publisher.formatting import count, volume

if TYPE_CHECKING:
    from publisher.build import BuildResult
    from publisher.cache.store import Cache
    from publisher.dag.cid import Cid, Get
    from publisher.dag.walk import Measure
    from publisher.report import Report

MEASURED = "measure"


def describe(report: Report, cache: Cache, root: Cid, built: BuildResult | None = None, get: Get | None = None) -> None:
    """Report the size of `root`. `built` is the build that just made it, or None.

    After a build, blocks and bytes are counted only for JSON output. `get` reads the blocks. Without `get`, they are
    read from the cache.
    """
    report.add("root", str(root))
    if built is not None and not report.json:
        report.add("pages", built.pages)
        report.add("files", built.files)
        report.say(f"{count(built.pages, 'page')}, {count(built.files, 'file')}: {root}")
        return
    size = measured(cache, root, get or cache.get_verified)
    for key in ("pages", "files", "blocks", "bytes"):
        report.add(key, getattr(size, key))
    report.say(f"{count(size.pages, 'page')}, {count(size.files, 'file')}, {volume(size.bytes)}: {root}")


def measured(cache: Cache, root: Cid, get: Get) -> Measure:
    """Return the size of a root. The cache keeps the result, because counting 5,000 pages takes 0.1 s.

    `get` returns the bytes of a block. Raises BlockMissing if `get` cannot find a block.
    """
    from publisher.dag import walk

    if row := cache.recall(MEASURED, root.raw + __version__.encode()):
        return walk.Measure(*json.loads(row))
    size = walk.measure(get, root)
    remember_size(cache, root, size)
    return size


def remember_size(cache: Cache, root: Cid, size: Measure) -> None:
    """Write the size of a root to the cache."""
    cache.remember(MEASURED, root.raw + __version__.encode(), json.dumps(astuple(size)).encode())
    cache.commit()
