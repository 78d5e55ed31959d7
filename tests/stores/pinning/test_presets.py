"""Services that are known by their name."""

from publisher.stores.pinning.presets import Preset


def test_a_token_may_go_to_every_host_of_its_service() -> None:
    assert Preset("https://a.example", "there").hosts == ("https://a.example",)
    assert Preset("https://a.example", "there", ("https://b.example",)).hosts == (
        "https://a.example",
        "https://b.example",
    )
