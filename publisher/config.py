"""Read publish.toml into a frozen Config. One error reports all faults, each with its line and the nearest key."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import typing
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar

from publisher.build import BuildSettings, SecretsSettings
from publisher.build.folder_checks import overlapping, unreadable, unwritable
from publisher.ci.settings import ROOT, CiSettings
from publisher.deploy.settings import DeploySettings, KeepSettings, address_faults
from publisher.errors import ConfigError, ConfigProblems, NamingError, Problem
from publisher.http.auth import check_url
from publisher.names.base import KINDS as NAME_KINDS
from publisher.names.base import NameKind, name_kind
from publisher.regular_files import read_all
from publisher.secrets.hosts import Variable, variables_of
from publisher.secrets.own_files import CONFIG_FILE
from publisher.site.fault_levels import CheckSettings
from publisher.site.model import LANGUAGE, MarkdownSettings, MathSettings, SiteSettings
from publisher.site.permalinks import Permalinks, pattern_fault
from publisher.site.structure_settings import MenuEntry, NavEntry
from publisher.site.structure_tables import extra_of, menu_of, nav_of, taxonomies_of
from publisher.stores.base import KINDS as STORE_KINDS
from publisher.stores.base import PINNERS, BackendKind, backend_kind, store_kind
from publisher.toml_positions import key_lines

PRIVATE_KEY = re.compile(r"(0x)?[0-9A-Fa-f]{64}")
SECRET = re.compile(r"PUBLISH_[A-Z0-9_]+")
OF_SITE = ("site", "permalinks", "markdown", "math", "menu", "taxonomies")
TABLES = (*OF_SITE, "build", "check", "ci", "deploy", "keep", "secrets", "stores", "names")
LARGEST = 4 << 20
"""The largest configuration in bytes. A larger file is a file of another kind."""
LONGEST = 36_500
"""The largest number of days in `[keep]`: a hundred years. Python cannot subtract far more days from a date."""
MOST_RELATED = 20
"""The largest number of related articles of a post."""
S = TypeVar("S")
_Kind = BackendKind | NameKind


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """A store or a name of the configuration: its label, its kind, and the settings of that kind."""

    label: str
    kind: str
    settings: Any


@dataclass(frozen=True, slots=True)
class Row:
    """One setting in `publish config`. `origin` is `publish.toml:12`, `default`, or `from the name`."""

    key: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a site. It has a field for each table of publish.toml."""

    folder: Path
    file: Path
    site: SiteSettings
    build: BuildSettings
    check: CheckSettings
    ci: CiSettings
    deploy: DeploySettings
    keep: KeepSettings
    secrets: SecretsSettings
    stores: tuple[ConfigEntry, ...]
    names: tuple[ConfigEntry, ...]
    rows: tuple[Row, ...]


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


def variables(settings: Config) -> tuple[Variable, ...]:
    """Return every key of publish.toml that names an environment variable."""
    return tuple(_variables(settings.stores, settings.names))


def _variables(stores: tuple[ConfigEntry, ...], names: tuple[ConfigEntry, ...]) -> Iterator[Variable]:
    for place in stores:
        yield from variables_of(place.settings, ("stores", place.label))
    for place in names:
        yield from variables_of(place.settings, ("names", place.label), name_kind(place.kind).SIGNING)


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
    reader = _ConfigReader(file.name, key_lines(text))
    settings = _read(reader, table, folder, file)
    if reader.problems:
        raise ConfigProblems(file.name, reader.problems)
    return settings


def _read(reader: _ConfigReader, table: Mapping[str, Any], folder: Path, file: Path) -> Config:
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
    reader.cross_checks(site, build, deploy, len(stores), folder)
    reader.keep_checks(keep)
    reader.ci_checks(ci, [store.label for store in stores])
    reader.signing_checks(stores, names)
    reader.secrets_checks(secrets)
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


