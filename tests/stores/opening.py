"""What the tests hand to a store when they open it."""

from collections.abc import Callable, Mapping

from publisher.stores.base import BlockStore, StoreContext


def store_context(
    secrets: Mapping[str, str], blocks: BlockStore, proxy: Callable[[str], str] = lambda url: ""
) -> StoreContext:
    """Every variable may go to every host: which may go where is a matter of `publisher.secrets.hosts`."""

    def credential(variable: str, url: str, also: tuple[str, ...] = ()) -> str:
        return secrets[variable]

    return StoreContext(secrets.__getitem__, credential, blocks, proxy)
