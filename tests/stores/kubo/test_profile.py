"""Which profile a node's own `add` follows, by what it says of itself."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from publisher.dag.unixfs import LEGACY, MODERN, PROFILES, Profile, add_file
from publisher.stores.kubo.profile import SAMPLES, USUAL, _plain, own_profile
from publisher.stores.kubo.rpc import Rpc

OTHER = "UnixFSHAMTDirectorySizeThreshold"


def follows(profile: Profile, settings: object) -> str | None:
    """What is found out of a node that makes small files by a profile and shows these settings."""
    roots = {name: str(add_file([data], profile, lambda block: None).cid) for name, data in SAMPLES.items()}
    node = SimpleNamespace(
        hashed=lambda files, timeout: roots,
        ask=lambda *words, timeout: SimpleNamespace(objects=[{"Value": settings}]),
        call_info=SimpleNamespace(timeout=1.0),
    )
    return own_profile(cast(Rpc, cast(Any, node)))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_node_that_shows_nothing_is_taken_by_its_small_files(profile: Profile) -> None:
    assert follows(profile, None) == profile.name


@pytest.mark.parametrize("size", [262144, "262144", "256KiB", "256 KiB", "256kib", "256Ki", "262144B"])
def test_a_length_is_the_same_however_it_is_written(size: object) -> None:
    assert LEGACY.hamt_threshold == 262144
    assert follows(LEGACY, dict(USUAL) | {OTHER: size}) == LEGACY.name


@pytest.mark.parametrize("size", [262143, "256KB", "256K", "1MiB", "255KiB", "much"])
def test_another_length_is_another_profile(size: object) -> None:
    assert follows(LEGACY, dict(USUAL) | {OTHER: size}) == ""


def test_a_mebibyte_is_1024_kibibytes() -> None:
    assert [_plain(size) for size in ("1MiB", "1024KiB", "1 mib", 1 << 20)] == [1 << 20] * 4


def test_settings_that_are_not_shown_are_the_usual_ones() -> None:
    assert follows(LEGACY, {}) == LEGACY.name
    assert follows(LEGACY, {OTHER: None}) == LEGACY.name
    assert follows(MODERN, {}) == ""
