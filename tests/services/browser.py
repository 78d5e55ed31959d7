"""A real browser without a window: Chromium, driven by selenium, fresh for each module of tests."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1000,800",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request of the browser; status 0 when there was no answer, and then why."""

    url: str
    status: int
    why: str = ""
    mime: str = ""

    @property
    def failed(self) -> bool:
        """No answer, or one that is an error. Requests given up because the page was left do not count."""
        return self.status >= 400 or (not self.status and self.why != "net::ERR_ABORTED")


@dataclass(slots=True)
class Browser:
    """`driver` is selenium's own; the rest are the questions that tests ask most."""

    driver: webdriver.Chrome
    _urls: dict[str, str] = field(default_factory=dict)
    """The URL of each request that a page has made."""

    def open(self, url: str) -> None:
        """Go there and wait until the page has loaded; what was logged before is forgotten."""
        self.exchanges()
        self.driver.get(url)

    def text(self) -> str:
        """What the page shows, its shadow trees left out."""
        shown: str = self.driver.execute_script("return document.body ? document.body.innerText : ''")
        return shown

    def wait(self, script: str, seconds: float = 10) -> Any:
        """Until a script (`return ...`) gives something true; its result. Errors of a page that is changing pass."""
        waiting = WebDriverWait(self.driver, seconds, poll_frequency=0.05, ignored_exceptions=(Exception,))
        return waiting.until(lambda driver: driver.execute_script(script), f"never true: {script}")

    def exchanges(self) -> list[Exchange]:
        """Every request of a page that has ended since the last call.

        The browser makes requests of its own when it starts. Their beginning is not logged, so they are left out.
        """
        done: list[Exchange] = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            params = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                if "redirectResponse" in params:
                    done.append(_answer(params["redirectResponse"]))
                self._urls[params["requestId"]] = params["request"]["url"]
            elif message["method"] == "Network.responseReceived":
                done.append(_answer(params["response"]))
            elif message["method"] == "Network.loadingFailed" and params["requestId"] in self._urls:
                done.append(Exchange(self._urls[params["requestId"]], 0, params["errorText"]))
        return done

    def failed(self) -> list[Exchange]:
        """The requests since the last call that failed."""
        return [each for each in self.exchanges() if each.failed]


def _answer(response: dict[str, Any]) -> Exchange:
    return Exchange(response["url"], int(response["status"]), mime=response["mimeType"])


def find(name: str) -> str:
    """The program's path; the test is skipped where there is none, and fails with GAZETH_REQUIRE_SERVICES=1."""
    path = shutil.which(name)
    if path:
        return path
    reason = f"{name} is not installed: run `make services`"
    if os.environ.get("GAZETH_REQUIRE_SERVICES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a profile of its own, closed at the end of the module."""
    options = Options()
    options.binary_location = find(next(filter(shutil.which, ("chromium", "google-chrome")), "chromium"))
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options, Service(find("chromedriver")))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
