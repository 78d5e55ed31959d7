"""The page of `publish diff --html` as a person opens it: from the disk, without the network, with pages of anybody."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from publisher.diff import compare
from publisher.diff.sidebyside import document
from tests.gateway.sites import Blocks
from tests.services.browser import Browser, browser
from tests.services.listening import listening

__all__ = ["browser"]
STYLE = "<link rel=stylesheet href=a.css>"
EVIL = (
    "<script>top.document.title = 'owned'</script><img src=x onerror=\"top.document.title = 'owned'\">"
    "<meta http-equiv=refresh content='0;url=URL/refresh'><div style='background: url(URL/spy.png)'>x</div>"
    "<style>@import 'URL/spy.css';</style><form action=URL/><button>b</button></form>"
    "<iframe src=URL/frame></iframe><a target=_top href=URL/top>out</a>"
)


@pytest.fixture
def spy() -> Iterator[tuple[str, list[str]]]:
    """A server that writes down what it was asked for."""
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            pass

    with listening(Listener) as server:
        yield f"http://127.0.0.1:{server.server_port}", asked


def test_both_renderings_stand_side_by_side_and_nothing_leaves_them(
    browser: Browser, tmp_path: Path, spy: tuple[str, list[str]]
) -> None:
    url, asked = spy
    blocks = Blocks()
    css = b"p { color: rgb(1, 2, 3) }"
    evil = EVIL.replace("URL", url)
    old = blocks.add({"a.css": css, "index.html": f"{STYLE}<main><p>今天天气很好</p></main>".encode()})
    new = blocks.add({"a.css": css, "index.html": f"{STYLE}<main><p>今天天气不好</p>{evil}</main>".encode()})
    path = tmp_path / "变化.html"
    path.write_text(document(blocks.get, compare(blocks.get, old, new)), encoding="utf-8")
    browser.open(path.as_uri())
    driver = browser.driver
    assert "今天天气很不好" in browser.text()
    frames = driver.find_elements(By.TAG_NAME, "iframe")
    assert len(frames) == 2
    for frame, words in zip(frames, ("今天天气很好", "今天天气不好"), strict=True):
        driver.switch_to.frame(frame)
        paragraph = driver.find_element(By.TAG_NAME, "p")
        assert paragraph.text == words
        assert paragraph.value_of_css_property("color") == "rgba(1, 2, 3, 1)"
        for link in driver.find_elements(By.LINK_TEXT, "out"):
            link.click()
        driver.switch_to.default_content()
    assert driver.title.startswith("What changed")
    assert driver.current_url == path.as_uri()
    assert asked == []
    left, right = (frame.rect for frame in frames)
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
