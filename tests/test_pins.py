"""Every version is pinned, nothing more is, and what the code imports is what the package asks for."""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from tests.test_architecture import imported_by

HOME = Path(__file__).resolve().parents[1]
PINS = (HOME / "constraints.txt").read_text(encoding="utf-8").splitlines()
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def plain(name: str) -> str:
    """A distribution's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    return {plain(name): number for name, _, number in (line.partition("==") for line in PINS)}


def needed() -> set[str]:
    """All distributions that the package with its extras leads to, here or on any other platform."""
    extras = PROJECT["optional-dependencies"]
    todo = [
        Requirement(each) for each in [*PROJECT["dependencies"], *(each for group in extras.values() for each in group)]
    ]
    seen: set[tuple[str, str]] = set()
    while todo:
        asked = todo.pop()
        for extra in ["", *asked.extras]:
            if (plain(asked.name), extra) not in seen:
                seen.add((plain(asked.name), extra))
                todo += below(asked.name, extra)
    return {name for name, _ in seen} - {plain(PROJECT["name"])}


def below(name: str, extra: str) -> Iterator[Requirement]:
    """What a distribution asks for: itself, or with one of its extras."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return  # for another platform
    for each in map(Requirement, lines):
        of_an_extra = "extra" in str(each.marker)
        if bool(extra) is of_an_extra and (not of_an_extra or (each.marker and each.marker.evaluate({"extra": extra}))):
            yield each


def installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def test_a_pin_is_a_name_and_a_version_and_nothing_else() -> None:
    assert [line for line in PINS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._+-]+", line)] == []
    names = [plain(line.partition("==")[0]) for line in PINS]
    assert names == sorted(set(names))


def test_all_that_is_installed_for_the_project_is_pinned() -> None:
    assert {name for name in needed() if installed(name)} - pinned().keys() == set()


def test_nothing_is_pinned_that_nobody_asks_for() -> None:
    assert pinned().keys() - needed() == set()


def test_what_runs_here_is_what_is_pinned() -> None:
    assert {name: version(name) for name in pinned() if installed(name)} == {
        name: number for name, number in pinned().items() if installed(name)
    }


def imported() -> set[str]:
    """The top names of all foreign modules that the package imports, the embedded chain left out."""
    found: set[str] = set()
    for path in (HOME / "publisher").rglob("*.py"):
        if "devnet" not in path.parts and path.name != "demo.py":
            found |= {target.split(".")[0] for target in imported_by(path)}
    return found - set(sys.stdlib_module_names) - {"publisher"}


def test_every_import_is_asked_for_by_name() -> None:
    lines = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["diagrams"]]
    asked = {plain(Requirement(line).name) for line in lines}
    owners = packages_distributions()  # what is for another platform is not in it, and has the name of its module
    missing = {name for name in imported() if not asked & {plain(owner) for owner in owners.get(name, [name])}}
    assert missing == set()


def files_of(name: str) -> int:
    """The bytes of the installed files of a distribution, without compiled Python."""
    here = distribution(name)
    paths = [Path(str(here.locate_file(file))) for file in here.files or () if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.exists())


def test_the_five_largest_distributions_are_named_with_what_needs_them() -> None:
    text = (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w-]+) \| (\d+) \| ([\w-]+) \| ", text, re.MULTILINE)
    seen, todo = set[str](), [Requirement(each) for each in PROJECT["dependencies"]]
    while todo:
        asked = todo.pop()
        if asked.name not in seen and installed(asked.name) and (asked.marker is None or asked.marker.evaluate()):
            seen.add(asked.name)
            todo += below(asked.name, "")
    sizes = {plain(name): files_of(name) for name in seen}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:5]
    assert [(name, round(sizes[name] / 1e6)) for name in largest] == [(name, int(size)) for name, size, _ in rows]
    for name, _, parent in rows:
        needs = (
            [Requirement(each) for each in PROJECT["dependencies"]] if parent == PROJECT["name"] else below(parent, "")
        )
        assert name in {plain(each.name) for each in needs}
    (count,) = re.findall(r"this program and (\d+) other distributions", text)
    assert len(sizes) == int(count)
