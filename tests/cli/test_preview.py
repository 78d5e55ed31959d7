"""`publish preview` as its user runs it: the address, a page, a save, a fault in a page, and Ctrl-C."""

import re
import signal
import time
from pathlib import Path

import pytest

from publisher.cli import main
from tests.gateway.running import Running, serving

ARTICLE = "---\ntitle: {title}\ndate: 2026-11-01\n---\n\n{text}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A new site with one article more."""
    folder = tmp_path / "site"
    with pytest.raises(SystemExit) as left:
        main(["-q", "init", str(folder)])
    assert not left.value.code
    write(folder, "你好", "第一段")
    return folder


def write(folder: Path, title: str, text: str) -> None:
    (folder / "content/posts/hello.md").write_text(ARTICLE.format(title=title, text=text), encoding="utf-8")


def page(running: Running) -> str:
    """The article as a visitor gets it, or the page that says that the first build is not done yet."""
    host = re.findall(r"//([^:/]+)", running.url)[0]
    status, body, _ = running.get("/posts/hello/", host)
    assert status in (200, 503)
    return body.decode()


def page_with(running: Running, text: str) -> str:
    """The article as soon as it shows `text`."""
    end = time.monotonic() + 30
    while text not in (shown := page(running)):
        assert time.monotonic() < end, shown
        time.sleep(0.05)
    return shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_preview_shows_each_save_and_each_fault_until_it_is_stopped(site: Path, number: signal.Signals) -> None:
    with serving(site, "preview") as running:
        page_with(running, "第一段")
        write(site, "你好", "第二段")
        page_with(running, "第二段")
        write(site, "你好", "第三段 [nowhere](gone.md)")
        assert "gone.md" in page_with(running, "第三段")
        code, out, err = running.end(number)
    assert (code, out) == (0, ""), err
    assert "Traceback" not in err
    assert sorted(path.name for path in site.iterdir()) == [".gitignore", ".publish", "content", "publish.toml"]
