"""Who may import whom: the table of the rooms, held by reading the code."""

import ast
import statistics
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import publisher

HOME = Path(publisher.__file__).parent

GROUND = (
    "errors",
    "formatting",
    "report",
    "findings",
    "hashing",
    "regular_files",
    "toml_positions",
    "secrets",
    "concurrency",
    "html",
)
"""What every room may stand on: it knows nothing of sites, blocks, stores or names."""

EVERYWHERE = "fast_dataclass"
"""Every module may import this one, because it replaces a module of the standard library."""

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    # Folder, or module at the top: what of ours it may import beside itself, a folder standing for all below it.
    # The longest name that fits a module counts.
    "": (),
    "fast_dataclass": (),
    "errors": (),
    "formatting": (),
    "terminal": ("formatting",),
    "report": ("errors", "findings", "formatting", "terminal"),
    "findings": ("errors",),
    "hashing": ("errors",),
    "regular_files": ("errors",),
    "toml_positions": (),
    "secrets": ("errors",),
    "concurrency": ("errors",),
    "html": (),
    "http": GROUND,
    "dag": GROUND,
    "journal": (*GROUND, "dag"),
    "cache": (*GROUND, "dag"),
    "retrieval": (*GROUND, "http", "dag", "cache"),
    "stores": (*GROUND, "http", "dag", "retrieval"),
    "names": (*GROUND, "http", "dag", "journal.events", "journal.history"),
    "site": GROUND,
    "build": (*GROUND, "dag", "cache", "site"),
    "ci": (*GROUND, "http", "dag", "diff"),
    "intake": (*GROUND, "dag"),
    "diff": (*GROUND, "dag"),
    "explain": (*GROUND, "dag"),
    "gateway": (*GROUND, "dag", "retrieval"),
    "deploy": (*GROUND, "dag", "journal", "retrieval", "stores.base", "names.base"),
    "doctor": (*GROUND, "http", "dag", "journal", "retrieval", "stores.base", "names.base"),
    "config": (
        *GROUND,
        "build",
        "ci.settings",
        "deploy",
        "http.auth",
        "site.fault_levels",
        "site.permalinks",
        "site.settings",
        "site.structure_settings",
        "site.structure_tables",
        "stores.base",
        "stores.kinds",
        "names.base",
        "names.kinds",
    ),
    "devnet": (),
    "app": ("",),
    "cli": ("",),
}
OPENED = ("stores", "names", "cache", "journal")
"""What only `app` opens: the command line parses, calls and reports."""
VALUES = ("stores.base.Receipt", "names.base.NameOutcome")
"""Of these rooms, plain values whose kind the command line has to tell apart."""
HEAVY = [
    "web3",
    "ens",
    "eth_account",
    "ipfshttpclient",
    "uvicorn",
    "watchfiles",
    "markdown",
    "comrak",
    "jinja2",
    "pygments",
]
HEAVY += ["eth_tester", "math_core", "requests", "yaml", "dns", "merman"]


