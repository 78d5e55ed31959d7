"""Write a new site into a folder. Every other command works with this site."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from publisher.app.new_article import quoted, write_new
from publisher.errors import ConfigError
from publisher.secrets.own_files import CONFIG_FILE

CONFIG = """[site]
title = {title}
language = "en"                        # the language of the pages and menus, such as "zh" for Chinese
author = ""
id = "{id}"    # the ids in the feed are made from it: keep it when the site moves
# url = "https://example.eth.limo/"    # the canonical address; by default made from the first name

[stores.local]
kind = "kubo"                          # your own IPFS node
api = "/ip4/127.0.0.1/tcp/5001"

# [names.main]
# kind = "ens"
# name = "example.eth"
# rpc = ["https://rpc.example.org"]    # any Ethereum end point
# signer = "env:PUBLISH_KEY"           # the name of the variable that holds the key, never the key
"""
FIRST = """---
title: Hello
date: {today}
tags: [first]
---

This is the first article. Edit it, or write another with `publish new "A title"`.

- `publish preview` shows the site while you write,
- `publish build` prints the root it has on IPFS,
- `publish` puts it on your node.
"""
ABOUT = """---
title: About
---

Who writes here, and why. This page is reached from the menu; [the first article](posts/hello.md) is a post.
"""
IGNORED = ".publish/\n_site/\n"


def new_site(home: Path, new_id: Callable[[], UUID] = uuid4) -> None:
    """Write the files of a new site into the folder `home`. Files that exist are left as they are.

    `new_id` returns an id that no other site has. Raises ConfigError if the folder has a site already, or if a file
    cannot be written.
    """
    if (home / CONFIG_FILE).exists():
        raise ConfigError(str(home), "this folder holds a site already", hint="run `publish preview` to see the site")
    today = datetime.now(UTC).date().isoformat()
    title = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", home.resolve().name).strip() or "A site"
    files = {
        "content/posts/hello.md": FIRST.format(today=today),
        "content/about.md": ABOUT,
        ".gitignore": IGNORED,
        CONFIG_FILE: CONFIG.format(title=quoted(title), id=new_id()),
    }
    for name, text in files.items():
        if not (home / name).exists():
            write_new(home / name, text)
