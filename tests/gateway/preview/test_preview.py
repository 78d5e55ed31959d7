"""The preview in a real browser: it reloads on save, shows what is wrong, and nothing of it reaches the root."""

import contextlib
import http.client
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.dag.cid import Cid, Get
from publisher.errors import ConfigError, ContentError, Problem
from publisher.gateway.preview.live import PageFault
from publisher.gateway.preview.preview import Preview, PreviewActions
from tests.gateway.sites import Blocks
from tests.services.browser import Browser, browser

__all__ = ["browser"]


class Author:
    """A folder with pages, a build that copies them, and a preview of it in a thread."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.blocks = Blocks()
        self.content = folder / "content"
        self.config = folder / "publish.toml"
        self.templates = folder / "templates"
        self.said: list[str] = []
        self.builds: list[str] = []
        self.slow = 0.0
        watched = [self.content, self.templates, self.config]
        self.preview = Preview(
            PreviewActions(self.rebuild, self.opening, watched, self.said.append), "demo.eth", port=port
        )
        self.thread = threading.Thread(target=self.preview.run)

    @contextlib.contextmanager
    def opening(self) -> Iterator[Get]:
        yield self.blocks.get

    def rebuild(self) -> tuple[Cid, tuple[PageFault, ...]]:
        files = {
            path.relative_to(self.content).as_posix(): path.read_bytes() for path in sorted(self.content.rglob("*.*"))
        }
        self.builds.append(files.get("index.html", b"").decode())
        time.sleep(self.slow)
        if self.config.exists() and b"?" in self.config.read_bytes():
            raise ConfigError("publish", "publish.toml: not TOML", hint="mend it")
        faults = [
            Problem(path, 1, data.index(b"BROKEN") + 1, "a word is broken", "mend it")
            for path, data in files.items()
            if b"BROKEN" in data
        ]
        if faults:
            raise ContentError("build", faults)
        return self.blocks.add({**files, "_redirects": b"/* /404.html 404\n"}), ()

    def write(self, text: str, path: str = "index.html") -> None:
        place = self.content / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"<!doctype html><title>t</title><body><p>{text}</p></body>", encoding="utf-8")

    def fetch(self, path: str, host: str = "demo.eth.localhost", **headers: str) -> tuple[int, dict[str, str], bytes]:
        port = int(re.findall(r":(\d+)/", self.preview.address)[0])
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request("GET", path, headers={"Host": f"{host}:{port}", **names})
            answer = line.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def until(self, what: str) -> None:
        for _ in range(200):
            if any(what in line for line in self.said):
                return
            time.sleep(0.05)
        raise AssertionError(f"{what} was never said: {self.said}")


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    made = Author(tmp_path)
    made.write("first")
    made.write("not here", "404.html")
    yield made
    made.preview.stop()
    if made.thread.ident is not None:
        made.thread.join()


def start(author: Author) -> None:
    author.thread.start()
    author.until("b")


PROBLEMS = "const o = document.getElementById('publish-problems'); return o && (o.shadowRoot || o).textContent"


def shows(text: str) -> str:
    return f"return document.body.innerText.includes({text!r})"


def test_a_save_reloads_the_page(author: Author, browser: Browser) -> None:
    start(author)
    browser.open(author.preview.address)
    assert browser.text() == "first"
    author.write("第二版 second")
    browser.wait(shows("第二版 second"))
    author.write("third")
    browser.wait(shows("third"))
    assert not [each for each in browser.failed() if "favicon" not in each.url]


def test_an_error_is_shown_over_the_last_good_page_and_goes_away_when_it_is_mended(
    author: Author, browser: Browser
) -> None:
    start(author)
    browser.open(author.preview.address)
    author.write("BROKEN <b>x</b>", "posts/a.html")
    author.write("second")
    problem = "posts/a.html:1:41: a word is broken; mend it"
    assert problem in browser.wait(PROBLEMS)
    assert browser.text() == "first"
    assert problem in author.said
    browser.driver.refresh()
    assert problem in browser.wait(PROBLEMS)
    browser.driver.execute_script(
        "document.getElementById('publish-problems').shadowRoot.querySelector('button').click()"
    )
    assert not browser.driver.execute_script(PROBLEMS)
    author.write("mended", "posts/a.html")
    browser.wait(shows("second"))
    assert not browser.driver.execute_script(PROBLEMS)


def test_the_first_build_may_be_broken_too(author: Author, browser: Browser) -> None:
    author.write("BROKEN")
    start(author)
    browser.open(author.preview.address)
    assert "index.html:1:41: a word is broken; mend it" in browser.wait(PROBLEMS)
    assert author.preview.root is None
    author.write("still BROKEN")
    browser.wait("return document.body.innerText.includes('1:47')")
    author.write("mended")
    browser.wait(shows("mended"))


def test_a_page_that_was_missing_appears(author: Author, browser: Browser) -> None:
    start(author)
    browser.open(author.preview.address + "new.html")
    assert browser.text() == "not here"
    author.write("there", "new.html")
    browser.wait(shows("there"))


def test_a_page_comes_back_by_itself_when_the_preview_was_started_again(
    author: Author, browser: Browser, tmp_path: Path
) -> None:
    start(author)
    browser.open(author.preview.address)
    port = int(author.preview.address.rstrip("/").rpartition(":")[2])
    author.preview.stop()
    author.thread.join()
    author.write("while it was away")
    again = Author(tmp_path, port=port)
    start(again)
    browser.wait(shows("while it was away"), 20)
    again.preview.stop()
    again.thread.join()


def test_a_bare_host_leads_to_the_site(author: Author, browser: Browser) -> None:
    start(author)
    browser.open(author.preview.address.replace("demo.eth.localhost", "127.0.0.1"))
    assert browser.driver.current_url == author.preview.address


def test_the_script_is_in_the_response_and_never_in_the_root(author: Author) -> None:
    start(author)
    root = author.preview.root
    status, headers, page = author.fetch("/")
    assert status == 200
    assert page.endswith(f'<script src="/.publish/live.js" data-root="{root}"></script>\n</body>'.encode())
    assert headers["content-length"] == str(len(page))
    assert headers["etag"] == f'"{root}.{root}"'
    assert headers["cache-control"] == "no-cache"
    for path, host in ((f"/ipfs/{root}/", "127.0.0.1"), ("/", f"{root}.ipfs.localhost")):
        plain = author.fetch(path, host)
        assert b"script" not in plain[2]
        assert plain[1]["etag"] == f'"{root}"'
        assert "immutable" in plain[1]["cache-control"]
    assert author.fetch("/.publish/events", "127.0.0.1")[0] == 404
    assert author.fetch("/", "evil.example")[0] == 403


def test_a_page_is_not_sent_again_until_something_is_built(author: Author) -> None:
    start(author)
    tag = author.fetch("/")[1]["etag"]
    assert author.fetch("/", if_none_match=tag)[0] == 304
    assert author.fetch("/", if_none_match=tag.partition(".")[0] + '"')[0] == 200  # the page without the script
    author.write("other", "other.html")
    for _ in range(100):
        if f'"{author.preview.root}.{author.preview.root}"' != tag:
            break
        time.sleep(0.05)
    assert author.fetch("/", if_none_match=tag)[0] == 200


def test_other_pages_in_the_same_browser_cannot_read_what_is_not_published(author: Author) -> None:
    start(author)
    for path in ("/", "/.publish/live.js", "/absent"):
        assert not [name for name in author.fetch(path)[1] if name.startswith("access-control")]


def test_a_refusal_is_a_page_for_a_browser_so_that_it_reloads(author: Author) -> None:
    start(author)
    status, headers, page = author.fetch("/%zz", accept="text/html,*/*")
    assert (status, headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert b"/.publish/live.js" in page
    assert "script-src 'self'" in headers["content-security-policy"]
    assert author.fetch("/%zz")[1]["content-type"] == "text/plain; charset=utf-8"


def test_a_picture_passes_unchanged(author: Author) -> None:
    (author.content / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n</body>")
    start(author)
    status, headers, data = author.fetch("/x.png", range="bytes=0-3")
    assert (status, data, headers["content-range"]) == (206, b"\x89PNG", "bytes 0-3/15")


def test_what_is_saved_during_a_build_is_built_after_it_once(author: Author) -> None:
    author.slow = 0.6
    author.thread.start()
    while not author.builds:
        time.sleep(0.01)
    for text in ("a", "b", "c"):
        author.write(text)
        time.sleep(0.05)
    time.sleep(1.6)
    assert [re.findall("<p>(.*)</p>", page)[0] for page in author.builds] == ["first", "c"]


def move_away_and_back(author: Author) -> None:
    author.content.rename(author.content.with_name("away"))
    author.content.with_name("away").rename(author.content)


STEPS = {
    "a file appears": lambda author: author.config.write_text("a = 1"),
    "it is wrong": lambda author: author.config.write_text("a = ?"),
    "it goes": lambda author: author.config.unlink(),
    "a folder appears": lambda author: author.templates.mkdir(),
    "something is in it": lambda author: (author.templates / "base.html").write_text("x"),
    "it goes too": lambda author: shutil.rmtree(author.templates),
    "a folder is another one": move_away_and_back,
}


def test_a_folder_or_a_file_that_comes_and_goes_is_seen(author: Author) -> None:
    start(author)
    for step, take in STEPS.items():
        before = len(author.builds)
        take(author)
        for _ in range(100):
            if len(author.builds) > before:
                break
            time.sleep(0.05)
        else:
            raise AssertionError(f"nobody saw that {step}")
        time.sleep(0.3)
    assert "publish: publish.toml: not TOML; mend it" in author.said


def test_what_an_editor_keeps_beside_a_file_builds_nothing(author: Author) -> None:
    start(author)
    for name in (".index.html.swp", "index.html~", ".git/HEAD"):
        (author.content / name).parent.mkdir(exist_ok=True)
        (author.content / name).write_text("x")
    time.sleep(0.4)
    assert len(author.builds) == 1


SCRIPT = """
import contextlib, pathlib, sys, time
from publisher.gateway.preview.preview import Preview, PreviewActions
from tests.gateway.sites import Blocks
blocks = Blocks()
def rebuild():
    print("building", flush=True)
    time.sleep(float(sys.argv[2]))
    return blocks.add({"index.html": b"x"}), ()
work = PreviewActions(rebuild, lambda: contextlib.nullcontext(blocks.get), [pathlib.Path(sys.argv[1])])
preview = Preview(work, "demo")
print(preview.address, flush=True)
print("ended by", preview.run().name, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("build", ["0", "60"])
def test_a_signal_ends_it_quietly_even_while_it_builds(tmp_path: Path, number: signal.Signals, build: str) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), build]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("http://demo.localhost:")
        assert run.stdout.readline() == "building\n"
        time.sleep(0.2)
        run.send_signal(number)
        out, err = run.communicate(timeout=10)
    assert (run.returncode, out, err) == (0, f"ended by {number.name}\n", "")


def test_an_open_page_does_not_hold_up_the_end(author: Author, browser: Browser) -> None:
    start(author)
    browser.open(author.preview.address)
    began = time.monotonic()
    author.preview.stop()
    author.thread.join()
    assert time.monotonic() - began < 2
