"""Read publish.toml into a frozen Config. One error reports all faults, each with its line and the nearest key."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publisher.build import BuildSettings, SecretsSettings
from publisher.ci.settings import CiSettings
from publisher.config import checks
from publisher.config.model import Config, ConfigEntry, Row, variables
from publisher.config.reader import ConfigReader
from publisher.deploy.settings import DeploySettings, KeepSettings
from publisher.errors import ConfigError, ConfigProblems, NamingError, Problem
from publisher.names.kinds import KINDS as NAME_KINDS
from publisher.names.kinds import name_kind
from publisher.regular_files import read_all
from publisher.secrets.own_files import CONFIG_FILE
from publisher.site.fault_levels import CheckSettings
from publisher.stores.kinds import KINDS as STORE_KINDS
from publisher.stores.kinds import PINNERS, backend_kind, store_kind
from publisher.toml_positions import key_lines

__all__ = ["OF_SITE", "Config", "ConfigEntry", "Row", "load", "parse", "variables"]

OF_SITE = ("site", "permalinks", "markdown", "math", "menu", "taxonomies")
TABLES = (*OF_SITE, "build", "check", "ci", "deploy", "keep", "secrets", "stores", "names")
LARGEST = 4 << 20
"""The largest configuration in bytes. A larger file is a file of another kind."""


def load(folder: Path, file: Path | None = None) -> Config:
    """Read and return the configuration of the site in `folder`. If `file` is None, read publish.toml in `folder`.

    Raises ConfigError if the file does not exist or cannot be read, and ConfigProblems with every fault in it.
    """
    path = file or folder / CONFIG_FILE
    try:
        data = read_all(path, LARGEST, follow=True)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _no_site(folder, path) from error
    except OSError as error:
        raise ConfigError(
            "publish", f"cannot read {path.name}: {error.strerror}", hint="correct the owner or mode of the file"
        ) from error
    return parse(data, folder, path)


def _no_site(folder: Path, path: Path) -> ConfigError:
    if not folder.is_dir():
        return ConfigError("publish", f"there is no folder {folder}", hint="correct the folder after --site")
    where = "here" if path.parent == Path() else f"in {path.parent}"
    hint = "run `publish init` for a new site, or `publish demo` to look around"
    return ConfigError("publish", f"there is no {path.name} {where}", hint=hint)


def parse(data: bytes, folder: Path, file: Path) -> Config:
    """Return the configuration in `data`, the bytes of `file`. Raises ConfigProblems with every fault in it.

    `folder` is the folder of the site.
    """
    try:
        text = data.decode("utf-8-sig")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigProblems(
            file.name, [Problem(file.name, line, 0, "this is not UTF-8", "save the file as UTF-8")]
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigProblems(file.name, [_syntax(file.name, str(error), text)]) from error
    reader = ConfigReader(file.name, key_lines(text))
    settings = _read(reader, table, folder, file)
    if reader.problems:
        raise ConfigProblems(file.name, reader.problems)
    return settings


def _read(reader: ConfigReader, table: Mapping[str, Any], folder: Path, file: Path) -> Config:
    reader.known_keys(table, TABLES, ())
    site = reader.site(table)
    build = reader.table(BuildSettings, reader.subtable(table, "build"), ("build",))
    check = reader.table(CheckSettings, reader.subtable(table, "check"), ("check",))
    ci = reader.table(CiSettings, reader.subtable(table, "ci"), ("ci",))
    deploy = reader.table(DeploySettings, reader.subtable(table, "deploy"), ("deploy",))
    keep = reader.table(KeepSettings, reader.subtable(table, "keep"), ("keep",))
    secrets = reader.table(SecretsSettings, reader.subtable(table, "secrets"), ("secrets",))
    stores = tuple(reader.entries("stores", reader.subtable(table, "stores"), (*STORE_KINDS, *PINNERS), backend_kind))
    names = tuple(reader.entries("names", reader.subtable(table, "names"), tuple(NAME_KINDS), name_kind))
    if not stores:
        stores = tuple(reader.entries("stores", {"local": {"kind": "kubo"}}, ("kubo",), store_kind))
    if not site.url and (url := _gateway_url(names)):
        site = dataclasses.replace(site, url=url)
        reader.rows = [Row(row.key, url, "from the name") if row.key == "site.url" else row for row in reader.rows]
    if site.url and not site.url.endswith("/"):
        site = dataclasses.replace(site, url=site.url + "/")
    checks.cross_checks(reader.add_problem, site, build, deploy, len(stores), folder)
    checks.keep_checks(reader.add_problem, keep)
    checks.ci_checks(reader.add_problem, ci, [store.label for store in stores])
    checks.signing_checks(reader.add_problem, stores, names)
    checks.secrets_checks(reader.add_problem, secrets)
    return Config(folder, file, site, build, check, ci, deploy, keep, secrets, stores, names, tuple(reader.rows))


def _gateway_url(names: tuple[ConfigEntry, ...]) -> str:
    """Return the URL at which browsers find the first name that has a URL, or an empty string if no name has one."""
    return next(filter(None, (_home(place) for place in names)), "")


def _home(entry: ConfigEntry) -> str:
    try:
        return name_kind(entry.kind).home(entry.settings)
    except NamingError:  # The name is not valid. The reader of this table has reported it already, with its line.
        return ""


def _syntax(file: str, message: str, text: str) -> Problem:
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    what = re.sub(r"\s*\(at .*\)$", "", message)
    line, col = (int(place[1]), int(place[2])) if place else (text.rstrip("\n").count("\n") + 1, 0)
    hint = "write strings in double quotes and lists in [ ]"
    if not "".join(text.split("\n")[line - 1 : line]).isascii():
        hint += (
            '; write keys and table names with other letters than a to z in double quotes too, such as [stores."本地"]'
        )
    return Problem(file, line, col, f"this is not TOML: {what}", hint)
