"""Replace a file when the new one is complete. Refuse a path of the command line that has a file of another kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from publisher.errors import ConfigError
from publisher.regular_files import open_regular

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.config import Config


def must_be_free(path: Path, is_ours: Callable[[BinaryIO], bool], kind: str, example: str) -> None:
    """Raise ConfigError if `path` is a folder, cannot be read, or is a file of another kind than the new file.

    `is_ours` reads the old file and returns whether it is of the same kind. An empty file may always be replaced.
    `kind` is the name of the kind, and `example` the name of such a file. Both are parts of the error.
    """
    if path.is_dir() or not path.name:
        raise ConfigError(str(path), "this is a folder", hint=f"name a file, such as {example}")
    try:
        with open(open_regular(path, follow=True), "rb") as file:
            ours = not file.read(1) or (file.seek(0) == 0 and is_ours(file))
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(
            str(path), f"this file cannot be replaced: {error.strerror}", hint="name another file"
        ) from error
    if not ours:
        raise ConfigError(
            str(path), f"this file exists already and is no {kind}", hint="name another file, or remove this one"
        )


def must_be_beside(session: Session, settings: Config, path: Path) -> None:
    """Raise ConfigError if `path` is in a folder of sources, because the next build would publish the file."""
    from publisher.build.folder_checks import below

    build = settings.build
    for key, name in (("content", build.content), ("templates", build.templates), ("static", build.static)):
        if below(path, session.site / name):
            what = f"this file is in the {key} folder: the next build would publish it"
            raise ConfigError(str(path), what, hint="name a file outside that folder")


def replace_text(path: Path, text: str) -> None:
    """Write `text` into the file at `path`, in UTF-8. If this fails, the earlier file stays as it was.

    Raises ConfigError if the file cannot be written.
    """
    with replacing(path) as file:
        file.write(text.encode("utf-8"))


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file with a temporary name. At the end, it replaces `path`.

    Raises ConfigError if the file cannot be written.
    """
    part = path.with_name(f".{path.name[:80]}.{os.urandom(4).hex()}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise ConfigError(
            str(path),
            f"this file cannot be written: {error.strerror}",
            hint="make room, or correct the owner or mode of the folder",
        ) from error
    finally:
        part.unlink(missing_ok=True)
