"""Every text of an error, a problem and a finding, read from the source: its class, its message, its hint.

A value that only a run knows is shown as `{name}`. `tests/error_page.py` makes the manual's tables of these texts.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

from publisher import errors

HOME = Path(__file__).parents[1]
SOURCE = HOME / "publisher"
DEEPEST = 6
"""Steps from a text to the function or the constant that it comes from."""
PASSED_ON = frozenset({"add_problem"})
"""Functions that files of the same folder get as arguments. The calls in those files are read too."""
LONGEST_FILE = 10_000
"""More lines than any file has. So `line + number of the file * LONGEST_FILE` differs for all lines of all files."""
MOST = 60
"""Forms of one text; beyond them its changing part is shown as a placeholder."""
NAMES = {
    each: name
    for name, called in {
        "reason": ("strerror", "error", "why", "said", "no", "sub"),
        "cid": ("raw",),
        "name": ("lower", "to_text"),
        "host": ("removeprefix", "hostname"),
        "where": ("shown",),
        "encoding": ("getfilesystemencoding",),
        "mode": ("s_imode",),
        "length": ("encode",),
        "number": ("read_word", "held"),
        "ceiling": ("max_fee_wei",),
        "parent": ("parent_at",),
        "day": ("isoformat",),
        "other_root": ("find", "rebuild"),
        "file": ("foreign",),
        "value": ("strip", "str", "get"),
    }.items()
    for each in called
}
"""What a reader calls a value that the code calls otherwise."""
KINDS = frozenset(
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.PublishError)
)


@dataclass(frozen=True, slots=True, order=True)
class Form:
    """One form of a text, and the line where it is written; of a text of parts, `whole` is the line of all."""

    text: str
    line: int
    whole: int = 0


@dataclass(frozen=True, slots=True, order=True)
class ErrorText:
    """What one construction of an error, a problem or a finding says."""

    kind: str
    message: str
    hint: str
    path: str
    line: int


@dataclass(slots=True)
class Module:
    """A file of the source: its functions, its constants, and the calls of each function."""

    path: str
    tree: ast.Module
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    calls: dict[str, list[tuple[ast.Call, ast.FunctionDef | None]]] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    subclasses: dict[str, str] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """Name -> the module of this program that it comes from, with dots."""

    def __post_init__(self) -> None:
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.constants[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                self.constants[node.target.id] = node.value
        self._look(self.tree, None)

    def _look(self, node: ast.AST, inside: ast.FunctionDef | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call) and (name := last_name(child.func)):
                self.calls.setdefault(name, []).append((child, inside))
            if isinstance(child, ast.ImportFrom) and (child.module or "").startswith("publisher."):
                self.imports.update({each.asname or each.name: child.module or "" for each in child.names})
            if isinstance(child, ast.ClassDef):
                for base in child.bases:
                    if (name := last_name(base)) in KINDS:
                        self.subclasses[child.name] = name
            if isinstance(child, ast.FunctionDef):
                self.functions.setdefault(child.name, child)
                self._look(child, child)
            else:
                self._look(child, inside)


@cache
def modules() -> Mapping[str, Module]:
    """Every file of the program by its path below `publisher/`."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        shown = path.relative_to(SOURCE).as_posix()
        found[shown] = Module(shown, ast.parse(path.read_text(encoding="utf-8")))
    return found


def origin(module: Module, name: str) -> Module:
    """The module in which a name is defined: this one, or the one that it is imported from."""
    path = module.imports.get(name, "").removeprefix("publisher.").replace(".", "/")
    return modules().get(f"{path}.py") or modules().get(f"{path}/__init__.py") or module


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, and of `c`; nothing of anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def says_something(text: str) -> bool:
    """Whether a text has two words of its own, beside the values in it."""
    return len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", text))) > 1


