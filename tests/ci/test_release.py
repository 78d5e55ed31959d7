"""The release workflow, as far as it runs here: two builders, one set of bytes, and a tag that must be the version.

`act` runs the job that builds. The second job needs GitHub and PyPI: attestations and trusted publishing are theirs.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publisher import __version__
from tests.services.act import Runner, commit
from tests.services.git import git
from tests.test_reproducible import CHECKOUT, LEFT_OUT

pytestmark = pytest.mark.whole


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(CHECKOUT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    commit(folder, "Release")
    return folder


def test_both_builders_make_what_everybody_makes_of_this_commit(repository: Path, tmp_path: Path) -> None:
    payload = {"ref": f"refs/tags/v{__version__}"}
    git(repository, "tag", f"v{__version__}")
    ran = Runner(tmp_path / "runner").run(repository, "release.yml", "push", payload, job="build")
    assert ran.code == 0, ran.said()
    made = {
        builder: {
            path.name: path.read_bytes() for path in (tmp_path / "runner/artifacts" / f"dist-{builder}/dist").iterdir()
        }
        for builder in ("first", "second")
    }
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "mine"],
        cwd=repository,
        env={"SOURCE_DATE_EPOCH": git(repository, "log", "-1", "--format=%ct")},
        check=True,
        capture_output=True,
    )
    assert made["first"] == made["second"] == {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()}
    assert len(made["first"]) == 2


def test_a_tag_that_is_not_the_version_is_not_built(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "v99.0.0")
    ran = Runner(tmp_path / "runner").run(repository, "release.yml", "push", {"ref": "refs/tags/v99.0.0"}, job="build")
    assert ran.code != 0
    assert not list((tmp_path / "runner/artifacts").iterdir())


def test_only_the_job_that_builds_nothing_may_sign_and_it_has_no_password() -> None:
    text = (CHECKOUT / ".github/workflows/release.yml").read_text()
    build, publish = text.split("\n  publish:\n")
    assert "id-token" not in build
    assert "make" not in publish
    assert re.findall(r"secrets\.|password|token:(?! write)", publish) == []
    assert {len(pin) for pin in re.findall(r"uses: \S+@(\w+)", text)} == {40}
