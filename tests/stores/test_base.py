"""What a store is handed."""

from publisher.stores.base import Upload
from tests.stores.sites import Blocks, pages


def test_older_roots_are_those_that_are_at_hand_and_another_root() -> None:
    blocks = Blocks()
    root, first, second, lost = (blocks.site(pages(count)) for count in (1, 2, 3, 4))
    del blocks.data[lost]
    assert list(Upload(root, "site", blocks.get, (first, lost, root, second)).older()) == [first, second]
    assert list(Upload(root, "site", blocks.get).older()) == []