def placeholder(node: ast.expr) -> str:
    """`{root}` for `str(self.root)`: a name for a value that only a run knows."""
    named = node
    while isinstance(named, ast.Call):
        joined = isinstance(named.func, ast.Attribute) and named.func.attr == "join"
        of_its_argument = bool(named.args) and (joined or not isinstance(named.func, ast.Attribute))
        of_its_argument = of_its_argument and last_name(named.args[0]) != "session"  # every command has one
        named = named.args[0] if of_its_argument else named.func
    while isinstance(named, ast.Subscript | ast.FormattedValue | ast.Starred | ast.BoolOp | ast.BinOp):
        if isinstance(named, ast.BoolOp):
            named = named.values[0]
        else:
            named = named.left if isinstance(named, ast.BinOp) else named.value
    name = last_name(named).strip("_").lower() or "value"
    return "{" + NAMES.get(name, name) + "}"


def is_number(node: ast.expr) -> bool:
    """Return whether the expression is a number that is written out. A sum with such a number is not a text."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


@dataclass(frozen=True, slots=True)
class Reader:
    """Finds every form of an expression that is a text."""

    module: Module
    inside: ast.FunctionDef | None
    depth: int = 0
    seen: frozenset[str] = frozenset()

    def forms(self, node: ast.expr) -> list[Form]:
        """Each text that `node` may be; its placeholder where the source does not tell."""
        found = list(dict.fromkeys(self._forms(node))) if self.depth <= DEEPEST else []
        if [form.text for form in found] == ["{value}"] and isinstance(node, ast.Name):
            found = []  # the name of the variable says more
        return found if 0 < len(found) <= MOST else [Form(placeholder(node), node.lineno)]

    def _forms(self, node: ast.expr) -> Iterator[Form]:
        if isinstance(node, ast.Constant):
            yield from [Form(node.value, node.lineno)] if isinstance(node.value, str) else []
        elif isinstance(node, ast.JoinedStr):
            yield from self._joined(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and not is_number(node.right):
            yield from combined([self.forms(node.left), self.forms(node.right)], node.lineno)
        elif isinstance(node, ast.IfExp):
            yield from [*self.forms(node.body), *self.forms(node.orelse)]
        elif isinstance(node, ast.BoolOp):
            yield from (form for value in node.values for form in self.forms(value))
        elif isinstance(node, ast.Name):
            yield from self._named(node.id, node.lineno)
        elif isinstance(node, ast.Call):
            yield from self._called(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            yield from self._values_of(node.value.id, node.slice)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
            yield from self._element_of_call(node.value, node.slice)

    def _joined(self, node: ast.JoinedStr) -> Iterator[Form]:
        parts: list[list[Form]] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                forms = self.forms(value.value) if isinstance(value.value, ast.IfExp | ast.Name) else []
                plural = len(forms) == 2 and all(len(form.text) < 4 for form in forms)
                forms = [max(forms, key=lambda form: len(form.text))] if plural else forms
                parts.append(forms if forms else [Form(placeholder(value.value), node.lineno)])
            elif isinstance(value, ast.Constant):
                parts.append([Form(str(value.value), node.lineno)])
        yield from combined(parts, node.lineno)

    def _named(self, name: str, line: int) -> Iterator[Form]:
        if name in self.seen:
            return
        within = Reader(self.module, self.inside, self.depth + 1, self.seen | {name})
        if self.inside is not None:
            assigned = reaching(self.inside.body, name, line)[0]
            yield from (form for value in assigned for form in within.forms(value))
            if assigned:
                return
            if name in (parameters := [each.arg for each in [*self.inside.args.args, *self.inside.args.kwonlyargs]]):
                yield from within._handed_in(self.inside, name, parameters)
                return
        home = origin(self.module, name)
        if name in home.constants:
            yield from Reader(home, None, self.depth + 1, self.seen | {name}).forms(home.constants[name])

    def _handed_in(self, function: ast.FunctionDef, name: str, parameters: list[str]) -> Iterator[Form]:
        """What the callers in the same file hand in under this name."""
        names = [each for each in parameters if each not in ("self", "cls")]
        for at, home, call, caller in self._calls(function.name):
            reader = Reader(home, caller, self.depth + 1, self.seen)
            given = {each.arg: each.value for each in call.keywords if each.arg}
            given |= dict(zip(names, call.args, strict=False))
            if name in names[len(names) - len(function.args.defaults) :]:
                given.setdefault(name, function.args.defaults[names.index(name) - len(names)])
            if name in given and not isinstance(given[name], ast.Starred):
                yield from (Form(form.text, at) for form in reader.forms(given[name]))

    def _calls(self, name: str) -> Iterator[tuple[int, Module, ast.Call, ast.FunctionDef | None]]:
        """Each call of a function: a number that only this call has, its file, the call, and the function around it."""
        folder = self.module.path.rpartition("/")[0]
        others = [each for each in modules().values() if each.path.rpartition("/")[0] == folder != ""]
        homes = [self.module, *(each for each in others if name in PASSED_ON and each is not self.module)]
        for number, home in enumerate(homes):
            for call, caller in home.calls.get(name, []):
                yield call.lineno + number * LONGEST_FILE, home, call, caller

    def _called(self, node: ast.Call) -> Iterator[Form]:
        name = last_name(node.func)
        if isinstance(node.func, ast.Attribute) and name == "get":
            table = node.func.value
            if isinstance(table, ast.Name):
                yield from self._values_of(table.id)
            yield from (form for each in getattr(table, "values", []) for form in self.forms(each))
            yield from (form for default in node.args[1:] for form in self.forms(default))
        elif (found := self._function(name)) is not None:
            module, function = found
            reader = Reader(module, function, self.depth + 1)
            for each in ast.walk(function):
                if isinstance(each, ast.Return) and each.value is not None:
                    yield from (form for form in reader.forms(each.value) if not form.text or says_something(form.text))

    def _element_of_call(self, call: ast.Call, index: ast.expr) -> Iterator[Form]:
        """One element of each row of values that a function returns or yields."""
        found = self._function(last_name(call.func))
        if found is None or not isinstance(index, ast.Constant) or not isinstance(index.value, int):
            return
        module, function = found
        reader = Reader(module, function, self.depth + 1)
        for each in ast.walk(function):
            if isinstance(each, ast.Return | ast.Yield) and isinstance(each.value, ast.Tuple):
                forms = (form for value in element(each.value, index.value) for form in reader.forms(value))
                yield from (Form(form.text, each.lineno) for form in forms)

    def _function(self, name: str) -> tuple[Module, ast.FunctionDef] | None:
        home = origin(self.module, name)
        found = home.functions.get(name)
        return None if found is None or found is self.inside else (home, found)

    def _values_of(self, name: str, index: ast.expr | None = None) -> Iterator[Form]:
        """The values of a table by this name, or one column of a row of rows."""
        home = origin(self.module, name)
        constant, reader = home.constants.get(name), Reader(home, None, self.depth + 1)
        if isinstance(constant, ast.Dict):
            yield from (form for value in constant.values for form in reader.forms(value))
        for row in constant.elts if isinstance(constant, ast.Tuple) else []:
            if isinstance(row, ast.Tuple) and isinstance(index, ast.Constant) and isinstance(index.value, int):
                forms = (form for value in element(row, index.value) for form in reader.forms(value))
                yield from (Form(form.text, row.lineno) for form in forms)


def reaching(block: list[ast.stmt], name: str, line: int) -> tuple[list[ast.expr], bool]:
    """What a local name may hold at a line, and whether nothing else can reach it; `+=` is left out."""
    found: list[ast.expr] = []
    for statement in reversed([each for each in block if each.lineno <= line]):
        inner = [part for part in parts_of(statement) if part]
        around = (statement.end_lineno or 0) >= line
        certain = not around
        for part in inner:
            within = part[0].lineno <= line <= (part[-1].end_lineno or 0)
            if around and not within:
                continue
            values, sure = reaching(part, name, line if within else 1 << 30)
            found += values
            certain = sure if around else certain and sure
        values = [] if around and not inner else list(assigned(statement, name))
        found += values
        if (values and not isinstance(statement, ast.For)) or (
            inner and certain and (around or has_every_branch(statement))
        ):
            return found, True
    return found, False


def parts_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks inside a statement."""
    for field_name in ("body", "orelse", "finalbody"):
        yield getattr(statement, field_name, [])
    for case in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield case.body


