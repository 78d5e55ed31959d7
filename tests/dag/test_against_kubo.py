"""Our roots are those of a real Kubo 0.43: it is the judge of every byte that a root is made of."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from publisher.dag.node import node
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import LEGACY, MODERN, Profile
from tests.dag import trees
from tests.dag.kubo import Repo, repo

# A link with a name of 128 bytes or more has 46 others: (252 + 46) * 879 + (152 + 46) + 4 bytes of data = 262,144.
MODERN_EDGE = [trees.entries(880, 252, last) for last in (151, 152, 153)]
# Names and CIDs of 34 bytes: (34 + 222) * 1024 = 262,144.
LEGACY_EDGE = [trees.entries(1024, 222, last) for last in (221, 222, 223)]


@pytest.fixture(scope="module")
def modern(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return repo(tmp_path_factory.mktemp("modern"), "test,unixfs-v1-2025")


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return repo(tmp_path_factory.mktemp("stock"), "test")


def differing(kubo: Repo, folder: Path, wanted: list[trees.Tree], profile: Profile) -> dict[str, trees.Tree]:
    """The trees whose roots are not the same; writes them below `folder` first."""
    named = {f"t{n:03}": tree for n, tree in enumerate(wanted)}
    for name, tree in named.items():
        trees.write(tree, folder / name)
    theirs = kubo.roots(folder)
    assert set(theirs) == set(named)
    return {name: tree for name, tree in named.items() if trees.root(tree, profile) != theirs[name]}


def test_300_random_trees_have_the_roots_of_kubo(modern: Repo, tmp_path: Path) -> None:
    random = Random(20250305)
    many = trees.entries(4100, 24, 24) | {f"{n:05}/index.html": (b"%d" % n, 0) for n in range(300)}
    wanted = [trees.tree(random, MODERN.chunk_size) for _ in range(296)]
    assert not differing(modern, tmp_path / "batch", [*wanted, many, *MODERN_EDGE], MODERN)


def test_60_random_trees_have_the_roots_of_stock_kubo_in_the_2015_profile(stock: Repo, tmp_path: Path) -> None:
    random = Random(2015)
    many = trees.entries(7000, 12, 12)
    sizes = {f"{n}": (b"", LEGACY.chunk_size * 174 + n) for n in (-1, 0, 1)}
    wanted = [trees.tree(random, LEGACY.chunk_size) for _ in range(55)]
    assert not differing(stock, tmp_path / "batch", [*wanted, many, sizes, *LEGACY_EDGE], LEGACY)


@pytest.mark.parametrize("extra", [0, 1])
def test_a_file_of_1024_chunks_and_of_one_byte_more(modern: Repo, tmp_path: Path, extra: int) -> None:
    tree: trees.Tree = {"large": (b"head", (1 << 30) - 4 + extra)}
    assert not differing(modern, tmp_path / "batch", [tree], MODERN)


@pytest.mark.parametrize("chunks", [1, 2, 3, 4, 8, 9, 10, 27, 28, 81, 82, 100])
def test_deep_layouts_have_the_roots_of_kubo(modern: Repo, tmp_path: Path, chunks: int) -> None:
    data = Random(chunks).randbytes(chunks * 64 - 5)
    (tmp_path / "file").write_bytes(data)
    narrow = replace(MODERN, chunk_size=64, file_max_links=3)
    theirs = modern.root(tmp_path / "file", "--chunker=size-64", "--max-file-links=3")
    link = trees.links({"file": (data, 0)}, narrow)["file"]
    assert link is not None
    assert str(link.cid) == theirs


def test_the_edges_are_edges() -> None:
    for edge, profile in ((MODERN_EDGE, MODERN), (LEGACY_EDGE, LEGACY)):
        kinds = []
        for tree in edge:
            blocks = trees.Blocks()
            top = add_tree(trees.links(tree, profile, blocks.emit), profile, blocks.emit)
            kinds.append(node(blocks.get, top.cid).kind)
        assert kinds == ["folder", "folder", "shard"]
