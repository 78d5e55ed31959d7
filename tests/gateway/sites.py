"""A small site as blocks, for the tables of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.dag import tree, unixfs
from publisher.dag.cid import Block, Cid
from publisher.dag.unixfs import MODERN, Link, Profile
from publisher.errors import BlockMissing
from publisher.gateway.message import Request, Response


@dataclass(slots=True)
class Blocks:
    """Blocks in memory, which may be lost."""

    held: dict[Cid, bytes] = field(default_factory=dict)
    asked: list[Cid] = field(default_factory=list)

    def get(self, cid: Cid) -> bytes:
        self.asked.append(cid)
        if cid not in self.held:
            raise BlockMissing("memory", f"block {cid} is not here")
        return self.held[cid]

    def emit(self, block: Block) -> None:
        self.held[block.cid] = block.data

    def add(self, files: Mapping[str, bytes], profile: Profile = MODERN) -> Cid:
        """The root of a folder with these files; a path that ends with a slash is an empty folder."""
        return self._folder(dict(files), profile).cid

    def _folder(self, files: dict[str, bytes], profile: Profile) -> Link:
        entries: dict[str, Link] = {}
        below: dict[str, dict[str, bytes]] = {}
        for path, data in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {}).update({rest: data} if rest else {})
            else:
                entries[name] = unixfs.add_file([data], profile, self.emit)
        entries.update({name: self._folder(inner, profile) for name, inner in below.items()})
        return tree.add_folder(entries, profile, self.emit)


DIGITS = b"0123456789"
SITE: Mapping[str, bytes] = {
    "index.html": b"<h1>home</h1>",
    "404.html": b"<h1>not here</h1>",
    "docs/index.html": b"<h1>docs</h1>",
    "plain/digits.txt": DIGITS,
    "plain/empty.txt": b"",
    "plain/style.css": b"b{}",
    "plain/100% a+b&c.txt": b"odd",
    "plain/LICENSE": b"Free.\n",
    "plain/noext": b"<!doctype html><p>x",
    "文章/你好 世界.html": "<h1>你好</h1>".encode(),
    "empty/": b"",
    "photo.PNG": b"\x89PNG\r\n\x1a\n",
}
REDIRECTS = b"""# ways that once led somewhere
/old /docs/ 301
/defaulted /docs/
/see/* /plain/:splat 200
/post/:year/:slug /docs/:slug?y=:year 302
/out https://example.org/x 307
/left/* /docs/:splat 303
/gone /404.html 410
/law /404.html 451
/lost /missing.html 404
/nopage /plain/ 404
/folder /docs 200
/* /404.html 404
"""


def get(path: str, host: str = "127.0.0.1:8080", *, method: str = "GET", **headers: str) -> Request:
    """A request as a browser sends it: headers by their names with _ for -."""
    path, _, query = path.partition("?")
    return Request(method, host, path, query, {name.replace("_", "-"): value for name, value in headers.items()})


def body(response: Response) -> bytes:
    return b"".join(response.body)  # type: ignore[arg-type]