@dataclass(slots=True)
class _ConfigReader:
    """Reads tables into settings and collects their faults."""

    file: str
    lines: Mapping[tuple[str, ...], int]
    problems: list[Problem] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    stores: dict[str, str] = field(default_factory=dict)
    """This maps the kind and address of each store to its label."""

    def add_problem(self, path: tuple[str, ...], what: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, self.line(path), 0, f"{'.'.join(path)}: {what}", hint))

    def line(self, path: tuple[str, ...]) -> int:
        """Return the line of the key or table at `path`, or 0 if it is not in the file."""
        return self.lines.get(path, 0)

    def subtable(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.add_problem((key,), "must be a table", f"write [{key}] on a line of its own")
        return {}

    def known_keys(self, table: Mapping[str, Any], known: tuple[str, ...], path: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1, 0.5)
                hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}"
                self.add_problem((*path, key), "unknown key", hint)

    def table(self, settings: type[S], table: Mapping[str, Any], path: tuple[str, ...]) -> S:
        """Return the settings in a table. `settings` is their class. A field with a wrong value gets its default."""
        hints = typing.get_type_hints(settings)
        every = dataclasses.fields(settings)  # type: ignore[arg-type]
        # A field with `table` in its metadata is read from a table of its own.
        fields = {f.name.replace("_", "-"): f for f in every if "table" not in f.metadata}
        apart = ("nav", "extra") if path == ("site",) else ()
        self.known_keys(table, (*fields, *apart), path)
        values: dict[str, Any] = {}
        for key, each in fields.items():
            needed = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
            if key in table:
                fault, value = _fit(table[key], hints[each.name], key, each.metadata.get("choices", ()))
                if fault:
                    self.add_problem((*path, key), fault)
                else:
                    values[each.name] = value
            if key not in table and needed:
                self.add_problem(
                    (*path, key), "is missing", f"add {key} = … to [{'.'.join(path)}]: only you know the value"
                )
            if each.name not in values and needed:
                values[each.name] = ""
            line = self.line((*path, key))
            origin = (f"{self.file}:{line}" if line else self.file) if key in table else "default"
            value = values.get(each.name, None if needed else each.default)
            self.rows.append(Row(".".join((*path, key)), value if path == ("site",) else _public(value), origin))
        return settings(**values)

    def site(self, table: Mapping[str, Any]) -> SiteSettings:
        """Return the settings of the `[site]` table and of the other tables about articles."""
        own = self.subtable(table, "site")
        rest = {key: value for key, value in own.items() if key not in ("nav", "extra")}
        settings = self.table(SiteSettings, rest, ("site",))
        nav, nav_file = nav_of(own.get("nav", []), self.add_problem)
        menu = menu_of(table.get("menu", []), self.add_problem)
        taxonomies = taxonomies_of(self.subtable(table, "taxonomies"), self.add_problem)
        extra = extra_of(own.get("extra", {}), self.add_problem)
        told = (("site", "nav"), nav_file or nav), (("site", "extra"), extra), (("menu",), menu)
        for path, value in (*told, (("taxonomies",), tuple(each.name for each in taxonomies[1:]))):
            if value:
                shown = value if isinstance(value, str) else ", ".join(map(_shown, value))
                self.rows.append(Row(".".join(path), shown, f"{self.file}:{self.line(path)}"))
        return dataclasses.replace(
            settings,
            permalinks=self.permalinks(self.subtable(table, "permalinks")),
            markdown=self.table(MarkdownSettings, self.subtable(table, "markdown"), ("markdown",)),
            math=self.math(self.subtable(table, "math")),
            nav=nav,
            nav_file=nav_file,
            menu=menu,
            taxonomies=taxonomies,
            extra=extra,
        )

    def permalinks(self, table: Mapping[str, Any]) -> Permalinks:
        """Return the pattern of addresses for each section in `[permalinks]`, sorted by section."""
        found: dict[str, str] = {}
        for section, pattern in table.items():
            path = ("permalinks", section)
            if not isinstance(pattern, str):
                self.add_problem(path, "must be a text in quotes", 'write an address such as "/:year/:month/:slug/"')
            elif section in (".", "..") or "/" in section:
                self.add_problem(
                    path,
                    "must be the name of one folder, without a slash",
                    'name the first folder of their path, or write `""` for articles at the top',
                )
            elif fault := pattern_fault(pattern):
                self.add_problem(path, *fault)
            else:
                found[section] = pattern
                self.rows.append(Row(".".join(path), pattern, f"{self.file}:{self.line(path)}"))
        return tuple(sorted(found.items()))

    def math(self, table: Mapping[str, Any]) -> MathSettings:
        """Return the settings of the `[math]` table, with the macros of the table `[math.macros]`."""
        rest = {key: value for key, value in table.items() if key != "macros"}
        settings = self.table(MathSettings, rest, ("math",))
        macros = table.get("macros", {})
        if not isinstance(macros, dict):
            self.add_problem(("math", "macros"), "must be a table", "write [math.macros] on a line of its own")
            return settings
        found: dict[str, str] = {}
        for written, body in macros.items():
            path = ("math", "macros", written)
            name = written.removeprefix("\\")
            if not re.fullmatch(r"[a-zA-Z]+", name):
                self.add_problem(path, "is not a name that a TeX command can have", "write letters, such as R for \\R")
            elif not isinstance(body, str):
                self.add_problem(path, "must be a text in quotes", r"write TeX such as '\mathbb{R}'")
            else:
                found[name] = body
                self.rows.append(Row(".".join(path), body, f"{self.file}:{self.line(path)}"))
        return dataclasses.replace(settings, macros=tuple(sorted(found.items())))

    def entries(
        self, room: str, table: Mapping[str, Any], kinds: tuple[str, ...], opened: Callable[[str], _Kind]
    ) -> Iterator[ConfigEntry]:
        for label, entry in table.items():
            path = (room, label)
            if not isinstance(entry, dict):
                self.add_problem(path, "must be a table", f"write [{room}.{label}] on a line of its own")
                continue
            kind = entry.get("kind")
            if not isinstance(kind, str) or kind not in kinds:
                near = difflib.get_close_matches(str(kind), kinds, 1, 0.5)
                hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(kinds)}"
                self.add_problem((*path, "kind"), "is missing" if kind is None else f"there is no kind {kind!r}", hint)
                continue
            module = opened(kind)
            rest = {key: value for key, value in entry.items() if key != "kind"}
            before = len(self.problems)
            settings = self.table(module.SETTINGS, rest, path)
            if len(self.problems) == before:
                self.check_kind(module, settings, path)
            if room == "stores" and len(self.problems) == before:
                self.check_unique(label, f"{kind} {backend_kind(kind).where(settings)}")
            yield ConfigEntry(label, kind, settings)

    def check_unique(self, label: str, where: str) -> None:
        """Report a problem if another label has the same store, because that store would count as two copies.

        `where` is the kind and address of the store.
        """
        if (first := self.stores.setdefault(where, label)) != label:
            hint = "remove one of the two, or correct an address"
            self.add_problem(
                ("stores", label), f"has the same address as stores.{first}, so it is no second copy", hint
            )

    def check_kind(self, module: _Kind, settings: Any, path: tuple[str, ...]) -> None:
        """Report the fault that the module of a kind finds in its settings, without the network.

        The message of the fault begins with a key. The line of this key is reported.
        """
        try:
            module.check(settings)
        except ConfigError as error:
            key = re.split(r"[ :]", error.message, maxsplit=1)[0]
            line = self.line((*path, key)) or self.line(path)
            self.problems.append(Problem(self.file, line, 0, f"{'.'.join(path)}: {error.message}", error.hint))

    def cross_checks(
        self, site: SiteSettings, build: BuildSettings, deploy: DeploySettings, stores: int, folder: Path
    ) -> None:
        """Report faults of values, and faults of settings that do not fit together."""
        if deploy.copies is not None and not 1 <= deploy.copies <= stores:
            self.add_problem(
                ("deploy", "copies"),
                f"must be from 1 to {stores}, the number of stores",
                "correct the number, or add a store",
            )
        if not 0 < deploy.outside_timeout < 86400:
            self.add_problem(
                ("deploy", "outside-timeout"), "must be a number of seconds above 0, and less than a day", "write 60"
            )
        for key, urls in (("gateways", deploy.gateways), ("routers", deploy.routers)):
            for what, hint in address_faults(urls):
                self.add_problem(("deploy", key), what, hint)
        if site.url and not re.match(r"https?://[^/]+/", site.url):
            self.add_problem(
                ("site", "url"), "must be a whole address", 'write "https://example.eth.limo/" with your host'
            )
        if not _is_time_zone(site.timezone):
            self.add_problem(
                ("site", "timezone"),
                "no time zone has this name",
                'write "Europe/Paris", "Asia/Shanghai" or another name of that form',
            )
        if not LANGUAGE.fullmatch(site.language):
            self.add_problem(
                ("site", "language"), "must be a language tag", 'write "en", "zh", "pt-BR" or another tag of that form'
            )
        self.list_checks(site)
        self.folder_checks(build, folder)

    def list_checks(self, site: SiteSettings) -> None:
        """Report folders of posts that cannot exist, and numbers of articles that are too small or too large."""
        for posts in site.posts:
            if posts != "." and (not posts.strip("/") or ".." in posts.split("/")):
                self.add_problem(("site", "posts"), f"{posts!r} is no folder of the content", 'write "posts", or "."')
        if not 0 <= site.related <= MOST_RELATED:
            self.add_problem(("site", "related"), f"must be from 0 to {MOST_RELATED}", "write 3, or 0 for none")
        for key in ("per_page", "feed_items"):
            if getattr(site, key) < 1:
                self.add_problem(("site", key.replace("_", "-")), "must be 1 or more", "write a number from 1")

    def folder_checks(self, build: BuildSettings, folder: Path) -> None:
        """Report folders of sources outside the site, and an output folder whose files must not be replaced."""
        for key, what, hint in unreadable(folder, build):
            self.add_problem(("build", key), what, hint)
        output = folder / build.output
        for key in overlapping(folder, build, output):
            self.add_problem(
                ("build", "output"),
                f"must not overlap with {key}",
                "name a folder of its own: otherwise the build would read its own pages as sources",
            )
        for what, hint in unwritable(folder, output):
            self.add_problem(("build", "output"), f"{build.output!r} {what}", hint)

    def keep_checks(self, keep: KeepSettings) -> None:
        """Report limits that would allow `publish prune` to unpin the root that was published last."""
        if keep.roots < 1:
            self.add_problem(
                ("keep", "roots"),
                "must be 1 or more",
                "write a number from 1: the root that was published last always stays",
            )
        if not 0 <= keep.days <= LONGEST:
            self.add_problem(("keep", "days"), f"must be from 0 to {LONGEST:,}", "write 0 to keep only the last roots")

    def ci_checks(self, ci: CiSettings, stores: list[str]) -> None:
        """Report a gateway that is not a URL, a store that does not exist, and limits that allow nothing."""
        if ci.preview_gateway:
            try:
                check_url("ci", "preview-gateway", ci.preview_gateway.replace(ROOT, "root"))
            except ConfigError:
                hint = 'write "https://{root}.ipfs.example.org" or "https://gateway.example.org"'
                self.add_problem(("ci", "preview-gateway"), "must be the address of a gateway", hint)
        for label in sorted({*ci.preview_stores} - {*stores}):
            hint = f"write one of {', '.join(stores)}"
            self.add_problem(("ci", "preview-stores"), f"there is no store {label!r}", hint)
        for key, most in (("preview-days", LONGEST), ("preview-megabytes", 1_000_000), ("preview-parts", 4_000_000)):
            if not 1 <= getattr(ci, key.replace("-", "_")) <= most:
                self.add_problem(("ci", key), f"must be from 1 to {most:,}", "write a number in this range")

    def signing_checks(self, stores: tuple[ConfigEntry, ...], names: tuple[ConfigEntry, ...]) -> None:
        """Report a variable that signs and that another setting uses too. The host of that setting could then sign."""
        found = tuple(_variables(stores, names))
        for each in found:
            first = next((own for own in found if own.signs and own.name == each.name), None)
            if first is not None and (not each.signs or first.path[-1] != each.path[-1]):
                hint = "give this setting a variable of its own: what signs is sent to no host"
                self.add_problem(each.path, f"{each.name} signs for {'.'.join(first.path[:2])}", hint)

    def secrets_checks(self, secrets: SecretsSettings) -> None:
        """Report each path in `allow` that cannot be the path of one file."""
        for path in secrets.allow:
            if not path or path.startswith(("/", "./", "../")) or path.endswith("/") or "\\" in path:
                hint = 'write the path of one file as messages show it, such as "content/posts/keys.md"'
                self.add_problem(("secrets", "allow"), f"{path!r} is not the path of a file", hint)


