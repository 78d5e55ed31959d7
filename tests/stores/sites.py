"""Small sites made of blocks in memory."""

from collections.abc import Iterable, Mapping

from publisher.dag import tree
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.unixfs import MODERN, Link
from publisher.errors import BlockMissing


class Blocks:
    """A place for blocks, which is also a shelf."""

    def __init__(self) -> None:
        self.data: dict[Cid, bytes] = {}
        self.roots: dict[Cid, str] = {}

    def put(self, block: Block) -> None:
        self.data[block.cid] = block.data

    def get(self, cid: Cid) -> bytes:
        if cid not in self.data:
            raise BlockMissing("blocks", f"{cid} is not here")
        return self.data[cid]

    def has(self, cid: Cid) -> bool:
        return cid in self.data

    def pin(self, root: Cid, name: str) -> None:
        self.roots[root] = name

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        return frozenset(root for root, called in self.roots.items() if name in (None, called))

    def unpin(self, root: Cid, name: str) -> bool:
        held = self.roots.get(root) == name
        if held:
            del self.roots[root]
        return held

    def site(self, pages: Mapping[str, bytes]) -> Cid:
        """A site whose files are one block each."""
        links = {}
        for path, text in pages.items():
            block = Block(Cid.make(Codec.RAW, sha256(text)), text)
            self.put(block)
            links[path] = Link(block.cid, len(text))
        return tree.add_tree(links, MODERN, self.put).cid


def pages(count: int, edited: Iterable[int] = (), size: int = 2000) -> dict[str, bytes]:
    """`count` pages of about `size` bytes; those in `edited` have other words."""
    changed = set(edited)
    return {
        f"posts/{n}/index.html": (f"<p>第 {n} 篇{'，改过' if n in changed else ''}</p>\n").encode().ljust(size, b".")
        for n in range(count)
    }
