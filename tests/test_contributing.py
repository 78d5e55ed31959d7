"""What CONTRIBUTING.md and the chapter on the source say of the code's folders, files and words is what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole import HERE, SERVICES, SLOW, WHOLE

HOME = Path(__file__).resolve().parents[1]
CODE = HOME / "publisher"
SPAN = re.compile(r"`([^`\n]+)`")
DEFINED = re.compile(r"`([A-Za-z_]\w*)` (?:in|of) `([\w/]+\.py)`")
"""A name of the code, and the file that is said to have it."""


def section(path: str, heading: str) -> str:
    found = (HOME / path).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert found, f"{path} has no {heading!r}"
    return found


def rows(path: str, heading: str) -> list[list[str]]:
    """The cells of each row of the table below a heading."""
    table = section(path, heading).partition("\n| ---")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


TO_ADD = rows("CONTRIBUTING.md", "To add X, touch Y")
WORDS = rows("CONTRIBUTING.md", "Words of the code")
ROOMS = rows("content/posts/reading-the-source.md", "The map")


def paths(text: str) -> Iterator[str]:
    yield from (span for span in SPAN.findall(text) if "/" in span or span.endswith((".py", ".md")))


def missing(text: str) -> list[str]:
    """The paths of a text that are neither below publisher/ nor below the top."""
    return [path for path in paths(text) if not (CODE / path).exists() and not (HOME / path).exists()]


def text_of(path: str) -> str:
    place = CODE / path if (CODE / path).exists() else HOME / path
    return place.read_text(encoding="utf-8")


def undefined(text: str) -> list[str]:
    """The names of a text that do not stand in the file that is said to have them."""
    return [
        f"{name} in {path}"
        for name, path in DEFINED.findall(text)
        if not re.search(rf"^(?:class |def )?{name}\b", text_of(path), re.MULTILINE)
    ]


@pytest.mark.parametrize("row", TO_ADD, ids=lambda row: row[0])
def test_every_path_that_is_to_be_touched_exists(row: list[str]) -> None:
    assert list(paths(row[1]))
    assert not missing(row[1])
    assert not undefined(row[1])


@pytest.mark.parametrize("row", WORDS, ids=lambda row: row[0])
def test_every_word_is_in_the_file_beside_it(row: list[str]) -> None:
    assert DEFINED.fullmatch(row[2])
    assert not missing(row[2])
    assert not undefined(row[2])


def test_no_word_is_told_twice() -> None:
    assert len({row[0] for row in WORDS}) == len(WORDS)


def test_the_map_has_every_room_and_no_other() -> None:
    rooms = {path.parent.relative_to(CODE).as_posix() + "/" for path in CODE.rglob("__init__.py")} - {"./"}
    assert [row[0].strip("`") for row in ROOMS] == sorted(rooms)
    assert all(len(row) == 2 and row[1] for row in ROOMS)


def test_the_map_has_every_module_beside_the_rooms() -> None:
    said = set(re.findall(r"`(\w+\.py)`", section("content/posts/reading-the-source.md", "The map")))
    assert said == {path.name for path in CODE.glob("*.py")} - {"__init__.py"}


def test_the_walk_names_only_files_that_exist() -> None:
    walk = section("content/posts/reading-the-source.md", "The walk")
    walk += section("content/posts/reading-the-source.md", "Read a run")
    assert not [path for path in missing(walk) if not list(CODE.rglob(path))]


@pytest.mark.parametrize("text", ["`stores/other.py`", "a row in `content/posts/none.md`", "`tests/none/`"])
def test_a_path_that_is_not_there_would_be_found(text: str) -> None:
    assert missing(text)


def test_a_name_that_is_not_there_would_be_found() -> None:
    assert undefined("`Nobody` in `errors.py`") == ["Nobody in errors.py"]
    assert not undefined("`Problem` in `errors.py`")


def test_what_make_check_leaves_out_is_there() -> None:
    assert not [name for name in WHOLE if not (HERE / name).exists()]
    code = [path.read_text(encoding="utf-8") for path in HERE.rglob("*.py")]
    defined = {name for text in code for name in re.findall(r"^def (\w+)", text, re.MULTILINE)}
    assert defined >= SLOW
    fixtures = {
        name
        for path in (HERE / "services").glob("*.py")
        for name in re.findall(r"^@pytest\.fixture.*\ndef (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert fixtures == SERVICES
