"""A pool of connections that cannot be limited, or tells nothing, is not used as if it could."""

import time

import pytest
import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from publisher.errors import ConfigError
from publisher.http import redirects
from publisher.http.limits import limit_heads
from publisher.http.redirects import GatewayConnections, RedirectRefused
from tests.http.test_redirects import leading


def test_a_pool_that_takes_no_other_connections_is_refused() -> None:
    class Stubborn(urllib3.PoolManager):
        def connection_from_host(
            self, host: str | None, *args: object, scheme: str | None = "http", **more: object
        ) -> HTTPConnectionPool:
            return (HTTPSConnectionPool if scheme == "https" else HTTPConnectionPool)(str(host))

    with pytest.raises(ConfigError, match="does not let its connections be limited"):
        limit_heads(Stubborn(), 1.0)
    limit_heads(urllib3.PoolManager(), 1.0)


def test_where_connections_do_not_tell_their_address_nobody_is_led_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redirects, "watch_peers", lambda pool, told: None)
    with leading("/elsewhere") as (url, asked):
        with pytest.raises(RedirectRefused, match="its own IP address is unknown"):
            GatewayConnections(url, urllib3.PoolManager).get(f"{url}/", {}, time.monotonic() + 5)
        assert len(asked) == 1
