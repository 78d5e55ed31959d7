"""`publish build` gives one root whatever it runs in, and the code that makes pages asks for nothing that varies."""

import ast
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import publisher

CHECKOUT = Path(__file__).resolve().parents[1]
HOME = Path(publisher.__file__).parent
PROGRAM = """
import os, sys
mask, cores = int(sys.argv[1]), int(sys.argv[2])
os.umask(mask)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
from publisher.cli import main
main(sys.argv[3:])
"""
CONFIG = """[site]
title = "One root 一个根"
url = "https://one.example/"
timezone = "Asia/Shanghai"
"""
ARTICLES = 60


@dataclass(frozen=True)
class Machine:
    """What may differ between two builds of the same site."""

    env: Mapping[str, str]
    umask: int = 0o022
    cores: int = 1
    """Each is given one worker."""

    def build(self, site: Path, *words: str, cwd: Path = CHECKOUT, code: int = 0) -> str:
        """The root that the whole command prints; what it says where it has to fail."""
        here = [sys.executable, "-c", PROGRAM, str(self.umask), str(self.cores)]
        done = subprocess.run(
            [*here, "-C", str(site), "build", *words],
            cwd=cwd,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout.strip()


PLAIN = Machine({"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"})
OTHER = Machine(
    {"TZ": "Pacific/Apia", "LC_ALL": "tr_TR.UTF-8", "LANG": "ar_EG", "PYTHONHASHSEED": "4711", "COLUMNS": "20"},
    umask=0o077,
    cores=2,
)
BARE = Machine({"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "1"}, umask=0, cores=3)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    command: list[str | Path] = [sys.executable, CHECKOUT / "bench/corpus.py", "--n", str(ARTICLES), folder]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
    return folder / "content"


def lay(corpus: Path, folder: Path, seed: int, *, backwards: bool = False) -> Path:
    """A site whose files were made in some order, at some times."""
    files = sorted(file for file in corpus.rglob("*") if file.is_file())
    for file in reversed(files) if backwards else files:
        place = folder / "content" / file.relative_to(corpus)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    (folder / "publish.toml").write_text(CONFIG, encoding="utf-8")
    chance = random.Random(seed)
    for place in sorted(folder.rglob("*")):
        when = chance.randrange(10**9, 2 * 10**9)
        os.utime(place, (when, when))
    return folder


@pytest.fixture(scope="module")
def site(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(corpus, tmp_path_factory.mktemp("plain") / "site", 1)


@pytest.fixture(scope="module")
def root(site: Path) -> str:
    return PLAIN.build(site)


def output(site: Path) -> dict[str, bytes]:
    folder = site / "_site"
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_another_order_time_folder_zone_locale_seed_umask_and_two_workers(
    root: str, site: Path, corpus: Path, tmp_path: Path
) -> None:
    other = lay(corpus, tmp_path / "其他 folder", 2, backwards=True)
    assert OTHER.build(Path("其他 folder"), cwd=tmp_path) == root
    assert output(other) == output(site)


def test_no_locale_and_a_cache_that_another_machine_filled(root: str, corpus: Path, tmp_path: Path) -> None:
    other = lay(corpus, tmp_path / "site", 3)
    changed = next((other / "content/posts").glob("*.md"))
    before = changed.read_bytes()
    changed.write_bytes(before + b"\nOne more line.\n")
    assert OTHER.build(other) != root
    changed.write_bytes(before)
    assert BARE.build(other) == root


def test_fresh_and_warm_are_one_root(root: str, site: Path) -> None:
    assert OTHER.build(site) == root
    assert OTHER.build(site, "--fresh") == root
    assert BARE.build(site, "--fresh") == root


def test_a_locale_that_would_misread_file_names_is_refused(site: Path) -> None:
    latin = Machine({"LC_ALL": "C", "PYTHONUTF8": "0"})
    assert "set PYTHONUTF8=1" in latin.build(site, code=2)
    assert Machine({"LC_ALL": "C", "PYTHONUTF8": "1"}).build(site) == PLAIN.build(site)


# Rooms through which every byte of a site goes, and what of the outside each of them is allowed.
PURE = ("site", "dag", "build", "hashing", "html", "intake")
ALLOWED = {
    ("build.build", "time.time_ns"),  # whether a file is old enough to be known by its stamp
    ("build.fingerprint", "platform.python_implementation"),  # for keys of the memo, not for pages
    ("site.templates.compiled", "tempfile.mkstemp"),  # the name of a file of compiled code until it is complete
}
VARIES = {
    "time", "random", "secrets", "locale", "platform", "socket", "getpass", "tempfile",
    "os.environ", "os.getenv", "os.urandom", "os.times", "os.getlogin", "os.getuid", "os.uname",
    "uuid.uuid1", "uuid.uuid4",
}  # fmt: skip
METHODS = {"now", "utcnow", "today", "fromtimestamp", "strftime", "localtime", "ctime"}
BUILTINS = {"hash", "id", "input"}


def pure_modules() -> list[Path]:
    files = sorted(HOME.rglob("*.py"))
    return [file for file in files if name_of(file).split(".")[0] in PURE]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(HOME).with_suffix("").parts)


def imported(tree: ast.AST) -> dict[str, str]:
    """Name in a module -> what it is of another module."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                names[name.asname or name.name.split(".")[0]] = name.name if name.asname else name.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            names.update({name.asname or name.name: f"{node.module}.{name.name}" for name in node.names})
    return names


def varying(tree: ast.AST) -> Iterator[str]:
    """Everything in a module that gives another value on another machine or at another time."""
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = ast.unparse(node).partition(".")
            asked = names.get(first, "") + dot + rest
            if "." in asked and VARIES & {asked, asked.split(".")[0]}:
                yield asked
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name in METHODS or (name == "astimezone" and not node.args):
                yield ast.unparse(node.func)
            if isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
                yield node.func.id


@pytest.mark.parametrize("path", pure_modules(), ids=name_of)
def test_what_makes_a_site_asks_for_no_clock_and_nothing_of_the_machine(path: Path) -> None:
    found = set(varying(ast.parse(path.read_text(encoding="utf-8"))))
    assert {name for name in found if (name_of(path), name) not in ALLOWED} == set()


@pytest.mark.parametrize(
    "code",
    ["import time\ntime.time()", "from time import time as t\nt()", "import datetime as d\nd.datetime.now()",
     "from datetime import date\ndate.today()", "import os\nos.environ['TZ']", "from os import environ as e\ne['A']",
     "import random\nrandom.random()", "from uuid import uuid4\nuuid4()", "x.astimezone()", "hash('a')"],
)  # fmt: skip
def test_each_way_to_ask_is_seen(code: str) -> None:
    assert set(varying(ast.parse(code)))


def test_what_does_not_vary_is_no_fault() -> None:
    code = "from uuid import uuid5\nimport os\nos.fspath(x)\nuuid5(a, b)\nwhen.astimezone(UTC)\nself.hash(x)"
    assert not set(varying(ast.parse(code)))
