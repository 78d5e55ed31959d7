"""The steps of the Containerfile build the program from this checkout and run the demo, in a root of Debian."""

import os
import re
from pathlib import Path

import pytest

from publisher import __version__
from tests.services.container import Step, build, debian_root, entrypoint, may_unshare, steps
from tests.services.install import DEBIAN, PACKAGES

FILE = Path(__file__).resolve().parents[2] / "Containerfile"


@pytest.mark.whole
def test_every_step_runs_and_the_last_one_shows_a_published_site(tmp_path: Path) -> None:
    if os.environ.get("GAZETH_REQUIRE_SERVICES") != "1":
        pytest.skip("it downloads every library, which takes a minute or two: GAZETH_REQUIRE_SERVICES=1 runs it")
    base = debian_root()
    if not may_unshare():
        pytest.skip("this user may not make namespaces: see kernel.apparmor_restrict_unprivileged_userns")
    root = tmp_path / "root"
    root.mkdir()
    made = build(FILE, base, root, 280)
    assert made.returncode == 0, made.stdout[-4000:] + made.stderr[-4000:]
    assert re.search(r"^http://demo\.eth\.localhost:\d+/$", made.stdout, re.MULTILINE)
    assert made.stdout.endswith(f"publish, version {__version__}\n")
    assert "every one is from" in made.stderr
    assert not root.exists()


def test_it_begins_with_the_debian_of_the_tests_and_installs_what_their_root_has() -> None:
    text = FILE.read_text()
    (base,) = (step.words for step in steps(text) if step.name == "FROM")
    assert base == f"docker.io/library/debian:{DEBIAN}-slim"
    assert f"--no-install-recommends {' '.join(PACKAGES)} " in text
    assert entrypoint(text) == "publish"


def test_a_step_that_continues_on_the_next_line_is_one_and_comments_are_none() -> None:
    assert list(steps("# x\nRUN a \\\n  b\n\nUSER me\n")) == [Step("RUN", "a    b"), Step("USER", "me")]
