"""Hidden names that are no part of any site."""

import pytest

from publisher.secrets.file_names import kept_back


@pytest.mark.parametrize(
    ("name", "kept"), [(".git", True), (".ssh", True), (".publish", True), (".well-known", False), ("git", False)]
)
def test_what_tools_and_keys_keep_beside_a_site_is_kept_back(name: str, kept: bool) -> None:
    assert kept_back(name) is kept
