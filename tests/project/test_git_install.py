"""Pipelines install a commit of a git repository. Pip does this here, and the files of a pipeline name the commit."""

import subprocess
import venv
from pathlib import Path

import pytest

from publisher import __version__
from tests.test_wheel import CHECKOUT, METADATA, Alone, clean, link, required, run


def head() -> str:
    """The newest commit of this repository. Its work tree may have changes, which are not installed."""
    if not (CHECKOUT / ".git").exists():
        pytest.skip("this is no clone of a git repository")
    return run("git", "rev-parse", "HEAD", cwd=CHECKOUT).strip()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Alone, str]:
    """An environment with the libraries of the tests and a commit that pip installed, and the hash of the commit."""
    folder, commit = tmp_path_factory.mktemp("installed"), head()
    venv.create(folder, with_pip=True, symlinks=True)
    pip: list[str | Path] = [folder / "bin/python", "-m", "pip"]
    run(*pip, "install", "--quiet", "--no-compile", "--no-deps", f"git+file://{CHECKOUT}@{commit}", cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in required((packages / METADATA).read_text(encoding="utf-8")):
        link(name, packages)
    return Alone(folder), commit


def test_pip_installs_a_commit_and_the_program_says_which(installed: tuple[Alone, str], tmp_path: Path) -> None:
    alone, commit = installed
    assert alone.publish("--version", cwd=tmp_path).strip() == f"publish, version {__version__}"
    said = alone.publish("--version", "-v", cwd=tmp_path).splitlines()
    assert f"installed from: a version control system by pip, commit {commit}" in said
    alone.publish("init", "site", cwd=tmp_path)
    assert alone.publish("build", cwd=tmp_path / "site").startswith("bafy")


def test_the_files_of_a_pipeline_name_the_commit_that_runs(installed: tuple[Alone, str], tmp_path: Path) -> None:
    alone, commit = installed
    alone.publish("init", "site", cwd=tmp_path)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", tmp_path / "site"], check=True, env=clean())
    alone.publish("ci", "init", "--for", "github", cwd=tmp_path / "site")
    workflow = (tmp_path / "site/.github/workflows/publish.yml").read_text()
    assert f'install: "gazeth @ git+file://{CHECKOUT}@{commit}"' in workflow
