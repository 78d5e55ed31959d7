"""Settings of a node."""

import pytest

from publisher.errors import ConfigError
from publisher.stores import kubo
from tests.stores.opening import store_context
from tests.stores.sites import Blocks

SECRETS = {"PUBLISH_USER": "user", "PUBLISH_PASSWORD": "a long password", "PUBLISH_TOKEN": "a long token"}


@pytest.mark.parametrize(
    ("settings", "good"),
    [
        (kubo.KuboSettings(), True),
        (kubo.KuboSettings(token_env="PUBLISH_TOKEN"), True),
        (kubo.KuboSettings(user_env="PUBLISH_USER", password_env="PUBLISH_PASSWORD"), True),
        (kubo.KuboSettings(user_env="PUBLISH_USER"), False),
        (kubo.KuboSettings(password_env="PUBLISH_PASSWORD"), False),
        (kubo.KuboSettings(token_env="PUBLISH_TOKEN", user_env="PUBLISH_USER"), False),
        (kubo.KuboSettings(timeout=0.0), False),
    ],
)
def test_settings_that_exclude_or_need_each_other_open_nothing(settings: kubo.KuboSettings, good: bool) -> None:
    def connect() -> None:
        kubo.connect("local", settings, store_context(SECRETS, Blocks()))

    for call in (connect, lambda: kubo.check(settings)):
        if good:
            call()
        else:
            with pytest.raises(ConfigError):
                call()
