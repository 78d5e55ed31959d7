"""Write a new article."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.app.context import Session
from publisher.errors import ConfigError

LONGEST = 200
"""The part of a file name that is made from a title has at most this many bytes. A whole name may have 255."""


def new_article(session: Session, title: str, *, page: bool, draft: bool) -> Path:
    """Write a new article and return its path. Raises ConfigError if the title gives no address or the file exists."""
    from publisher.build.folder_checks import below
    from publisher.site.urls import slug

    settings = session.settings()
    title = written(title)
    name = slug(title).encode()[:LONGEST].decode("utf-8", "ignore").rstrip("-")
    if not name:
        hint = "write a title with a word; the title can be changed in the file later, the address stays"
        raise ConfigError("publish new", "the title has no letter or number to make an address from", hint=hint)
    folder = session.site / settings.build.content / ("" if page else "posts")
    if below(folder, session.site / settings.build.content) is None:
        raise ConfigError(
            str(folder),
            "this is a symbolic link that leads out of the content folder",
            hint="replace the link by a folder",
        )
    path = folder / f"{name}.md"
    today = datetime.now(ZoneInfo(settings.site.timezone)).date().isoformat()
    lines = [f"title: {quoted(title)}", *([] if page else [f"date: {today}"]), *(["draft: true"] if draft else [])]
    write_new(path, "\n".join(["---", *lines, "---", "", "Write here.", ""]))
    return path


def written(title: str) -> str:
    """Return the title as one line. Raises ConfigError for control characters and for bytes that are not UTF-8."""
    title = " ".join(title.split())
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in title):
        raise ConfigError(
            "publish new",
            "the title holds control characters, or bytes that are not UTF-8",
            hint="write the title again",
        )
    return title


def quoted(text: str) -> str:
    """Return `text` as a quoted string. YAML and TOML both read this string as `text`."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet. Raises ConfigError if it exists or cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        if not path.exists():
            raise ConfigError(
                str(path), "the folder of this path is a file", hint="remove that file, or rename it"
            ) from error
        raise ConfigError(
            str(path), "this file exists already", hint="choose another name, or edit that file"
        ) from error
    except OSError as error:
        raise ConfigError(
            str(path),
            f"this file cannot be written: {error.strerror}",
            hint="make room, or correct the owner or mode of the folder",
        ) from error
