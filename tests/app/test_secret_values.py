"""What is searched for on behalf of a site."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from publisher.app.secret_values import search_for
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
