"""What is searched for on behalf of a site."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest

from publisher.app.secret_values import conceal, search_for
from publisher.config import load
from publisher.secrets.scan import SecretSearch

NAME = '[names.main]\nkind = "ens"\nname = "demo.eth"\nrpc = ["http://127.0.0.1:1"]\nsigner = "keystore:key.json"\n'
STORE = '[stores.far]\nkind = "kubo"\napi = "http://127.0.0.1:1"\nuser-env = "PUBLISH_USER"\n'
USER, PASSWORD, OTHER = "somebody.or.other", "correct horse battery staple", "another long pass phrase"


def search(folder: Path, config: str, values: Mapping[str, str]) -> SecretSearch:
    (folder / "publish.toml").write_text(config)
    return search_for(load(folder, None), lambda name: values[name], None)


def test_a_password_without_a_user_is_searched_for_by_itself(tmp_path: Path) -> None:
    config = NAME + 'password-env = "PUBLISH_PASSWORD"\n'
    found = search(tmp_path, config, {"PUBLISH_PASSWORD": PASSWORD})
    assert found.text(f"x {PASSWORD} x")
    assert not found.text("x")


def test_a_password_with_a_user_is_searched_for_as_a_header_has_both_too(tmp_path: Path) -> None:
    config = STORE + 'password-env = "PUBLISH_PASSWORD"\n' + NAME + 'password-env = "PUBLISH_OTHER"\n'
    values = {"PUBLISH_USER": USER, "PUBLISH_PASSWORD": PASSWORD, "PUBLISH_OTHER": OTHER}
    found = search(tmp_path, config, values)
    assert found.text(PASSWORD)
    assert found.text(OTHER)
    assert found.text(b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    assert not found.text(b64encode(f"{USER}:{OTHER}".encode()).decode())
    assert not found.text(USER)


def concealed(folder: Path, values: Mapping[str, str], text: str) -> str:
    config = STORE + 'password-env = "PUBLISH_PASSWORD"\n' + NAME + 'password-env = "PUBLISH_OTHER"\n'
    (folder / "publish.toml").write_text(config)
    return conceal(load(folder, None), lambda name: values.get(name, ""))(text)


@pytest.mark.parametrize("short", ["hunter-2", "Hunter22", "hunter2!hunter2"])
def test_a_short_value_is_concealed_in_what_is_printed_and_not_searched_for_in_files(
    short: str, tmp_path: Path
) -> None:
    assert (
        concealed(tmp_path, {"PUBLISH_OTHER": short}, f"you sent {short}.") == "you sent (the value of PUBLISH_OTHER)."
    )
    found = search(tmp_path, NAME + 'password-env = "PUBLISH_OTHER"\n', {"PUBLISH_OTHER": short})
    assert not found.text(f"you sent {short}.")


@pytest.mark.parametrize("ordinary", ["hunter2", "localhost", "password", "20261130", "PUBLISH"])
def test_a_word_or_a_number_or_a_very_short_value_stays(ordinary: str, tmp_path: Path) -> None:
    assert concealed(tmp_path, {"PUBLISH_OTHER": ordinary}, f"at {ordinary}") == f"at {ordinary}"


def test_a_short_password_is_concealed_as_a_header_has_it_too(tmp_path: Path) -> None:
    header = b64encode(b"me:hunter-2").decode().rstrip("=")
    values = {"PUBLISH_USER": "me", "PUBLISH_PASSWORD": "hunter-2"}
    assert concealed(tmp_path, values, f"Basic {header}") == "Basic (the value of PUBLISH_PASSWORD, as base64)"


def test_a_value_that_is_a_part_of_a_longer_one_leaves_nothing_of_it(tmp_path: Path) -> None:
    values = {"PUBLISH_USER": "me", "PUBLISH_PASSWORD": "hunter-2", "PUBLISH_OTHER": "hunter-2-and-more-of-it"}
    for swapped in (values, values | {"PUBLISH_PASSWORD": values["PUBLISH_OTHER"], "PUBLISH_OTHER": "hunter-2"}):
        assert "more" not in concealed(tmp_path, swapped, "hunter-2-and-more-of-it")
