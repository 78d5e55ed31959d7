"""Who may import whom: the table of the rooms, held by reading the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import publisher

HOME = Path(publisher.__file__).parent

MAY_IMPORT = {
    # room: what of ours it may import. A name stands for the module and all below it.
    "": [],
    "errors": [],
    "events": [],
    "environment": [],
    "secrets": ["errors"],
    "tracked": [],
    "findings": [],
    "forking": [],
    "threads": ["forking"],
    "site": ["errors", "memo", "site"],
    "dag": ["errors", "dag"],
    "stores": ["errors", "events", "findings", "dag", "stores"],
    "names": ["errors", "events", "findings", "dag", "names"],
    "gateway": ["errors", "dag", "gateway"],
    "config": ["errors", "regular", "build", "deploy", "keeping", "site.model", "stores.base", "names.base", "secrets"],
    "journal": ["errors", "events"],
    "cachefile": ["errors"],
    "cache": ["errors", "dag", "cachefile"],
    "sweeping": ["errors", "dag", "cache"],
    "bulk": ["errors", "dag", "cache", "cachefile"],
    "memo": ["errors"],
    "regular": [],
    "report": ["errors", "events"],
    "verify": ["errors", "dag"],
    "roots": ["errors", "events", "dag"],
    "intake": ["errors", "dag", "forking", "regular", "site.private", "site.rawhtml", "site.search", "intake"],
    "past": ["errors", "events", "dag", "names.base"],
    "keeping": ["errors", "events", "dag", "past", "stores.base", "names.base"],
    "diff": ["errors", "dag", "diff"],
    "fetching": ["errors", "dag", "stores.base", "threads"],
    "machine": ["errors", "events", "findings"],
    "doctor": ["errors", "findings", "dag", "stores.base", "names.base", "threads"],
    "explain": ["errors", "dag", "explain"],
    "build": ["errors", "dag", "forking", "site", "cache", "memo", "regular", "build"],
    "observe": ["errors", "events", "dag", "stores.base", "names.base", "threads"],
    "deploy": ["errors", "events", "dag", "stores.base", "names.base", "verify", "observe", "holding"],
    "holding": ["errors", "events", "dag", "stores.base", "names.base", "verify", "witness", "observe", "threads"],
    "witness": ["errors", "dag", "verify"],
    "devnet": ["devnet"],
    "cli": [""],
}
HEAVY = [
    "web3",
    "ens",
    "eth_account",
    "ipfshttpclient",
    "uvicorn",
    "rich",
    "watchfiles",
    "markdown",
    "jinja2",
    "pygments",
]
HEAVY += ["eth_tester", "latex2mathml", "requests", "yaml", "dns"]


def modules() -> list[Path]:
    return sorted(HOME.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(HOME).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str:
    return module.split(".")[0]


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


class _Running(ast.NodeTransformer):
    """The code without what is imported for types alone."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" else node


def at_import(tree: ast.Module) -> Iterator[str]:
    """What importing the module imports: not what stands in functions or under TYPE_CHECKING."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(ast.Module([node], []))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    module = name_of(path)
    allowed = MAY_IMPORT[room_of(module)]
    for target in imports(ast.parse(path.read_text(encoding="utf-8"))):
        if target.split(".")[0] != "publisher":
            continue
        inner = target.removeprefix("publisher").lstrip(".")
        if not inner or inner == "__version__":
            continue
        ok = any(not room or inner == room or inner.startswith(room + ".") for room in allowed)
        assert ok, f"{module} imports {target}"


def test_every_room_is_in_the_table() -> None:
    assert {room_of(name_of(path)) for path in modules()} <= set(MAY_IMPORT)


def test_no_module_is_in_a_cycle() -> None:
    graph: dict[str, set[str]] = {name_of(path): set() for path in modules()}
    for path in modules():
        for target in imports(_Running().visit(ast.parse(path.read_text(encoding="utf-8")))):
            inner = target.removeprefix("publisher").lstrip(".")
            if target.startswith("publisher."):
                graph[name_of(path)].add(inner if inner in graph else inner.rpartition(".")[0])
    done: set[str] = set()
    while len(done) < len(graph):
        free = {name for name, needs in graph.items() if name not in done and needs - {name, ""} <= done}
        assert free, f"a cycle among {sorted(set(graph) - done)}"
        done |= free


@pytest.mark.parametrize("room", ["cli", "config", "errors", "events", "deploy", "observe", "report", "journal", "dag"])
def test_heavy_libraries_are_imported_only_by_the_function_that_needs_them(room: str) -> None:
    for path in modules():
        if room_of(name_of(path)) == room:
            for target in at_import(ast.parse(path.read_text(encoding="utf-8"))):
                assert target.split(".")[0] not in HEAVY, f"{name_of(path)} imports {target}"
