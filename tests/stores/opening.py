"""What the tests hand to a store when they open it."""

from collections.abc import Callable, Mapping

from publisher.stores.base import Means, Shelf


def means(secrets: Mapping[str, str], shelf: Shelf, proxy: Callable[[str], str] = lambda url: "") -> Means:
    """Every variable may go to every host: which may go where is a matter of `publisher.secrets`."""

    def credential(variable: str, url: str, also: tuple[str, ...] = ()) -> str:
        return secrets[variable]

    return Means(secrets.__getitem__, credential, shelf, proxy)
