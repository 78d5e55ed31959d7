"""Services that are known by their name."""

from publisher.deploy.settings import DeploySettings
from publisher.stores.pinning.presets import PRESETS, Preset


def test_a_token_may_go_to_every_host_of_its_service() -> None:
    assert Preset("https://a.example", "there").hosts == ("https://a.example",)
    assert Preset("https://a.example", "there", ("https://b.example",)).hosts == (
        "https://a.example",
        "https://b.example",
    )


def test_no_gateway_of_anybody_is_built_in() -> None:
    # A gateway may end, and then nobody could publish. So an author names every gateway that is asked.
    assert DeploySettings().gateways == ()
    assert {preset.gateway for preset in PRESETS.values()} == {""}
