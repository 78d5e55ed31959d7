"""With a session that cannot be limited, no node is asked."""

from types import SimpleNamespace

import pytest
import requests

from publisher.errors import ConfigError
from publisher.stores.kubo import http_session
from tests.renamed import run

OPENED = """
import time
from publisher.errors import ConfigError
from publisher.stores.kubo.address import address
from publisher.stores.kubo.rpc import open_rpc
try:
    print(open_rpc("kubo", address("kubo", "http://127.0.0.1:5001"), None, 5.0, time.sleep))
except ConfigError as error:
    print(error, error.hint)
"""


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("ipfshttpclient", "_client"),
        ("ipfshttpclient", "_session"),
        ("ipfshttpclient", "open_session"),
        ("ipfshttpclient", r"self\.poolmanager"),
        ("requests", "iter_content"),
        ("requests", "stream"),
    ],
)
def test_without_a_session_that_can_be_limited_no_node_is_asked(library: str, name: str) -> None:
    said = run(OPENED, {library: {name: "self._renamed" if "self" in name else "_renamed"}})
    assert "the session of this version cannot be limited" in said
    assert http_session.WORKS in said


def test_without_a_way_to_limit_connections_no_node_is_asked() -> None:
    both = {one: {"pool_classes_by_scheme": "_kinds"} for one in ("urllib3", "ipfshttpclient")}
    assert "does not let its connections be limited" in run(OPENED, both)
    assert "Rpc(" in run(OPENED)


def test_a_session_of_another_library_is_none_that_can_be_limited() -> None:
    client = SimpleNamespace(_client=SimpleNamespace(open_session=lambda: None, _session=SimpleNamespace(adapters={})))
    with pytest.raises(ConfigError, match="cannot be limited"):
        http_session._inside("kubo", client)
    client._client._session = requests.Session()
    http_session._inside("kubo", client)
