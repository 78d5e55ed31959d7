"""The cache as a store."""

import pytest

from publisher.errors import BlockMissing, CidMismatch
from publisher.stores import embedded
from publisher.stores.base import Store, StoreContext, Upload
from tests.stores.sites import Blocks, pages


def silent(done: int, total: int) -> None:
    """No progress bar."""


def no_secret(name: str, *url: str) -> str:
    raise AssertionError(f"{name} was asked for")


def open_store(shelf: Blocks) -> Store:
    return embedded.connect("here", embedded.EmbeddedSettings(), StoreContext(no_secret, no_secret, shelf))


def test_a_root_is_held_once_it_is_kept() -> None:
    shelf = Blocks()
    root = shelf.site(pages(5))
    store = open_store(shelf)
    assert not store.held(root)
    receipt = store.put(Upload(root, "站点", shelf.get), silent)
    assert (receipt.store, receipt.kind, receipt.status, receipt.root) == ("here", "embedded", "pinned", root)
    assert store.held(root)
    assert shelf.roots == {root: "站点"}


def test_whichever_block_is_lost_the_root_is_no_longer_held() -> None:
    shelf = Blocks()
    root = shelf.site(pages(3))
    store = open_store(shelf)
    store.put(Upload(root, "site", shelf.get), silent)
    for cid, data in list(shelf.data.items()):
        del shelf.data[cid]
        assert not store.held(root)
        shelf.data[cid] = data
    assert store.held(root)


def test_an_incomplete_root_is_not_kept() -> None:
    shelf = Blocks()
    root = shelf.site(pages(3))
    lost = next(cid for cid in shelf.data if cid.codec == 0x55)
    del shelf.data[lost]
    with pytest.raises(BlockMissing, match=str(lost)) as caught:
        open_store(shelf).put(Upload(root, "site", shelf.get), silent)
    assert "publish add" in caught.value.hint
    assert shelf.roots == {}


def test_whichever_block_is_damaged_the_root_is_not_kept() -> None:
    shelf = Blocks()
    root = shelf.site(pages(3))
    for cid, data in list(shelf.data.items()):
        shelf.data[cid] = data + b"!"
        with pytest.raises(CidMismatch, match=str(cid)) as caught:
            open_store(shelf).put(Upload(root, "site", shelf.get), silent)
        assert "--fresh" in caught.value.hint
        assert shelf.roots == {}
        shelf.data[cid] = data


def test_a_damaged_block_is_not_handed_out() -> None:
    shelf = Blocks()
    root = shelf.site(pages(1))
    shelf.data[root] += b"!"
    read = open_store(shelf).reader()
    assert read is not None
    with pytest.raises(CidMismatch):
        read(root)


def test_pins_are_those_of_exactly_this_name_and_only_they_are_let_go() -> None:
    shelf = Blocks()
    mine, other = shelf.site(pages(1)), shelf.site(pages(2))
    store = open_store(shelf)
    store.put(Upload(mine, "site", shelf.get), silent)
    store.put(Upload(other, "site-2", shelf.get), silent)
    assert store.pins("site") == {mine}
    assert not store.unpin(other, "site", frozenset())
    assert store.held(other)
    assert store.unpin(mine, "site", frozenset())
    assert not store.held(mine)
    assert not store.unpin(mine, "site", frozenset())


def test_the_doctor_names_a_kept_root_that_is_not_whole() -> None:
    shelf = Blocks()
    root = shelf.site(pages(2))
    store = open_store(shelf)
    store.put(Upload(root, "site", shelf.get), silent)
    assert [finding.level for finding in store.examine()] == ["ok", "note"]
    lost = next(cid for cid in shelf.data if cid.codec == 0x55)
    del shelf.data[lost]
    first, *_ = store.examine()
    assert (first.level, str(lost) in first.what) == ("warning", True)
    shelf.data[root] += b"!"
    first, *_ = store.examine()
    assert "hash to something else" in first.what


def test_a_root_with_a_damaged_folder_is_not_held_until_it_is_put_right() -> None:
    shelf = Blocks()
    root = shelf.site(pages(3))
    store = open_store(shelf)
    store.put(Upload(root, "site", shelf.get), silent)
    good = dict(shelf.data)
    folders = [cid for cid in good if cid.codec != 0x55]
    assert root in folders
    for cid in folders:
        shelf.data[cid] = good[cid] + b"!"
        assert store.held(root) is False
        shelf.data[cid] = good[cid]
        assert store.held(root) is True