def modules() -> list[Path]:
    return sorted(HOME.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(HOME).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str:
    """The longest name of the table that is the module, or a folder above it."""
    fits = [room for room in MAY_IMPORT if not room or module == room or module.startswith(room + ".")]
    return max(fits, key=len)


def folder_of(module: str, packages: frozenset[str]) -> str:
    return module if module in packages or "." not in module else module.rpartition(".")[0]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def statements(tree: ast.Module, *, types: bool) -> Iterator[ast.AST]:
    """Every statement, however deep; without `types` none of what is imported for types alone."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        if types or not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                todo += getattr(node, name, ())


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


@cache
def imported_by(path: Path, *, types: bool = True) -> tuple[str, ...]:
    """What a module imports anywhere in it; without `types` only what it imports when it runs."""
    return tuple(imports(statements(tree_of(path), types=types)))


def at_import(tree: ast.Module) -> Iterator[str]:
    """What importing the module imports: not what stands in functions or under TYPE_CHECKING."""
    yield from imports(tree.body)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    module = name_of(path)
    room = room_of(module)
    allowed = (*MAY_IMPORT[room], *((room,) if room else ()), EVERYWHERE)
    for target in imported_by(path):
        if target.split(".")[0] != "publisher":
            continue
        inner = target.removeprefix("publisher").lstrip(".")
        if not inner or inner == "__version__":
            continue
        ok = any(not room or inner == room or inner.startswith(room + ".") for room in allowed)
        assert ok, f"{module} imports {target}"


def test_every_room_is_in_the_table() -> None:
    assert {name_of(path).split(".")[0] for path in modules()} <= set(MAY_IMPORT)


def test_few_files_of_tests_stand_loose_at_the_top() -> None:
    """The folders of tests mirror those of the package. Tests of the repository itself are in `project`."""
    assert len(list(Path(__file__).parent.glob("test_*.py"))) <= 15


def test_few_modules_stand_loose_at_the_top() -> None:
    assert len([path for path in HOME.glob("*.py") if path.name != "__init__.py"]) <= 8


def test_nobody_imports_the_command_line() -> None:
    for path in modules():
        if room_of(name_of(path)) != "cli":
            for target in imported_by(path):
                assert not f"{target}.".startswith("publisher.cli."), f"{name_of(path)} imports {target}"


def test_no_two_folders_import_each_other() -> None:
    """Of a folder and one inside it this is no matter: they are one room."""
    packages = frozenset(name_of(path) for path in modules() if path.name == "__init__.py")
    names = frozenset(map(name_of, modules()))
    seen: dict[tuple[str, str], str] = {}
    for path in modules():
        here = folder_of(name_of(path), packages)
        for target in imported_by(path):
            inner = target.removeprefix("publisher").lstrip(".")
            if not target.startswith("publisher"):
                continue
            there = folder_of(inner if inner in names else inner.rpartition(".")[0], packages)
            if here != there and not f"{here}.".startswith(f"{there}.") and not f"{there}.".startswith(f"{here}."):
                seen.setdefault((here, there), f"{name_of(path)} imports {target}")
    both = [(seen[pair], seen[pair[::-1]]) for pair in seen if pair[::-1] in seen and pair[0] < pair[1]]
    assert not both


def test_no_module_is_in_a_cycle() -> None:
    graph: dict[str, set[str]] = {name_of(path): set() for path in modules()}
    for path in modules():
        for target in imported_by(path, types=False):
            inner = target.removeprefix("publisher").lstrip(".")
            if target.startswith("publisher."):
                graph[name_of(path)].add(inner if inner in graph else inner.rpartition(".")[0])
    done: set[str] = set()
    while len(done) < len(graph):
        free = {name for name, needs in graph.items() if name not in done and needs - {name, ""} <= done}
        assert free, f"a cycle among {sorted(set(graph) - done)}"
        done |= free


@pytest.mark.parametrize("room", ["app", "cli", "config", "errors", "deploy", "report", "journal", "dag", "secrets"])
def test_heavy_libraries_are_imported_only_by_the_function_that_needs_them(room: str) -> None:
    for path in modules():
        if name_of(path).split(".")[0] == room:
            for target in at_import(tree_of(path)):
                assert target.split(".")[0] not in HEAVY, f"{name_of(path)} imports {target}"


def test_files_of_the_command_line_are_short() -> None:
    for path in (HOME / "cli").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 150, name_of(path)


def test_a_command_parses_calls_and_reports_in_few_lines() -> None:
    files = [path for path in (HOME / "cli" / "commands").glob("*.py") if path.name != "__init__.py"]
    assert statistics.median(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 60


@pytest.mark.parametrize("folder", ["commands", "text"])
def test_the_command_line_opens_nothing(folder: str) -> None:
    """No store, name, cache or journal: it imports none, and asks the session for none."""
    for path in (HOME / "cli" / folder).glob("*.py"):
        for target in imported_by(path, types=False):
            inner = target.removeprefix("publisher.")
            allowed = inner in VALUES or not target.startswith("publisher.") or inner.split(".")[0] not in OPENED
            assert allowed, f"{name_of(path)} imports {target}"
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "session":
                assert node.attr not in (*OPENED, "pinners", "shelf"), f"{name_of(path)} opens {node.attr}"
