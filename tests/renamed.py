"""Runs code with libraries whose private parts have other names, as a later version might have them.

The names are changed in the source of the library before it is imported, everywhere in it: so the library itself is
whole, and only who counts on the old name is not.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

HOME = Path(__file__).resolve().parents[1]


def run(code: str, renamed: Mapping[str, Mapping[str, str]] | None = None, gone: Sequence[str] = ()) -> str:
    """What this code prints, in a process of its own. `renamed`: library -> old name -> new one. `gone`: modules that
    are not there."""
    given = json.dumps({"code": code, "renamed": renamed or {}, "gone": list(gone)})
    env = {**os.environ, "PYTHONPATH": str(HOME)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.renamed"], input=given, capture_output=True, text=True, env=env, cwd=HOME
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Renamed(SourceFileLoader):
    """A module whose source has other names."""

    names: Mapping[str, str] = {}

    def get_code(self, fullname: str) -> CodeType:
        text = self.get_data(self.path).decode()
        for old, new in self.names.items():
            text = re.sub(rf"\b{old}\b", new, text)
        return compile(text, self.path, "exec", dont_inherit=True)


class Finder:
    """Stands before Python's own."""

    def __init__(self, renamed: Mapping[str, Mapping[str, str]], gone: Sequence[str]) -> None:
        self._renamed, self._gone = renamed, gone

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name in self._gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        top = name.split(".")[0]
        spec = PathFinder.find_spec(name, path) if top in self._renamed else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            loader = Renamed(name, spec.loader.path)
            loader.names = self._renamed[top]
            spec.loader = loader
        return spec


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    sys.meta_path.insert(0, Finder(asked["renamed"], asked["gone"]))
    exec(compile(asked["code"], "<test>", "exec"), {"__name__": "__test__"})