def _fit(value: Any, wanted: Any, key: str, choices: tuple[str, ...]) -> tuple[str, Any]:
    """Return the fault of a value, or an empty string if it has none, and the value in the type of its field.

    `wanted` is this type, `key` the key of the setting, and `choices` the allowed values, if they are limited.
    """
    options = typing.get_args(wanted) if typing.get_origin(wanted) is not tuple else ()
    kinds = tuple(kind for kind in (options or (wanted,)) if kind is not NoneType)
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if any(typing.get_origin(kind) is tuple for kind in kinds):
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            return "must be a list of texts", None
        return next(filter(None, (_secret_fault(text, key) for text in texts)), ""), tuple(texts)
    if not any(isinstance(value, kind) and isinstance(value, bool) == (kind is bool) for kind in kinds):
        return f"must be {_WORDS.get(kinds[0], 'a text')}, not {_WORDS.get(type(value), 'that')}", None
    if choices and value not in choices:
        return f"must be one of {', '.join(choices)}", None
    return _secret_fault(value, key), value


def _secret_fault(value: Any, key: str) -> str:
    """Return a fault if a value is a secret, has control characters, or names a variable without the prefix PUBLISH_.

    Because of the prefix, somebody who changes the file cannot make the program send other variables to a host. Return
    an empty string if the value has no fault.
    """
    if not isinstance(value, str) or not value:
        return ""
    if PRIVATE_KEY.fullmatch(value.strip().removeprefix("env:")):
        return "holds a private key: remove the key, name a PUBLISH_ variable here, and use that key no longer"
    if any(unicodedata.category(char) == "Cc" and char not in "\t\n\r" for char in value):
        return "holds control characters"
    name = value.removeprefix("env:") if value.startswith("env:") else value if key.endswith("-env") else None
    if name is None or SECRET.fullmatch(name):
        return ""
    return "must name an environment variable that begins with PUBLISH_ (the name, never the secret itself)"


def _shown(value: Any) -> str:
    """Return the text for an entry of the nav, of the menu, of `[site.extra]` or of `[taxonomies]`."""
    if isinstance(value, NavEntry):
        return value.title or value.page
    return value.name if isinstance(value, MenuEntry) else str(value)


def _public(value: Any) -> Any:
    """Return a value without its secrets. A URL is cut after its host, because the rest may contain a key."""
    if isinstance(value, tuple):
        return tuple(_public(item) for item in value)
    if not isinstance(value, str) or "://" not in value:
        return value
    scheme, _, rest = value.partition("://")
    place, slash, more = rest.partition("/")
    host = re.split(r"[?#]", place.rpartition("@")[2])[0]
    return f"{scheme}://{host}{'/…' if more or host != place else slash}"


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return name == "UTC" or bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


_WORDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false", dict: "a table"}
