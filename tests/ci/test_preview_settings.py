"""The table [ci], the addresses of previews, the names of their pins, and where a preview may run."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.ci.preview_pins import LONGEST, PreviewPin, parse_pin_name, pin_name, preview_id
from publisher.ci.settings import CiSettings
from tests.ci.pull_requests import NEW, STORE, Repository, blocks_of
from tests.config.test_config import faults, read

ROOT = blocks_of({"index.html": b"x"})[0]
SITE = "[site]\ntitle = 'x'\n"


@pytest.mark.parametrize(
    ("gateway", "address"),
    [
        ("", ""),
        ("https://gateway.example.org", f"https://gateway.example.org/ipfs/{ROOT}/"),
        ("https://gateway.example.org/", f"https://gateway.example.org/ipfs/{ROOT}/"),
        ("https://{root}.ipfs.example.org", f"https://{ROOT}.ipfs.example.org/"),
        ("http://127.0.0.1:8080/ipfs/{root}/", f"http://127.0.0.1:8080/ipfs/{ROOT}/"),
    ],
)
def test_the_address_of_a_preview(gateway: str, address: str) -> None:
    assert read(f"{SITE}[ci]\npreview-gateway = '{gateway}'\n").ci.address(ROOT) == address
    assert CiSettings(preview_gateway=gateway).address(ROOT.to_v0() or ROOT) == address


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("preview-gateway = 'gateway.example.org'", "preview-gateway: must be the address of a gateway"),
        ("preview-gateway = 'javascript:alert(1)//{root}'", "preview-gateway: must be the address of a gateway"),
        ("preview-gateway = 'https://anna:pass@example.org'", "preview-gateway: must be the address of a gateway"),
        ("preview-stores = ['locla']", "preview-stores: there is no store 'locla'; write one of local"),
        ("preview-days = 0", "preview-days: must be from 1 to"),
        ("preview-days = 99999", "preview-days: must be from 1 to"),
        ("preview-megabytes = 0", "preview-megabytes: must be from 1 to"),
        ("preview-parts = -1", "preview-parts: must be from 1 to"),
        ("gateway = 'https://example.org'", "ci.gateway: unknown key; did you mean preview-gateway?"),
    ],
)
def test_a_fault_of_the_table_has_its_line_and_what_to_write(line: str, said: str) -> None:
    (fault,) = faults(f"{SITE}[ci]\n{line}\n")
    assert fault.startswith("publish.toml:4: ci.")
    assert said in fault


@given(st.text(max_size=120), st.integers(1, 10**9), st.dates(date(1000, 1, 1)))
def test_the_name_of_a_pin_can_be_read_back(site: str, number: int, day: date) -> None:
    name = pin_name(site, number, day)
    assert parse_pin_name(site, name) == PreviewPin(number, day)
    assert len(name.encode()) <= 255
    assert parse_pin_name(f"{site}!", name) is None or len(site.encode()) >= LONGEST


@pytest.mark.parametrize(
    "name",
    [
        "",
        "example.eth",
        "preview/example.eth",
        "preview/example.eth/pr-0/2026-11-30",
        "preview/example.eth/pr-12/2026-11-31",
        "preview/example.eth/pr-12/2026-11-30/more",
        "preview/other.eth/pr-12/2026-11-30",
        "x/preview/example.eth/pr-12/2026-11-30",
    ],
)
def test_what_is_not_the_pin_of_a_preview_is_left_alone(name: str) -> None:
    assert parse_pin_name("example.eth", name) is None


def test_each_pull_request_has_an_id_of_its_own() -> None:
    made = [preview_id(*each) for each in (("a/b", "x", 1), ("a/b", "x", 2), ("a/c", "x", 1), ("a/b", "y", 1))]
    assert len(set(made)) == 4
    assert all(len(bytes.fromhex(each)) == 8 for each in made)


@pytest.mark.parametrize("command", ["preview", "close", "sweep"])
def test_outside_of_a_workflow_nothing_is_done(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    repository.settings(STORE)
    repository.finished(NEW)
    monkeypatch.delenv("GITHUB_ACTIONS")
    words = [command, *([str(repository.car({"index.html": b"x"}))] if command == "preview" else [])]
    if command == "close":
        words += ["--pull-request", "12"]
    assert "not in a" in repository.run(*words, code=2)["error"]["message"]
    assert not repository.forge.requests


@pytest.mark.parametrize("value", [{}, {"pull_request": {"number": "12"}}, {"pull_request": {"number": 0}}])
def test_a_closing_needs_a_number(repository: Repository, value: dict[str, object]) -> None:
    repository.event("pull_request_target", value)
    assert "--pull-request NUMBER" in repository.run("close", code=2)["error"]["hint"]
