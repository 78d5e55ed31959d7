"""What an address of a service may hold."""

import pytest

from publisher.errors import ConfigError
from publisher.http.auth import check_url


@pytest.mark.parametrize("url", ["http://a.example", "https://a.example:9094/path", "http://[::1]:1/"])
def test_an_address_is_a_scheme_a_host_a_port_and_a_path(url: str) -> None:
    check_url("here", "api", url)


@pytest.mark.parametrize("more", ["/?x", "/#x", "/?x#x"])
def test_an_address_has_neither_a_query_nor_a_fragment(more: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_url("here", "api", f"https://a.example{more}")
    assert caught.value.message.startswith("api: ")


@pytest.mark.parametrize("who", ["user@", ":word@", "user:word@"])
def test_an_address_holds_no_credentials(who: str) -> None:
    with pytest.raises(ConfigError):
        check_url("here", "api", f"https://{who}a.example")