def has_every_branch(statement: ast.stmt) -> bool:
    """Whether one of the blocks runs in any case."""
    return isinstance(statement, ast.If) and bool(statement.orelse)


def assigned(statement: ast.stmt, name: str) -> Iterator[ast.expr]:
    """What one statement assigns to a name, alone or in a row of names; so does the head of a loop."""
    if isinstance(statement, ast.For):
        yield from unpacked(statement.target, statement.iter, name)
    if not isinstance(statement, ast.Assign):
        return
    for target in statement.targets:
        if isinstance(target, ast.Name) and target.id == name:
            yield statement.value
        else:
            yield from unpacked(target, statement.value, name)


def unpacked(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    """The part of a value that goes to one name of a row."""
    for index, each in enumerate(target.elts if isinstance(target, ast.Tuple) else []):
        if isinstance(each, ast.Name) and each.id == name:
            yield from element(value, index)


def element(value: ast.expr, index: int) -> Iterator[ast.expr]:
    """One of a row of values, in each branch of a choice."""
    if isinstance(value, ast.Tuple) and index < len(value.elts):
        yield value.elts[index]
    elif isinstance(value, ast.IfExp):
        yield from [*element(value.body, index), *element(value.orelse, index)]
    elif isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        yield from element(value.value, index)
    elif isinstance(value, ast.Call | ast.Name):
        yield ast.Subscript(value, ast.Constant(index), lineno=value.lineno)


def combined(parts: list[list[Form]], line: int) -> Iterator[Form]:
    """Every row of one form of each part, at the line of the part that chooses."""
    if len(parts) > 0 and _count(parts) > MOST:
        parts = [part if len(part) == 1 else [Form("{what}", line)] for part in parts]
    for row in product(*parts):
        texts = [form.text for form in row]
        if any(not text and "".join(texts[:at]).endswith(" ") for at, text in enumerate(texts)):
            continue  # an empty value in the middle of a sentence is none that is said
        chosen = [form.line for form, part in zip(row, parts, strict=True) if len(part) > 1]
        yield Form("".join(texts), chosen[0] if chosen else line, line)


def _count(parts: list[list[Form]]) -> int:
    total = 1
    for part in parts:
        total *= len(part)
    return total


def paired(messages: list[Form], hints: list[Form]) -> Iterator[tuple[Form, str]]:
    """Each message with the hint that is written nearest to it."""
    for message in messages:
        nearest = min(hints, key=lambda hint: apart(message, hint), default=Form("", 0))
        yield message, nearest.text


def apart(message: Form, hint: Form) -> int:
    """Lines between a message and a hint, at the nearest of their parts."""
    pairs = product((message.line, message.whole or message.line), (hint.line, hint.whole or hint.line))
    return min(abs(first - second) for first, second in pairs)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which arguments of a construction are its message and its hint."""

    message: int
    hint: int


SHAPES = {"Problem": Shape(3, 4), "Finding": Shape(2, 3), "BadCall": Shape(0, 1)}
SHOWN_AS = {"BadCall": "Problem"}
"""The class as which a reader meets an exception that never leaves its room."""
ERROR = Shape(1, 2)


def texts_of(module: Module) -> Iterator[ErrorText]:
    """Every text of one file."""
    known = KINDS | module.subclasses.keys() | SHAPES.keys()
    for name in sorted(known & module.calls.keys()):
        shape = SHAPES.get(name, ERROR)
        kind = module.subclasses.get(name, SHOWN_AS.get(name, name))
        for call, inside in module.calls[name]:
            reader = Reader(module, inside)
            given = {each.arg: each.value for each in call.keywords if each.arg}
            message = given.get("message") or given.get("what") or argument(call, shape.message)
            hint = given.get("hint") or argument(call, shape.hint)
            if message is None:
                continue
            hints = reader.forms(hint) if hint is not None else []
            for form, told in paired(reader.forms(message), hints):
                if form.text:
                    yield ErrorText(kind, form.text, told, module.path, form.line)


def argument(call: ast.Call, index: int) -> ast.expr | None:
    """The argument at a place. One with a star before it stands for two: a line and a column."""
    args: list[ast.expr | None] = []
    for each in call.args:
        args += [None, None] if isinstance(each, ast.Starred) else [each]
    return args[index] if 0 <= index < len(args) else None


@cache
def collected() -> tuple[ErrorText, ...]:
    """Every text of every error, problem and finding of the program."""
    return tuple(sorted({text for module in modules().values() for text in texts_of(module)}))
