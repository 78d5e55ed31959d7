"""Define the session of one command line. It has the options, and opens the objects that a command uses."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.fast_dataclass import dataclass, field
from publisher.report import Report
from publisher.secrets.own_files import CONFIG_FILE, STATE

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.errors import PublishError
    from publisher.journal.log import Journal
    from publisher.names.base import NameContext, NameService
    from publisher.secrets.hosts import Secrets
    from publisher.secrets.scan import SecretSearch
    from publisher.stores.base import BlockStore, Pinner, Store, StoreContext


@dataclass(slots=True)
class Session:
    """The options of one run. Each object, such as the cache, is opened when a command calls its method."""

    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    site: Path = Path()
    config: Path | None = None
    report: Report = field(default_factory=lambda: Report(sys.stdout, sys.stderr, os.environ))
    _cache: Cache | None = None
    _cache_pool: CachePool | None = None

    def set(self, name: str, value: Any) -> None:
        """Set a global option by its name."""
        if name in ("site", "config"):
            setattr(self, name, value)
        else:
            setattr(self.report, name, value)

    def has_site(self) -> bool:
        """Return whether there is a site: publish.toml exists, or --config names a file.

        The file of --config may be missing. `settings()` then raises the error.
        """
        return self.config is not None or (self.site / CONFIG_FILE).exists()

    def settings(self) -> Config:
        """Read and return the configuration. Raises ConfigError if it is missing or has a fault."""
        from publisher.config import load

        return load(self.site, self.config)

    def secrets(self, settings: Config | None) -> Secrets:
        """Return the reader of the variables that publish.toml names.

        The reader withholds a secret from a host that was not confirmed. After this call, the report shows no secret.
        """
        from publisher.app.secret_values import conceal
        from publisher.config import variables
        from publisher.journal.log import make_folder
        from publisher.names.kinds import name_kind
        from publisher.secrets.hosts import HostRecord, Secrets
        from publisher.secrets.tracked import is_tracked

        def read(variable: str) -> str:
            return self.env.get(variable, "")

        self.report.conceal = conceal(settings, read)

        def is_signer(key: bytes) -> bool:
            entries = settings.names if settings is not None else ()
            return any(name_kind(entry.kind).signs(entry.settings, self.site, key, read) for entry in entries)

        signing = [each.name for each in variables(settings) if each.signs] if settings is not None else []
        confirm = self.report.ask if self.report.can_ask() else None
        record = HostRecord(self.state, make_folder, is_tracked)
        # Every forge sets this variable. A job of a forge runs on a new machine, which has no record of earlier runs.
        in_pipeline = self.env.get("CI", "") not in ("", "false")
        return Secrets(self.env, record, tuple(signing), is_signer, confirm, self.report.say, not in_pipeline)

    def store_context(self, settings: Config, blocks: BlockStore | None = None) -> StoreContext:
        """Return the values that a store needs when it is opened. `blocks` takes the place of the site's cache."""
        from publisher.stores.base import StoreContext as Opening

        secrets = self.secrets(settings)
        return Opening(secrets.address, secrets.credential, self.cache_pool() if blocks is None else blocks, self.proxy)

    def name_context(self, settings: Config | None, sleep: Callable[[float], None] = time.sleep) -> NameContext:
        """Return the values that a name service needs when it is opened. `sleep` waits for a number of seconds."""
        from publisher.names.base import NameContext as Opening

        secrets, told = self.secrets(settings), set[str]()

        def warn_once(line: str) -> None:
            # Several names may have the same end point, and each of them would warn about it.
            if line not in told:
                told.add(line)
                self.report.warn(line)

        ask = self.report.ask
        return Opening(secrets.signer, self.site, time.monotonic, sleep, secrets.address, ask, warn_once)

    def secret_search(self, settings: Config, *, remember: bool = True) -> SecretSearch:
        """Return the search for the values of the variables that `settings` names, and for texts that look like a key.

        With `remember`, the cache records which files were searched.
        """
        from publisher.app.secret_values import search_for

        return search_for(settings, lambda name: self.env.get(name, ""), self.cache() if remember else None)

    def proxy(self, url: str) -> str:
        """Return the URL of the proxy that the environment names for `url`, or an empty string if it names none."""
        from publisher.http.proxies import proxy_for

        return proxy_for(self.env, url)

    @property
    def state(self) -> Path:
        """Return the path of the folder `.publish`, which has the journal and the cache."""
        return self.site / STATE

    @property
    def cache_folder(self) -> Path:
        """Return the path of the cache's folder. The folder may not exist yet."""
        return self.state / "cache"

    def cache(self) -> Cache:
        """Return the cache of blocks and build results. The first call opens it.

        Raises StateError if it cannot be opened.
        """
        if self._cache is None:
            from publisher.cache.store import Cache

            self._cache = Cache(self.cache_folder, warn=self.report.warn)
        return self._cache

    def has_cache(self) -> bool:
        """Return whether the cache exists. A command that only reads asks this first, because `cache()` creates it."""
        from publisher.cache.sqlite import FILE

        return (self.cache_folder / FILE).exists()

    def release_cache(self) -> None:
        """Close the cache. The next call of `cache()` opens it again."""
        if self._cache_pool is None and self._cache is not None:
            self._cache.commit()
            self._cache.close()
            self._cache = None

    def cache_pool(self) -> CachePool:
        """Return the cache for several threads. Each thread gets a connection of its own."""
        self.cache().commit()
        if self._cache_pool is None:
            self._cache_pool = CachePool(self.cache_folder, self.cache())
        return self._cache_pool

    def journal(self) -> Journal:
        """Return the journal of this folder."""
        from publisher.journal.log import Journal

        return Journal(self.state)

    def stores(self, settings: Config) -> tuple[Store, ...]:
        """Open and return the configured stores that receive blocks. Raises ConfigError if one cannot be opened."""
        from publisher.stores.kinds import KINDS, store_kind

        context, places = self.store_context(settings), [entry for entry in settings.stores if entry.kind in KINDS]
        return tuple(store_kind(place.kind).connect(place.label, place.settings, context) for place in places)

    def pinners(self, settings: Config) -> tuple[Pinner, ...]:
        """Open and return the configured pinners, which receive a CID. Raises ConfigError if one cannot be opened."""
        from publisher.stores.kinds import PINNERS, pinner_kind

        context, places = self.store_context(settings), [entry for entry in settings.stores if entry.kind in PINNERS]
        return tuple(pinner_kind(place.kind).connect(place.label, place.settings, context) for place in places)

    def names(self, settings: Config) -> tuple[NameService, ...]:
        """Open and return the configured names. Raises ConfigError if one cannot be opened."""
        from publisher.names.kinds import name_kind

        context = self.name_context(settings)
        return tuple(name_kind(entry.kind).connect(entry.settings, context) for entry in settings.names)

    def close(self) -> None:
        """Close the cache and its connections."""
        if self._cache_pool is not None:
            self._cache_pool.close()
            self._cache_pool = None
        if self._cache is not None:
            self._cache.close()
            self._cache = None


