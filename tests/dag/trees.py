"""Random trees as values: written to a disk for one side, made into blocks for the other."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

from publisher.dag.cid import Block, Cid, Emit
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import Link, Profile, add_file

Content = tuple[bytes, int]
"""How a file begins, and how many zero bytes follow: large ones cost no disk and no memory."""

Tree = Mapping[str, Content | None]
"""Path -> content; a path that ends with / is an empty folder."""

_ZEROS = bytes(1 << 16)
_WORDS = [
    "a",
    "b",
    "index",
    "über",
    "文章",
    "日本語",
    "🙂",
    "e\u0301",
    "é",
    "x y",
    "%20",
    "&",
    "'",
    "Ω",
    "-n",
    "0",
    "A",
    "~",
]


class Blocks:
    """Blocks in memory: an emit and a get in one. Remembers what it was asked for."""

    def __init__(self) -> None:
        self.held: dict[Cid, bytes] = {}
        self.asked: list[Cid] = []

    def emit(self, block: Block) -> None:
        assert block.cid.matches(block.data)
        self.held[block.cid] = block.data

    def get(self, cid: Cid) -> bytes:
        self.asked.append(cid)
        return self.held[cid]


def discard(block: Block) -> None:
    """For roots alone."""


def chunks(content: Content) -> Iterator[bytes]:
    head, zeros = content
    yield head
    while zeros:
        part = _ZEROS[:zeros]
        zeros -= len(part)
        yield part


def links(tree: Tree, profile: Profile, emit: Emit = discard) -> dict[str, Link | None]:
    return {path: None if c is None else add_file(chunks(c), profile, emit) for path, c in tree.items()}


def root(tree: Tree, profile: Profile) -> str:
    return str(add_tree(links(tree, profile), profile, discard).cid)


def write(tree: Tree, folder: Path) -> None:
    folder.mkdir(parents=True)
    for path, content in tree.items():
        target = folder / path
        if content is None:
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.write(content[0])
            file.truncate(sum((len(content[0]), content[1])))


def name(random: Random) -> str:
    """Plain, dotted, non-ASCII and long names; never one that a disk would refuse."""
    words = "".join(random.choice(_WORDS) for _ in range(random.randint(1, 4))) + random.choice(
        ["", ".md", ".tar.gz", "."]
    )
    match random.randrange(8):
        case 0:
            words = "." + words
        case 1:
            words = ".." + words
        case 2:
            words = words * 40
    while len(words.encode()) > 255:
        words = words[:-1]
    return words if words.strip(".") else "x"


def content(random: Random, chunk: int) -> Content:
    head = random.randbytes(random.choice([0, 0, 1, 3, 12, 130, 300]))
    if random.randrange(25):
        return head, 0
    edge = chunk * random.choice([1, 1, 2, 3]) + random.choice([-1, 0, 1])
    return head, edge - len(head)


def tree(random: Random, chunk: int) -> Tree:
    """Up to some dozen files in folders of folders, empty ones too."""
    folders = [""]
    made: dict[str, Content | None] = {}
    taken: set[str] = set()
    for _ in range(random.choice([0, 1, 2, 5, 20, 60])):
        path = random.choice(folders) + name(random)
        if path in taken:
            continue
        taken.add(path)
        if random.randrange(4):
            made[path] = content(random, chunk)
        elif len(path) < 2000:
            folders.append(path + "/")
            made[path + "/"] = None
    return made


def entries(count: int, length: int, last: int) -> dict[str, Content | None]:
    """One folder of empty files with names of `length` bytes, the last one of `last`."""
    names = [f"{n:05}".ljust(length, "_") for n in range(count - 1)]
    return dict.fromkeys([*names, "z" * last], (b"", 0))
