"""Where the real services for tests are: built or installed once a machine by `make services`."""

import os
from pathlib import Path

import pytest

_PLACES = {"anvil": "chain/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"}


def services_folder() -> Path:
    """$GAZETH_SERVICES, or gazeth/services in the user's cache folder."""
    if given := os.environ.get("GAZETH_SERVICES"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazeth" / "services"


def binary(name: str) -> Path:
    """The program (ipfs, anvil, actionlint) or any file below the folder; the test is skipped where it is not there.

    With GAZETH_REQUIRE_SERVICES=1 it fails instead, so that CI cannot skip in silence.
    """
    path = services_folder() / _PLACES.get(name, name)
    if path.exists():
        return path
    reason = f"{name} is not in {services_folder()}: run `make services`"
    if os.environ.get("GAZETH_REQUIRE_SERVICES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
