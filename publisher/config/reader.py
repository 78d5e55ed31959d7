"""Read the tables of publish.toml into settings, and collect all faults.

Each fault has its line. A fault about an unknown key also names the most similar known key.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from publisher.config.model import ConfigEntry, Row
from publisher.config.values import fit, public
from publisher.errors import ConfigError, Problem
from publisher.fast_dataclass import dataclass, field
from publisher.site.permalinks import Permalinks, pattern_fault
from publisher.site.settings import MarkdownSettings, MathSettings, SiteSettings
from publisher.site.structure_settings import MenuEntry, NavEntry
from publisher.site.structure_tables import extra_of, menu_of, nav_of, taxonomies_of
from publisher.stores.kinds import backend_kind

if TYPE_CHECKING:
    from publisher.names.base import NameKind
    from publisher.stores.base import BackendKind

    _Kind = BackendKind | NameKind

S = TypeVar("S")


@dataclass(slots=True)
class ConfigReader:
    """Reads tables into settings and collects their faults."""

    file: str
    lines: Mapping[tuple[str, ...], int]
    problems: list[Problem] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    stores: dict[str, str] = field(default_factory=dict)
    """This maps the kind and address of each store to its label."""

    def add_problem(self, path: tuple[str, ...], what: str, hint: str = "") -> None:
        """Add a fault of the key or table at `path`."""
        self.problems.append(Problem(self.file, self.line(path), 0, f"{'.'.join(path)}: {what}", hint))

    def line(self, path: tuple[str, ...]) -> int:
        """Return the line of the key or table at `path`, or 0 if it is not in the file."""
        return self.lines.get(path, 0)

    def subtable(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """Return the table at `key`. Return an empty table if `key` is missing, or if its value is not a table."""
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.add_problem((key,), "must be a table", f"write [{key}] on a line of its own")
        return {}

    def known_keys(self, table: Mapping[str, Any], known: tuple[str, ...], path: tuple[str, ...]) -> None:
        """Add a fault for each key of the table at `path` that is not in `known`."""
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
                fault, value = fit(table[key], hints[each.name], key, each.metadata.get("choices", ()))
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
            self.rows.append(Row(".".join((*path, key)), value if path == ("site",) else public(value), origin))
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
                    'write the first folder in the path of the articles, or `""` for articles at the top',
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
        """Yield the stores or the names. `room` is `stores` or `names`, and `opened` returns the module of a kind."""
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


def _shown(value: Any) -> str:
    """Return the text for an entry of the nav, of the menu, of `[site.extra]` or of `[taxonomies]`."""
    if isinstance(value, NavEntry):
        return value.title or value.page
    return value.name if isinstance(value, MenuEntry) else str(value)
