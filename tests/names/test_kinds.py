"""Every kind of name is opened by its name. The type checker holds their modules to one shape."""

import pytest

from publisher.names import ens
from publisher.names.base import NameKind
from publisher.names.kinds import KINDS, name_kind

NAMES: dict[str, NameKind] = {"ens": ens}


def test_each_kind_is_opened_by_its_name() -> None:
    assert {kind: name_kind(kind) for kind in KINDS} == NAMES
    with pytest.raises(KeyError):
        name_kind("kubo")


@pytest.mark.parametrize("signer", ["", "env:PUBLISH_KEY", "keystore:key.json", "calldata"])
def test_a_kind_tells_whether_its_settings_name_a_signer(signer: str) -> None:
    assert name_kind("ens").has_signer(ens.EnsSettings("example.eth", ("https://rpc.example",), signer=signer)) is bool(
        signer
    )
