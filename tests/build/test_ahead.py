"""Facts of edited articles that a child process converts: the same site, the same faults, and no loss."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publisher.build import ahead, articles
from publisher.concurrency.aside import Aside
from publisher.concurrency.forking import cores
from publisher.site.content.scan import GRAIN, SECOND
from tests.build.site import SITE, Workshop, article

CODE = 'Text.\n\n```python\nprint("字")\n```\n'


def later() -> int:
    """The clock of the builds. All files are old enough, so the next build need not read them again."""
    return time.time_ns() + 60 * SECOND


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=25)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process ids of the children. The engine counts as not imported, and another core as free."""
    started: list[int] = []

    class Counted(Aside[Any]):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            started.append(self.number)

    monkeypatch.setattr(ahead, "Aside", Counted)
    monkeypatch.setattr(ahead, "ENGINE", "no.such.module")
    monkeypatch.setattr(ahead, "is_useful", lambda workers: True)
    return started


def ended(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    return False


def open_files() -> list[int]:
    """The numbers of the open files of this process."""
    found: list[int] = []
    for number in range(256):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def test_edited_articles_come_from_a_child_and_are_the_same(shop: Workshop, children: list[int]) -> None:
    shop.write({"content/posts/p4.md": article("Post 4", 4, CODE)})
    shop.build(clock=later)
    shop.write({"content/posts/p4.md": article("Post 4", 4, f"{CODE}\nother")})
    shop.write({"content/posts/p5.md": article("New title", 5, tags="[two]")})
    shop.write({"content/posts/new.md": article("New", 7, "[four](p4.md)")})
    built = shop.build(clock=later)
    assert len(children) == 1
    assert ended(children[0])
    assert built.root == shop.clean(workers=1).root


def test_the_child_gets_highlighted_code_from_the_cache(
    shop: Workshop, children: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write({"content/posts/p4.md": article("Post 4", 4, CODE)})
    shop.build(clock=later)
    shop.write({"content/posts/p4.md": article("Post 4", 4, f"{CODE}\nother")})
    found: list[bool] = []

    def recalling(rows: Any) -> Any:
        recall = original(rows)

        def told(key: bytes) -> bytes | None:
            value = recall(key)
            found.append(value is not None)
            return value

        return told

    original = articles.recalling
    monkeypatch.setattr("publisher.build.site_files.recalling", recalling)
    shop.build(clock=later)
    assert len(children) == 1
    assert found == [True]


@pytest.mark.parametrize("when", ["prepare", "__call__"])
def test_a_child_that_is_killed_costs_time_and_nothing_else(
    shop: Workshop, children: list[int], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    shop.build(clock=later)
    shop.write({"content/posts/p4.md": article("Post 4", 4, CODE)})
    here, original = os.getpid(), getattr(articles.Parser, when)

    def dies(*args: Any) -> Any:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args)

    monkeypatch.setattr(articles.Parser, when, dies)
    root = shop.build(clock=later).root
    monkeypatch.undo()
    assert len(children) == 1
    assert root == shop.clean(workers=1).root


def test_the_faults_of_an_article_are_the_same(shop: Workshop, children: list[int]) -> None:
    shop.build(clock=later)
    shop.write({"content/posts/p4.md": article("Post 4", 4, "[gone](gone.md)\n\n$\\frac{1}$\n")})
    faults = shop.faults(clock=later)
    assert len(children) == 1
    assert ended(children[0])
    assert faults == shop.faults(cache=shop.folder.parent / "other", workers=1)
    assert any("gone.md" in fault for fault in faults)


def test_an_article_with_a_secret_is_held_back(shop: Workshop, children: list[int]) -> None:
    shop.build(clock=later)
    shop.write({"content/posts/p4.md": article("Post 4", 4, "::include{file=posts/key.txt}")})
    shop.write(
        {"content/posts/key.txt": "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n"}
    )
    faults = shop.faults(clock=later)
    assert len(children) == 1
    assert faults == shop.faults(cache=shop.folder.parent / "other", workers=1)


def test_if_the_system_allows_no_process_this_one_does_the_work(
    shop: Workshop, children: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise BlockingIOError("too many processes")

    shop.build(clock=later)
    shop.write({"content/posts/p4.md": article("Post 4", 4, CODE)})
    files = open_files()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fork", refused)
        built = shop.build(clock=later)
    assert children == []
    assert open_files() == files
    assert built.root == shop.clean(workers=1).root


def test_no_child_starts_if_nothing_or_much_has_changed(shop: Workshop, children: list[int]) -> None:
    shop.build(clock=later)
    shop.build(clock=later)
    shop.write({f"content/posts/p{n}.md": article(f"Post {n}", n, "other") for n in range(1, 21)})
    shop.build(clock=later)
    assert children == []


def test_the_child_ends_if_new_settings_change_all_articles(shop: Workshop, children: list[int]) -> None:
    shop.build(clock=later)
    shop.write({"content/posts/p4.md": article("Post 4", 4, CODE)})
    site = replace(SITE, language="fr")
    built = shop.build(site=site, clock=later)
    assert len(children) == 1
    assert ended(children[0])
    assert built.root == shop.clean(site=site, workers=1).root


def test_the_command_does_not_import_the_engine_for_an_edit(shop: Workshop) -> None:
    if cores() == 1 or not hasattr(os, "sched_setaffinity"):
        pytest.skip("the command starts a child only if there are two cores")
    (shop.folder / "publish.toml").write_text('[site]\ntitle = "Example"\n')
    script = (
        "import os, sys\n"
        "if 'alone' in sys.argv:\n"
        "    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from publisher.cli import main\n"
        "try:\n"
        "    main(['build', '-q'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "print('markdown' in sys.modules)\n"
    )

    def run(*words: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", script, *words], cwd=shop.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    time.sleep(GRAIN / SECOND + 0.1)
    run()
    shop.write({"content/posts/p4.md": article("Post 4", 4, CODE)})
    edited = run()
    assert edited[1] == "False"
    shop.write({"content/posts/p5.md": article("Post 5", 5, CODE)})
    alone = run("alone")
    assert alone[1] == "True"
    shop.write({"content/posts/p5.md": article("Post 5", 5, tags="[one]")})
    shutil.rmtree(shop.folder / ".publish")
    assert run()[0] == edited[0]
