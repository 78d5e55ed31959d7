"""A site whose pull requests are previewed: its folder, the CAR files of strangers, and the events of the forge."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.dag import car
from publisher.dag.cid import Block, Cid
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from tests.cli.test_cli import call
from tests.services.forge import Forge

OLD, NEW, NEWER = "1" * 40, "2" * 40, "3" * 40
FORK = "mallory/site"
STORE = "[stores.here]\nkind = 'embedded'\n"
GATEWAY = "[ci]\npreview-gateway = 'https://{root}.preview.example.org'\n"
SECRET = "store-token-8a61e0"
HOME = b"<!doctype html><title>Home</title><main><h1>Home</h1><p>Some words here.</p></main>"


def blocks_of(files: Mapping[str, bytes]) -> tuple[Cid, list[Block]]:
    """The root of a folder with these files, and its blocks."""
    found: list[Block] = []
    links = {path: add_file([data], MODERN, found.append) for path, data in files.items()}
    return add_tree(links, MODERN, found.append).cid, found


@dataclass
class Repository:
    """The checkout of the default branch, in a job with secrets."""

    folder: Path
    forge: Forge
    monkeypatch: pytest.MonkeyPatch
    capfd: pytest.CaptureFixture[str]
    said: str = ""
    """Everything that all commands have printed."""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.settings(STORE + GATEWAY)
        for name, value in self.forge.env.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(self.folder.parent / "summary"))
        self.monkeypatch.setenv("GITHUB_OUTPUT", str(self.folder.parent / "outputs"))

    def settings(self, text: str) -> None:
        """Write publish.toml."""
        (self.folder / "publish.toml").write_text(f"[site]\ntitle = 'Example'\n{text}", encoding="utf-8")

    def event(self, name: str, value: Mapping[str, Any]) -> None:
        """What the forge says of why this job runs."""
        path = self.folder.parent / "event.json"
        repository = {"full_name": self.forge.repository, "default_branch": "main"}
        path.write_text(json.dumps({"repository": repository, **value}), encoding="utf-8")
        self.monkeypatch.setenv("GITHUB_EVENT_NAME", name)
        self.monkeypatch.setenv("GITHUB_EVENT_PATH", str(path))

    def finished(self, commit: str, source: str = FORK, branch: str = "change", event: str = "pull_request") -> None:
        """The workflow that builds pull requests has finished. The test plays the event, which no runner here sends."""
        run = {
            "event": event,
            "head_sha": commit,
            "head_branch": branch,
            "head_repository": {"full_name": source} if source else None,
            "created_at": "2026-11-30T10:00:00Z",
            "conclusion": "success",
        }
        self.event("workflow_run", {"action": "completed", "workflow_run": run})

    def car(self, files: Mapping[str, bytes], name: str = "site.car") -> Path:
        """A CAR file as a build makes it."""
        root, blocks = blocks_of(files)
        return self.write(b"".join(car.write((root,), blocks)), name)

    def write(self, data: bytes, name: str = "site.car") -> Path:
        path = self.folder.parent / name
        path.write_bytes(data)
        return path

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The JSON of `publish ci` with these words."""
        self.capfd.readouterr()
        left = call("-C", str(self.folder), "--json", "ci", *words)
        out, err = self.capfd.readouterr()
        self.said += out + err
        assert left == code, err
        found: dict[str, Any] = json.loads(out)
        return found

    def preview(self, files: Mapping[str, bytes], code: int = 0) -> dict[str, Any]:
        return self.run("preview", str(self.car(files)), code=code)

    def everything(self) -> str:
        """All that was printed, written for the runner, or sent to the forge, except the header with its token."""
        written = [path.read_text() for name in ("summary", "outputs") if (path := self.folder.parent / name).exists()]
        sent = [f"{each.path}{dict(each.query)}{each.body.decode()}" for each in self.forge.requests]
        headers = [f"{name}: {text}" for each in self.forge.requests for name, text in each.headers.items()]
        return "\n".join([self.said, *written, *sent, *(each for each in headers if "authorization" not in each)])
