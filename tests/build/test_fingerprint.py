"""What every key of the memo begins with: a change of any code that makes pages makes them anew."""

import ast
from pathlib import Path

import publisher
from publisher.build.fingerprint import LIBRARIES, ROOMS, code, versions

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


def test_libraries_are_told_by_the_folders_that_describe_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for name in ("Markdown-3.7.dist-info", "pymdown_extensions-10.1.dist-info", "other-1.dist-info", "Jinja2"):
        (first / name).mkdir(parents=True)
    for name in ("markdown-2.0.dist-info", "Pygments-2.18-py3.11.egg-info"):
        (second / name).mkdir(parents=True)
    found = versions([str(first), str(tmp_path / "not there"), str(second)])
    assert sorted(line.split()[0] for line in found) == sorted(LIBRARIES)
    told = dict(line.split() for line in found)
    assert (told["markdown"], told["pymdown_extensions"], told["pygments"]) == ("3.7", "10.1", "2.18")
    assert told["jinja2"] == "unknown"


def test_a_place_that_is_not_there_holds_no_library(tmp_path: Path) -> None:
    assert versions([str(tmp_path / "not there")]) == [f"{library} unknown" for library in LIBRARIES]


def test_the_key_changes_with_the_name_and_with_the_bytes_of_any_file(tmp_path: Path) -> None:
    room = tmp_path / ROOMS[0]
    file = room if room.suffix else room / "a.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    seen = {code(tmp_path)}
    for data in (b"a", b"b", b"a\n"):
        file.write_bytes(data)
        seen.add(code(tmp_path))
    if not room.suffix:
        file.rename(room / "b.py")
        seen.add(code(tmp_path))
        (room / "b.pyc").write_bytes(b"x")
        assert code(tmp_path) in seen
    assert len(seen) == (4 if room.suffix else 5)
