"""From which stores the gateway fetches blocks."""

import io
from pathlib import Path

import pytest

from publisher.app.context import Session
from publisher.app.gateway_options import GatewayOptions
from publisher.app.serving import upstreams_of
from publisher.report import Report

SITE = """[site]
title = "A"
[stores.far]
kind = "pinning"
api = "http://127.0.0.1:1"
gateway = "http://127.0.0.1:2"
token-env = "PUBLISH_ABSENT"
[stores.broken]
kind = "kubo"
api = "http://127.0.0.1:3"
token-env = "PUBLISH_ABSENT_TOO"
[stores.near]
kind = "kubo"
api = "http://127.0.0.1:4"
[deploy]
gateways = ["http://127.0.0.1:5"]
"""


@pytest.mark.parametrize("has_token", [False, True])
def test_a_store_whose_secret_is_missing_is_told_and_the_others_are_asked(tmp_path: Path, has_token: bool) -> None:
    (tmp_path / "publish.toml").write_text(SITE, "utf-8")
    said = io.StringIO()
    env = {"PUBLISH_ABSENT": "token"} if has_token else {}
    session = Session(env=env, site=tmp_path, report=Report(io.StringIO(), said, {}))
    labels = [upstream.label for upstream in upstreams_of(session, session.settings(), GatewayOptions())]
    assert labels == ["near", *(["far"] if has_token else []), "gateway http://127.0.0.1:5"]
    assert "broken is not asked for blocks" in said.getvalue()
    assert ("far is not asked for blocks" in said.getvalue()) != has_token
