"""What `publisher` touches of other people's libraries without being promised it, found by reading its source.

A private part is named `FILE: WHAT`, where WHAT is one of
    NAME            an attribute that begins with an underscore, whoever has it, or such a name given as a string
    CLASS.NAME      a part of a library's class that a class of ours inherits or overrides: one with an underscore; any
                    where the class stands in a module that the library does not document
    import NAME     a module or name that begins with an underscore, or such a module
    set NAME        an attribute of a library's object that is written to
    getattr(NAME)   an attribute of a library's object by a name that is made while the program runs
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import publisher

HOME = Path(publisher.__file__).parent

UNDOCUMENTED = ("uvicorn.protocols", "uvicorn.server", "ipfshttpclient.client", "ipfshttpclient.multipart")
"""Modules whose names look public, and which the library's own manual does not offer to anybody."""
OPEN_ENDED = frozenset({"uvicorn.Server"})
"""Classes of which the manual offers less than we use."""

NAMED_TUPLE = frozenset({"_replace", "_asdict", "_fields", "_make"})
"""Documented, in spite of their underscore."""
ELEMENT = frozenset({"text", "tail", "tag"})
"""Attributes of an element of a tree, which is Python's own."""
NAMING = frozenset({"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"})
"""Functions that are handed the name of an attribute."""
MANGLED = re.compile(r"_[A-Za-z]\w*?__\w*[A-Za-z0-9]")


def is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__")) and name != "_"


def own_modules() -> list[Path]:
    return sorted(HOME.rglob("*.py"))


@dataclass
class Module:
    """One file of ours: its tree, and what its imported names stand for."""

    where: str
    tree: ast.Module
    names: dict[str, str] = field(default_factory=dict)
    """Local name -> the full name of what was imported."""
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = list(ast.walk(self.tree))
        self.kinds = [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    @classmethod
    def parse(cls, where: str, text: str) -> Module:
        found = cls(where, ast.parse(text))
        for node in found.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found.names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.ClassDef):
                found.classes[node.name] = node
        return found

    def full(self, node: ast.expr) -> str:
        """The full name of an imported thing, or of an attribute of one; "" for anything else."""
        match node:
            case ast.Name(id=name):
                return self.names.get(name, "")
            case ast.Attribute(value=value, attr=attr):
                above = self.full(value)
                return f"{above}.{attr}" if above else ""
            case ast.Subscript(value=value):
                return self.full(value)
        return ""


def is_foreign(name: str) -> bool:
    """Whether a full name is of somebody else's library."""
    top = name.split(".")[0]
    return bool(top) and top != "publisher" and top not in sys.stdlib_module_names


def is_undocumented(name: str) -> bool:
    return name in OPEN_ENDED or any(f"{name}.".startswith(f"{each}.") for each in UNDOCUMENTED)


@dataclass(frozen=True)
class Sources:
    """All files of ours, and the classes of libraries that names made at run time stand for."""

    modules: tuple[Module, ...]
    dynamic: Mapping[str, str]
    """`FILE:CLASS` of a class whose base is not imported -> the full name of that base."""
    fields: frozenset[str]
    """Every attribute that a class of ours declares or sets on itself."""

    @classmethod
    def read(cls, texts: Mapping[str, str], dynamic: Mapping[str, str]) -> Sources:
        modules = tuple(Module.parse(where, text) for where, text in texts.items())
        names = {name for one in modules for node in one.kinds for name in fields_of(node)}
        return cls(modules, dynamic, frozenset(names))

    def private_parts(self) -> set[str]:
        """Everything that is found, by its name."""
        return {f"{one.where}: {what}" for one in self.modules for what in self._of(one)}

    def _of(self, module: Module) -> Iterator[str]:
        yield from imports(module)
        yield from by_string(module)
        yield from attributes(module)
        yield from written(module, self.fields)
        for node in module.kinds:
            for base in self._bases(module, node.name, node):
                yield from inherited(node, base, self._own(module, node))

    def _bases(self, module: Module, name: str, node: ast.ClassDef) -> Iterator[str]:
        """The full names of the library's classes below a class of ours, through others of ours."""
        for each in node.bases:
            full = module.full(each)
            if is_foreign(full):
                yield full
                continue
            key = f"{module.where}:{name}"
            if key in self.dynamic:
                yield self.dynamic[key]
                continue
            above = self._class(module, each)
            if above:
                yield from self._bases(above[0], above[1].name, above[1])
            elif not full and not (isinstance(each, ast.Name | ast.Subscript) and known_here(module, each)):
                raise AssertionError(f"{key} has a base that is made at run time: say in DYNAMIC which class it is")

    def _class(self, module: Module, node: ast.expr) -> tuple[Module, ast.ClassDef] | None:
        if isinstance(node, ast.Name) and node.id in module.classes:
            return module, module.classes[node.id]
        full = module.full(node)
        for other in self.modules:
            dotted = "publisher." + other.where.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            if full.rpartition(".")[0] == dotted and full.rpartition(".")[2] in other.classes:
                return other, other.classes[full.rpartition(".")[2]]
        return None

    def _own(self, module: Module, node: ast.ClassDef) -> set[str]:
        """What a class of ours, or one of ours below it, defines."""
        found = set(declared(node))
        for each in node.bases:
            above = self._class(module, each)
            if above:
                found |= self._own(*above)
        return found


def classes(tree: ast.AST) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def known_here(module: Module, node: ast.expr) -> bool:
    """A name of the language itself, such as Exception, or a class of this file."""
    import builtins

    top = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(top, ast.Name) and (hasattr(builtins, top.id) or top.id in module.classes)


