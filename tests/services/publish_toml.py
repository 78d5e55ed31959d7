"""The settings of a site whose pages go to a node, and whose name `demo.eth` is on a chain of the test."""

import json


def publish_toml(*rpc: str, api: str = "", name: str = "demo.eth") -> str:
    """The text of a publish.toml. `rpc` are the end points. Without `api`, the store is the cache of the site."""
    store = f'kind = "kubo"\napi = "{api}"' if api else 'kind = "embedded"'
    return f"""[site]
title = "Demo"

[stores.local]
{store}

[names.main]
kind = "ens"
name = "{name}"
rpc = {json.dumps(rpc)}
chain-id = 31337
signer = "env:PUBLISH_KEY"
"""
