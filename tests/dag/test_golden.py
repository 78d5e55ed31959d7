"""Roots that Kubo 0.43 gave once, kept so that every machine holds them without it.

To add a tree: put it into golden.json with empty roots; `python -m tests.dag.test_golden` asks a Kubo for them.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from publisher.dag.unixfs import PROFILES
from tests.dag import trees
from tests.dag.kubo import repo

PLACE = Path(__file__).with_name("golden.json")
GOLDEN: list[dict[str, Any]] = json.loads(PLACE.read_text("utf-8"))
INIT = {"unixfs-v1-2025": "test,unixfs-v1-2025", "unixfs-v0-2015": "test"}


def grow(case: dict[str, Any]) -> trees.Tree:
    """`files`: path -> [text, zero bytes after it], null: an empty folder; `many`: arguments of entries()."""
    files = {path: c if c is None else (c[0].encode(), c[1]) for path, c in case.get("files", {}).items()}
    return {**files, **(trees.entries(*case["many"]) if "many" in case else {})}


@pytest.mark.parametrize("profile", list(PROFILES.values()), ids=lambda p: p.name)
@pytest.mark.parametrize("case", GOLDEN, ids=lambda c: c["name"])
def test_the_root_is_the_one_that_kubo_gave(case: dict[str, Any], profile: Any) -> None:
    assert trees.root(grow(case), profile) == case["roots"][profile.name]


def ask() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        for profile, init in INIT.items():
            kubo = repo(Path(temporary) / profile, init)
            for number, case in enumerate(GOLDEN):
                folder = Path(temporary) / f"{profile}-{number}"
                trees.write(grow(case), folder)
                case.setdefault("roots", {})[profile] = kubo.root(folder)
    PLACE.write_text(json.dumps(GOLDEN, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    ask()