class CachePool:
    """The cache for several threads. It opens one SQLite connection for each thread.

    Its methods raise StateError if the cache cannot be opened. After `close`, they raise Interrupted in every thread
    except the one that made the pool.
    """

    def __init__(self, folder: Path, own: Cache) -> None:
        self._folder = folder
        self._own = own
        self._owner = threading.get_ident()
        self._local = threading.local()
        self._opened: list[PooledCache] = []
        self._lock = threading.Lock()
        self._closed = False

    def get(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Raises BlockMissing if the cache does not have it."""
        with self.here() as cache:
            return cache.get(cid)

    def get_verified(self, cid: Cid) -> bytes:
        """Return the bytes of a block after hashing them. Raises BlockMissing if the block is absent or damaged."""
        with self.here() as cache:
            return cache.get_verified(cid)

    def has(self, cid: Cid) -> bool:
        """Return whether the cache has the block. The block is not read."""
        with self.here() as cache:
            return cache.has(cid)

    def pin(self, root: Cid, name: str) -> None:
        """Pin a root under a name."""
        with self.here() as cache:
            cache.pin(root, name)

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """Return the pinned roots. With `name`, return only the roots that are pinned under this name."""
        with self.here() as cache:
            return cache.pins(name)

    def unpin(self, root: Cid, name: str) -> bool:
        """Remove the pin of `root` under `name` and return whether there was one. The blocks stay in the cache."""
        with self.here() as cache:
            return cache.unpin(root, name)

    def close(self) -> None:
        """Close the connections of the other threads, each after its current read.

        After Ctrl-C these threads still run. SQLite crashes the process if a connection is closed while it is in use.
        """
        with self._lock:
            self._closed = True
        for opened in self._opened:
            with opened.lock:
                opened.cache.close()

    @contextmanager
    def here(self) -> Iterator[Cache]:
        """Yield the connection of the calling thread. After `close`, raise Interrupted in every other thread."""
        if threading.get_ident() == self._owner:
            yield self._own
            return
        pooled = self._thread_cache()
        with pooled.lock:
            if self._closed:
                raise _stopped()
            yield pooled.cache

    def _thread_cache(self) -> PooledCache:
        found: PooledCache | None = getattr(self._local, "cache", None)
        if found is None:
            from publisher.cache.store import Cache as Opened

            with self._lock:
                if self._closed:
                    raise _stopped()
                found = self._local.cache = PooledCache(Opened(self._folder, threads=True))
                self._opened.append(found)
        return found


@dataclass(frozen=True, slots=True)
class PooledCache:
    """The connection of one thread, and the lock that the thread holds while it uses it."""

    cache: Cache
    lock: threading.Lock = field(default_factory=threading.Lock)


def _stopped() -> PublishError:
    """Return the error for a thread that still reads after the end of the run. No caller waits for its result."""
    from publisher.errors import Interrupted

    return Interrupted("publish", "the run has ended", hint="run again")
