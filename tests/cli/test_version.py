"""`publish --version`, alone and with what a bug report needs."""

import getpass
import json
import socket
from importlib import metadata
from pathlib import Path

import pytest

from publisher import __version__
from publisher.app.installation import libraries, origin
from publisher.cli import main


def said(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert not ended.value.code
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


@pytest.mark.parametrize("words", [("--version",), ("--version", "-q"), ("--version", "build")])
def test_alone_it_is_one_line(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert said(*words, capsys=capsys) == f"publish, version {__version__}\n"


@pytest.mark.parametrize("words", [("--version", "-v"), ("-v", "--version"), ("--version", "--json")])
def test_with_details_it_has_every_version_and_nothing_of_the_user(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLISH_KEY", "sentinel-of-a-secret")
    monkeypatch.setenv("PIP_INDEX_URL", "https://anna:sentinel-of-a-secret@index.example.org/")
    text = said(*words, capsys=capsys)
    for private in ("sentinel", str(Path.home()), str(tmp_path), str(Path(__file__).parents[2]), "://", "example.org"):
        assert private not in text
    for name in {getpass.getuser(), socket.gethostname()} - {"root", "localhost"}:
        assert name not in text.split()
    for known in (__version__, f"web3 {metadata.version('web3')}".split()[1], "sqlite", "openssl", "installed from"):
        assert known in text
    if "--json" in words:
        assert json.loads(text)["libraries"] == libraries()


def test_the_libraries_are_those_that_the_program_asks_for() -> None:
    found = libraries()
    assert {"click", "ipfshttpclient", "web3", "uvicorn"} <= found.keys()
    assert found["markdown"] == metadata.version("markdown")
    assert not {"pytest", "mypy", "ruff"} & found.keys()


GIT = {"url": "https://anna:secret@git.example.org/x", "vcs_info": {"vcs": "git", "commit_id": "a" * 40}}
FILE = {"url": "file:///home/anna/x.whl", "archive_info": {"hashes": {"sha256": "b" * 64}}}


@pytest.mark.parametrize(
    ("direct", "words"),
    [
        (None, "a package index by pip"),
        (json.dumps(GIT), f"a version control system by pip, commit {'a' * 40}"),
        (json.dumps({"vcs_info": {"commit_id": "../anna"}}), "a version control system by pip, commit unknown"),
        (json.dumps(FILE), f"a file by pip, sha256 {'b' * 64}"),
        (json.dumps({"archive_info": {"hashes": {"sha256": "anna"}}}), "a file by pip"),
        (json.dumps({"archive_info": {"hashes": ["anna"]}}), "a file by pip"),
        (json.dumps({"url": "file:///home/anna", "dir_info": {"editable": True}}), "a folder by pip, editable"),
        (json.dumps({"url": "file:///home/anna", "dir_info": {}}), "a folder by pip"),
        ("[", "an unknown place by pip"),
        ("[]", "an unknown place by pip"),
        ("[" * 100_000, "an unknown place by pip"),
    ],
)
def test_the_place_of_the_installation_is_said_without_its_address(direct: str | None, words: str) -> None:
    assert origin(direct, "pip\n") == words
    assert origin(direct, "/home/anna") == words.replace(" by pip", "")
