"""Follow a path from a root, block by block: through folders, sharded or not, and the links of DAG-CBOR."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.dag import dag_cbor, walk
from publisher.dag.cid import Cid, Codec, Get
from publisher.dag.node import load
from publisher.gateway.context import BlockReader
from publisher.gateway.message import ResponseReady, plain
from publisher.gateway.path import ContentPath

FOLDERS = ("folder", "shard")


@dataclass(frozen=True, slots=True)
class Traversed:
    """The target of a path: the CIDs of the folders on the way, its own CID last, and its node."""

    cids: tuple[Cid, ...]
    node: walk.Node

    @property
    def cid(self) -> Cid:
        """The CID of the target."""
        return self.cids[-1]

    @property
    def is_folder(self) -> bool:
        """Whether the target has entries."""
        return self.node.kind in FOLDERS


def path_cids(get: BlockReader, content_path: ContentPath) -> tuple[Cid, ...]:
    """Return the root's CID and, for each name of the path, the CID that it leads to or into.

    Raises PathMissing, ResponseReady with 501 if a name leads to a DAG-CBOR value that is no link, and what `get`
    raises.
    """
    cids = [content_path.root]
    at, names = 0, content_path.segments
    while at < len(names):
        cid = cids[-1]
        if cid.codec == Codec.DAG_CBOR:
            link, passed = _through(get, content_path, cid, names[at:])
            cids += [cid] * (passed - 1)
            cids.append(link)
            at += passed
        else:
            cids.append(get.resolve(cid, names[at]))
            at += 1
    return tuple(cids)


def follow(get: BlockReader, content_path: ContentPath) -> Traversed:
    """Return the target of a path. Raises PathMissing, ResponseReady, and Unsupported if it is not a file system."""
    cids = path_cids(get, content_path)
    return Traversed(cids, walk.node(get, cids[-1]))


def _through(get: Get, content_path: ContentPath, cid: Cid, names: tuple[str, ...]) -> tuple[Cid, int]:
    try:
        link, passed = dag_cbor.follow(load(get, cid), names, cid)
    except LookupError:
        raise walk.PathMissing(content_path.root, "/".join(content_path.segments)) from None
    except walk.Malformed as error:
        raise type(error)(f"{cid}: {error}") from None
    if link is None:
        raise ResponseReady(
            plain(501, f"{'/'.join(names)} of {cid} is a value inside of a block: only links are followed")
        )
    return link, passed
