"""The default theme is compiled once for all runs. The templates of authors are compiled in each run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from publisher.build.fingerprint import code
from publisher.site.templates import compiled
from publisher.site.templates.compiled import CompiledTheme
from publisher.site.templates.environment import TemplateFile
from publisher.site.templates.render import Templates

STAMP = b"one version"


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of the templates that are compiled, in order. Python is set to write compiled code."""
    names: list[str | None] = []
    generate = Environment._generate

    def noted(self: Environment, source: object, name: str | None, *rest: object, **more: object) -> str:
        names.append(name)
        return generate(self, source, name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Environment, "_generate", noted)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return names


def shown(folder: Path, text: str = "{{ 1 + 1 }}", *, stamp: bytes = STAMP, of_theme: bool = True) -> str:
    file = TemplateFile("default/a.html", text.encode(), of_theme)
    templates = Templates(lambda name: file, {}, compiled=CompiledTheme(stamp, folder))
    return templates._environment.get_template("a.html").render()


def test_a_template_of_the_theme_is_compiled_once(tmp_path: Path, made: list[str]) -> None:
    assert [shown(tmp_path), shown(tmp_path)] == ["2", "2"]
    assert made == ["a.html"]
    assert len(list(tmp_path.iterdir())) == 1


def test_another_text_and_another_version_of_the_program_are_compiled_anew(tmp_path: Path, made: list[str]) -> None:
    assert shown(tmp_path) == "2"
    assert shown(tmp_path, "{{ 2 + 1 }}") == "3"
    assert shown(tmp_path, "{{ 2 + 1 }}", stamp=b"another version") == "3"
    assert made == ["a.html"] * 3
    assert len(list(tmp_path.iterdir())) == 1


def test_a_template_of_an_author_is_not_kept(tmp_path: Path, made: list[str]) -> None:
    assert shown(tmp_path, of_theme=False) == shown(tmp_path, of_theme=False) == "2"
    assert made == ["a.html"] * 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"", b"j2", b"\0" * 100, None])
def test_a_damaged_file_is_compiled_and_written_anew(tmp_path: Path, made: list[str], damage: bytes | None) -> None:
    shown(tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-20] if damage is None else damage)
    assert shown(tmp_path) == "2"
    assert made == ["a.html"] * 2
    assert file.read_bytes() == whole


def test_without_a_folder_pages_are_the_same(tmp_path: Path) -> None:
    assert shown(tmp_path / "missing") == "2"
    (tmp_path / "file").write_text("")
    assert shown(tmp_path / "file") == "2"


def test_nothing_is_written_where_python_writes_no_compiled_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert shown(tmp_path) == "2"
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(sys.implementation, "cache_tag", None)
    assert compiled.folder_of_modules() is None


def test_the_digest_of_our_code_does_not_change(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    before = code(tmp_path)
    shown(tmp_path / "site")
    assert len(list((tmp_path / "site").iterdir())) == 1
    assert code(tmp_path) == before


def test_the_files_are_beside_our_compiled_modules() -> None:
    folder = compiled.folder_of_modules()
    assert folder is not None
    assert folder.name == "__pycache__" or sys.pycache_prefix
