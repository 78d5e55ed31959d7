"""Follow a path from a root, block by block, through folders (also sharded ones) and the links of DAG-CBOR blocks."""

from __future__ import annotations

from publisher.dag import dag_cbor, walk
from publisher.dag.cid import Cid, Codec, Get
from publisher.dag.node import load
from publisher.fast_dataclass import dataclass
from publisher.gateway.context import BlockReader
from publisher.gateway.message import ResponseReady, plain
from publisher.gateway.path import ContentPath

FOLDERS = ("folder", "shard")


@dataclass(frozen=True, slots=True)
class Traversed:
    """The target of a path: its node, and the CIDs on the path. The last CID is the CID of the target."""

    cids: tuple[Cid, ...]
    node: walk.Node

    @property
    def cid(self) -> Cid:
        """The CID of the target."""
        return self.cids[-1]

    @property
    def is_folder(self) -> bool:
        """Whether the target is a folder."""
        return self.node.kind in FOLDERS


def path_cids(get: BlockReader, content_path: ContentPath) -> tuple[Cid, ...]:
    """Return the CID of the root, and one CID for each name of the path.

    A name inside a DAG-CBOR block has the CID of this block. A name that leads to a link has the CID of the link.
    Raises PathMissing if a name does not exist, Malformed if a block is malformed, and ResponseReady with 501 if the
    path ends at a DAG-CBOR value that is not a link. Exceptions of `get` pass through.
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
    """Return the target of a path.

    Raises Unsupported if the target is not UnixFS. Raises PathMissing, Malformed and ResponseReady as `path_cids` does.
    """
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
