"""What every key of the memo begins with: a change of any code that makes pages makes them anew."""

import ast
from pathlib import Path

import publisher
from publisher.build.fingerprint import ROOMS

HOME = Path(publisher.__file__).parent
KEEPS = {"cache"}
"""What keeps results and has no part in them."""


def imported(module: str) -> set[str]:
    """The modules of ours that a module names in its imports, wherever they stand."""
    path = HOME / (module.replace(".", "/") + ".py")
    path = path if path.is_file() else HOME / module.replace(".", "/") / "__init__.py"
    if not path.is_file():
        return set()
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("publisher."):
            inner = node.module.removeprefix("publisher.")
            found |= {inner, *(f"{inner}.{alias.name}" for alias in node.names)}
    return found


def test_the_rooms_of_the_fingerprint_are_there() -> None:
    assert [room for room in ROOMS if not (HOME / room).exists()] == []


def test_all_code_that_a_build_can_reach_is_in_every_key() -> None:
    seen: set[str] = set()
    waiting = ["build.build"]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            if module.split(".")[0] not in KEEPS:
                waiting += imported(module)
    reached = {module.split(".")[0] for module in seen}
    assert reached - KEEPS <= {Path(room).stem for room in ROOMS}