def declared(node: ast.ClassDef) -> Iterator[str]:
    """What a class defines, in its body and on `self`."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield each.name
    yield from fields_of(node)


def fields_of(node: ast.ClassDef) -> Iterator[str]:
    """The same without methods."""
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
                if any(isinstance(target, ast.Name) and target.id == "__slots__" for target in targets):
                    yield from (one.value for one in ast.walk(each) if isinstance(one, ast.Constant))  # type: ignore[misc]
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and on_itself(inner.value):
            yield inner.attr


def on_itself(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id in ("self", "cls")) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def imports(module: Module) -> Iterator[str]:
    for node in module.nodes:
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in found:
            if is_foreign(name) and (any(map(is_private, name.split("."))) or is_undocumented(name)):
                yield f"import {name}"


def by_string(module: Module) -> Iterator[str]:
    """Names that are handed over as text."""
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=args) if called in NAMING:
                texts = [arg.value for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                yield from (part for text in texts for part in text.split(".") if is_private(part))
                library = module.full(args[0]) if args else ""
                if len(args) > 1 and not isinstance(args[1], ast.Constant) and is_foreign(library):
                    yield f"getattr({library})"
            case ast.Subscript(value=ast.Attribute(attr="__dict__"), slice=ast.Constant(value=str(name))):
                yield from [name] if is_private(name) else []
            case ast.Subscript(value=ast.Call(func=ast.Name(id="vars")), slice=ast.Constant(value=str(name))):
                yield from [name] if is_private(name) else []
            case ast.Constant(value=str(name)) if MANGLED.fullmatch(name):
                yield name


def attributes(module: Module) -> Iterator[str]:
    """Private attributes of anything but `self`; those are looked at with their class."""
    for node in module.nodes:
        if not isinstance(node, ast.Attribute) or not is_private(node.attr) or node.attr in NAMED_TUPLE:
            continue
        full = module.full(node)
        if not on_itself(node.value) and (not full or is_foreign(full)):
            yield node.attr


def written(module: Module, fields: frozenset[str]) -> Iterator[str]:
    """Attributes that are written on what is a library's, or on what nobody can tell."""
    for scope in module.nodes:
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            known = kinds(module, scope)
            for node in within(scope):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                    if on_itself(node.value) or node.attr in ELEMENT or node.attr.startswith("__"):
                        continue
                    kind = module.full(node.value) or known.get(root_of(node.value), "?")
                    ours = kind == "?" or not (is_foreign(kind) or kind == "typing.Any")
                    if not ours or (not_plain(node.value, kind) and node.attr not in fields):
                        yield f"set {ast.unparse(node.value).removeprefix('self.')}.{node.attr}"


def not_plain(node: ast.expr, kind: str) -> bool:
    """Whether nobody can tell of what type it is."""
    return kind == "?" or not isinstance(node, ast.Name)


def within(scope: ast.AST) -> Iterator[ast.AST]:
    """All below a scope, but not in functions and classes inside it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def root_of(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def kinds(module: Module, scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module) -> dict[str, str]:
    """What the names of a function stand for, as far as it says: the full name of a type, or "?"."""
    found: dict[str, str] = {}
    if not isinstance(scope, ast.Module):
        for arg in [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]:
            found[arg.arg] = kind_of(module, arg.annotation)
    for node in within(scope):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                found[name] = kind_of(module, annotation)
            case ast.Assign(targets=targets, value=value):
                for name, given in pairs(targets, value):
                    known = found.get(root_of(given), "?")
                    found.setdefault(name, known if known == "typing.Any" else kind_of(module, called(given)))
    return found


def pairs(targets: list[ast.expr], value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Which name is given which value."""
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple):
            values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
            yield from (
                (one.id, given) for one, given in zip(target.elts, values, strict=True) if isinstance(one, ast.Name)
            )


def called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def kind_of(module: Module, node: ast.expr | None) -> str:
    full = module.full(node) if node is not None else ""
    if full:
        return full
    return "publisher" if isinstance(node, ast.Name) and node.id in module.classes else "?"


def inherited(node: ast.ClassDef, base: str, own: set[str]) -> Iterator[str]:
    """What a class of ours uses of a library's class that it was not promised."""
    theirs = names_of(base)
    private = not is_undocumented(base)
    short = base.rpartition(".")[2]
    used = {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute) and on_itself(inner.value)}
    mine = {mangled(node.name, name) for name in own}
    for name in {mangled(node.name, name) for name in [*used, *declared(node)]}:
        if name.startswith("__") and name.endswith("__"):
            continue
        if (is_private(name) or not private) and (name in theirs or name not in mine):
            yield f"{short}.{name}"


def mangled(owner: str, name: str) -> str:
    """A name as Python keeps it: two underscores in front become those of its class."""
    hidden = name.startswith("__") and not name.endswith("__")
    return f"_{owner.lstrip('_')}{name}" if hidden else name


@cache
def names_of(base: str) -> set[str]:
    """Everything that a library's class, and those below it, define or set on themselves."""
    found: set[str] = set()
    for kind in load(base).__mro__[:-1]:
        found |= set(vars(kind))
        if kind.__module__.split(".")[0] in sys.stdlib_module_names:
            continue
        text = textwrap.dedent(inspect.getsource(kind))
        tree = ast.parse(text)
        found |= {mangled(kind.__name__, name) for one in classes(tree)[:1] for name in declared(one)}
    return found


def load(name: str) -> Any:
    """The thing of this full name."""
    above, _, last = name.rpartition(".")
    try:
        return getattr(importlib.import_module(above), last)
    except ModuleNotFoundError:
        return getattr(load(above), last)
