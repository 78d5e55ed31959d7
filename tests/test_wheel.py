"""The wheel by itself: installed into an empty environment far from the checkout, it builds the same sites."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_string
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from publisher import __version__
from publisher.ci.kinds import KINDS
from tests.services.act import Runner, commit
from tests.test_pins import below

CHECKOUT = Path(__file__).resolve().parents[1]
METADATA = f"gazeth-{__version__}.dist-info/METADATA"
HERE = [sys.executable, "-c", "from publisher.cli import main; main()"]


def clean() -> dict[str, str]:
    """The environment without what could lead back to the checkout or to an account of somebody."""
    mine = ("PYTHON", "PUBLISH_", "GITHUB_", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if not key.startswith(mine)}


def run(*words: str | Path, cwd: Path, code: int = 0) -> str:
    """A program's standard output; its exit code is looked at."""
    done = subprocess.run(
        words, cwd=cwd, env=clean(), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Alone:
    """An environment that has the wheel, what it requires, and nothing else."""

    folder: Path

    def python(self, code: str) -> str:
        return run(self.folder / "bin/python", "-I", "-c", code, cwd=self.folder)

    def publish(self, *words: str, cwd: Path, code: int = 0) -> str:
        return run(self.folder / "bin/publish", *words, cwd=cwd, code=code)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, CHECKOUT, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder, symlinks=True)
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", folder / "bin/python"]
    run(*pip, "install", "--quiet", "--no-compile", "--no-deps", wheel, cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in required((packages / METADATA).read_text(encoding="utf-8")):
        link(name, packages)
    run(*pip, "check", cwd=folder)
    return Alone(folder)


def required(about: str) -> set[str]:
    """All distributions that a wheel with this METADATA needs on this machine, without those of its extras."""
    todo = [Requirement(line) for line in message_from_string(about).get_all("Requires-Dist", [])]
    found: set[str] = set()
    seen: set[str] = set()
    while todo:
        asked = todo.pop()
        if (asked.marker is None or asked.marker.evaluate({"extra": ""})) and str(asked) not in seen:
            seen.add(str(asked))
            found.add(asked.name)
            todo += [each for extra in ("", *asked.extras) for each in below(asked.name, extra)]
    return found


def link(name: str, packages: Path) -> None:
    """A distribution as it is installed here, file by file: as good as another installation, and at once."""
    here = distribution(name)
    for file in here.files or ():
        if file.parts[0] != ".." and "__pycache__" not in file.parts:
            place = packages / file
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.is_symlink():
                place.symlink_to(Path(str(here.locate_file(file))).resolve())


def members(wheel: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(wheel) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_it_has_the_template_of_each_file_of_a_pipeline(wheel: Path) -> None:
    templates = {template for kind in KINDS.values() for template, _ in kind.files}
    assert {f"publisher/ci/files/{template}" for template in templates} <= set(members(wheel))


def test_the_wheel_holds_the_whole_theme_byte_for_byte(wheel: Path) -> None:
    theme = CHECKOUT / "templates"
    mine = {f"publisher/theme/{file.relative_to(theme).as_posix()}" for file in theme.rglob("*") if file.is_file()}
    packed = members(wheel)
    assert mine == {name for name in packed if name.startswith("publisher/theme/")}
    assert "publisher/theme/assets/style.css" in mine
    for name in mine:
        assert packed[name] == (theme / name.removeprefix("publisher/theme/")).read_bytes()


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    package = CHECKOUT / "publisher"
    files = {
        f"publisher/{file.relative_to(package).as_posix()}"
        for file in package.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    packed = set(members(wheel))
    assert files <= packed
    assert {"publisher/py.typed", "publisher/gateway/preview/live.js", "publisher/devnet/contracts.json"} <= packed
    theme = {name for name in packed if name.startswith("publisher/theme/")}
    about = {name for name in packed if name.startswith(f"gazeth-{__version__}.dist-info/")}
    assert packed == files | theme | about


def test_the_wheel_names_no_place_of_this_machine(wheel: Path) -> None:
    places = [f"{CHECKOUT}/".encode(), f"{Path.home()}/".encode(), b"file://"]
    for name, data in members(wheel).items():
        assert not [place for place in places if place in data], name


def test_the_wheel_says_its_licence_and_its_command(wheel: Path) -> None:
    packed = members(wheel)
    about = f"gazeth-{__version__}.dist-info"
    assert b"publish = publisher.cli:main" in packed[f"{about}/entry_points.txt"]
    assert packed[f"{about}/licenses/LICENSE"] == (CHECKOUT / "LICENSE").read_bytes()
    assert b"License-Expression: MIT" in packed[f"{about}/METADATA"]


def test_it_works_without_the_checkout(alone: Alone, tmp_path: Path) -> None:
    assert str(CHECKOUT) not in alone.python("import sys, publisher; print(sys.path, publisher.__file__)")
    assert alone.publish("--version", cwd=tmp_path).strip().endswith(__version__)
    alone.publish("init", "站点", cwd=tmp_path)
    site = tmp_path / "站点"
    alone.publish("new", "Second", cwd=site)
    assert alone.publish("check", cwd=site).strip().endswith("nothing wrong")
    root = alone.publish("build", cwd=site).strip()
    assert (site / "_site/assets/style.css").read_bytes() == (CHECKOUT / "templates/assets/style.css").read_bytes()

    copy = tmp_path / "copy"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns(".publish", "_site"))
    assert run(*HERE, "-C", str(copy), "build", cwd=CHECKOUT).strip() == root


@pytest.fixture
def diagrams(alone: Alone) -> Iterator[None]:
    """The library of the extra `diagrams` where it is installed here. This project's own site has diagrams."""
    (packages,) = alone.folder.glob("lib/python*/site-packages")
    before = set(packages.iterdir())
    if find_spec("merman"):
        link("merman", packages)
    yield
    for added in set(packages.iterdir()) - before:
        shutil.rmtree(added)


@pytest.mark.usefixtures("diagrams")
def test_it_gives_this_projects_own_site_the_same_root(alone: Alone, tmp_path: Path) -> None:
    for name in ("wheel", "checkout"):
        shutil.copytree(CHECKOUT / "content", tmp_path / name / "content")
        shutil.copy(CHECKOUT / "publish.toml", tmp_path / name)
    built = json.loads(alone.publish("build", "--json", cwd=tmp_path / "wheel"))
    assert json.loads(run(*HERE, "-C", str(tmp_path / "checkout"), "build", "--json", cwd=CHECKOUT)) == built
    assert built["pages"] > 1


def test_every_module_is_importable_with_what_the_wheel_requires(alone: Alone) -> None:
    code = """
import importlib, pkgutil, warnings
import publisher
warnings.simplefilter("ignore")
for found in pkgutil.walk_packages(publisher.__path__, "publisher."):
    if not found.name.startswith("publisher.devnet"):
        importlib.import_module(found.name)
        print(found.name)
"""
    assert "publisher.cli.commands.demo" in alone.python(code).split()


def test_the_demo_says_which_extra_it_needs(alone: Alone, tmp_path: Path) -> None:
    told = json.loads(alone.publish("demo", "--once", "--json", cwd=tmp_path, code=2))
    assert told["error"]["hint"].startswith("run `pip install --constraint constraints.txt '.[devnet]'`")


INSTALL = """name: install
on: push
jobs:
  install:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - uses: ./
        with:
          command: check
          site: site
          install: WHEEL
      - run: echo "it is $(publish --version) at $(command -v publish)"
"""


def test_the_action_installs_a_wheel_and_the_cache_of_the_runner_holds_wheels_only(wheel: Path, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / ".github/workflows").mkdir(parents=True)
    (repository / ".github/workflows/install.yml").write_text(INSTALL.replace("WHEEL", str(wheel)))
    for name in ("action.yml", "constraints.txt"):
        shutil.copy(CHECKOUT / name, repository)
    for name in ("venv", "pip", "ensurepip", "sysconfig"):  # The work of a stranger, which must not be imported.
        (repository / f"{name}.py").write_text("raise SystemExit('imported')")
    (repository / "site/content").mkdir(parents=True)
    (repository / "site/content/index.md").write_text("# Home\n")
    (repository / "site/publish.toml").write_text('[site]\ntitle = "Site"\nurl = "https://example.org/"\n')
    # The libraries are those of the tests. Everything else of the installation is real.
    env = {"PIP_NO_DEPS": "1", "PYTHONPATH": sysconfig.get_paths()["purelib"]}
    runner = Runner(tmp_path / "runner", env)
    done = runner.run(repository, "install.yml", "push", {"after": commit(repository, "All")})
    assert done.code == 0, done.said()[-3000:]
    assert f"it is publish, version {__version__} at " in done.said()
    cached = (tmp_path / "runner/artifacts/cached").read_text().split()
    assert [Path(path).name for path in cached] == ["publish-wheels"]
