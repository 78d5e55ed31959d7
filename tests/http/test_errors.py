"""Every exception of the library beneath becomes an error of ours that says what to do."""

import http.client
import inspect
import ssl

import pytest
import urllib3
import urllib3.exceptions

from publisher.errors import StoreError, StoreRefused, StoreUnreachable
from publisher.http.errors import FOREIGN, ServiceCall, translate

ASKED = ServiceCall("friends", "IPFS Cluster", "http://host:9094", 60.0, False, "see `api`", "GET /version")


def foreign_classes() -> list[type[Exception]]:
    """All that urllib3 and what is beneath it define."""
    found = []
    for module in (urllib3.exceptions, http.client):
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, Exception) and not issubclass(one, Warning) and one.__module__ == module.__name__:
                found.append(one)
    return found


@pytest.mark.parametrize("kind", foreign_classes(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_exception_of_the_library_is_in_the_map(kind: type[Exception]) -> None:
    made = kind.__new__(kind)
    Exception.__init__(made, "secret-key-in-a-url")
    assert isinstance(made, FOREIGN)
    ours = translate(made, ASKED)
    assert isinstance(ours, StoreRefused | StoreUnreachable)
    assert ours.who == "friends"
    assert ours.hint


@pytest.mark.parametrize(
    ("theirs", "ours", "words_in_it"),
    [
        (TimeoutError("timed out"), StoreUnreachable, "did not answer GET /version within 60 s"),
        (ConnectionResetError(104, "reset"), StoreUnreachable, "broke during GET /version"),
        (ssl.SSLError(1, "wrong version number"), StoreRefused, "no secure connection"),
        (UnicodeError("label too long"), StoreUnreachable, "no such host"),
        (http.client.BadStatusLine("SSH-2.0"), StoreRefused, "this is no IPFS Cluster"),
        (urllib3.exceptions.InvalidHeader("x"), StoreUnreachable, "broke"),
    ],
)
def test_an_exception_becomes_what_the_reader_should_do(
    theirs: Exception, ours: type[StoreError], words_in_it: str
) -> None:
    error = translate(theirs, ASKED)
    assert type(error) is ours
    assert words_in_it in str(error)
