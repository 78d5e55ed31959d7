"""Plan the files of a pipeline for a site, compare them with the files that exist, and write them."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher.app.installed import constraints, install_spec
from publisher.app.replace_file import replace_text
from publisher.ci.kinds import PROGRAMS, SHARED, PipelineKind
from publisher.ci.repository import Repository
from publisher.ci.templates import PipelineValues, filled, without_variables
from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.regular_files import read_all
from publisher.secrets.hosts import SUFFIX

if TYPE_CHECKING:
    from publisher.config import Config

LARGEST = 1 << 20
"""The largest file in bytes that is compared with a file of a pipeline."""
FileState = Literal["missing", "equal", "outdated", "different"]
"""An outdated file differs only because publish.toml names other variables now. The author has not changed it."""


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """A file of a pipeline, and the state of the file that the repository has at its path."""

    path: str
    """The path below the top of the repository, with slashes."""
    text: str
    state: FileState
    program: bool = False
    """Whether the file is a program. Then everybody who may read the file may run it."""
    there: str = ""
    """The text of the file that is there, if it is different."""
    shared: bool = False
    """Whether the author may have lines of another subject in this file. Then it is never replaced."""

    @property
    def diff(self) -> tuple[str, ...]:
        """The lines of the difference. There are none unless `state` is `different`."""
        if self.state != "different":
            return ()
        old, new = self.there.splitlines(), self.text.splitlines()
        return tuple(difflib.unified_diff(old, new, self.path, f"{self.path} (new)", lineterm="", n=1))


def values_of(
    settings: Config, repository: Repository, kind: PipelineKind, branch: str = "", install: str = ""
) -> PipelineValues:
    """Return the values for the templates.

    An empty `branch` stands for the branch of `repository`, and an empty `install` for the program of this machine.
    Raises ConfigError if the branch is unknown, or if this machine has the program from a place that a pipeline cannot
    reach.
    """
    branch = branch or repository.branch
    if not branch:
        hint = "name the branch: `publish ci init --branch main`"
        raise ConfigError("publish ci init", "the branch from which the site is published is unknown", hint=hint)
    secrets, hosts = variables_of(settings)
    return PipelineValues(
        branch=branch,
        site=repository.site,
        install=install or install_spec(repository.top),
        action=kind.action or ".",
        runner=kind.runner or ".",
        clone=repository.remote.name or repository.top.name,
        secrets=secrets,
        signing=signing_variables(settings),
        hosts=hosts,
    )


def variables_of(settings: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the secret variables of publish.toml, and the variables with the hosts that may receive them, sorted.

    A variable that signs is sent to no host. The address of an end point or of a node is not sent either.
    """
    from publisher.config import variables

    found = variables(settings)
    sent = {each.name for each in found if each.use in ("secret", "user")}
    return tuple(sorted({each.name for each in found})), tuple(sorted(name + SUFFIX for name in sent))


def signing_variables(settings: Config) -> tuple[str, ...]:
    """Return the variables with which the site signs, sorted."""
    from publisher.config import variables

    return tuple(sorted({each.name for each in variables(settings) if each.signs}))


def plan_files(repository: Repository, kind: PipelineKind, values: PipelineValues) -> tuple[PipelineFile, ...]:
    """Return the files of a pipeline, each compared with the file that is there.

    Raises ConfigError if a value cannot be written into a file, or if a file that is there cannot be read.
    """
    texts = [(path, filled(template, values), template in PROGRAMS) for template, path in kind.files]
    texts.append((kind.constraints, constraints(), False))
    return tuple(_compared(repository.top, path, text, program) for path, text, program in texts)


def _compared(top: Path, path: str, text: str, program: bool) -> PipelineFile:
    shared = path in SHARED
    try:
        there = read_all(_inside(top, path), LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return PipelineFile(path, text, "missing", program, shared=shared)
    except OSError as error:
        hint = "remove this file, or correct its owner and mode"
        raise ConfigError(path, f"the file cannot be read: {error.strerror}", hint=hint) from error
    if there == text or (shared and text.splitlines()[-1].strip() in there):
        return PipelineFile(path, text, "equal", program, shared=shared)
    state: FileState = "outdated" if without_variables(there) == without_variables(text) else "different"
    return PipelineFile(path, text, state, program, there, shared)


def is_as_written(file: PipelineFile, placeholders: tuple[str, ...]) -> bool:
    """Return whether the file that is there differs from `file` only where `file` has one of `placeholders`."""
    pattern = re.escape(file.text)
    for word in placeholders:
        pattern = pattern.replace(re.escape(word), r'[^"\n]+')
    return re.fullmatch(pattern, file.there) is not None


def write_file(top: Path, file: PipelineFile) -> None:
    """Write a file of a pipeline and the folders above it. Raises ConfigError if it cannot be written."""
    path = _inside(top, file.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, file.text)
        if file.program:
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o444) >> 2)  # Whoever may read the program may run it.
    except OSError as error:
        hint = "make room, or correct the owner or mode of the folder"
        raise ConfigError(file.path, f"the file cannot be written: {error.strerror}", hint=hint) from error


def _inside(top: Path, path: str) -> Path:
    """Return the path of a file.

    Raises ConfigError if the path is a symbolic link, or leads out of the repository through one.
    """
    place = top / path
    if place.is_symlink() or not place.parent.resolve().is_relative_to(top.resolve()):
        hint = "replace the symbolic link by a file or a folder"
        raise ConfigError(path, "a symbolic link on this path leads to another place", hint=hint)
    return place
