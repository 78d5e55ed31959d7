"""Find the meaning of front matter in any form. Replace the key names of other tools by ours. Report faults."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from difflib import get_close_matches
from typing import Any

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field
from publisher.site.content.frontmatter import dates
from publisher.site.content.frontmatter.keys import (
    ALL,
    CATEGORIES,
    OLD_ADDRESSES,
    OTHER_NAMES,
    PUBLISHED,
    STATUS,
    WEIGHT_OF,
)
from publisher.site.content.frontmatter.own_values import OwnValues, is_true, number_of, unfit
from publisher.site.content.frontmatter.value import FrontMatterValue
from publisher.site.model import SORTS, UnknownKey
from publisher.site.settings import FLAVOURS, LANGUAGE

_PATH = re.compile(r"(?!//|[A-Za-z][A-Za-z0-9+.-]*:)[^\s\\?#\x00-\x1f\x7f]+")
_SLUG_PART = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
_COMMA = re.compile("[,，]")
_IMAGE_KEYS = ("image", "src", "url", "path", "relative_path", "file")
_MOST = 1_000_000
"""The largest value of `paginate_by` that is kept. It means that all articles are on one page."""
_DATE_HINT = "write `2025-01-31` or `2025-01-31T09:30:00+02:00`"

_ZOLA_SORTS = ("none", "permalink", "slug", "title_bytes", "update_date")
"""The orders of Zola that this program does not have. They stay below `extra`."""

NO_TAXONOMIES: Mapping[str, Sequence[str]] = {}

Place = tuple[int, int]


@dataclass(slots=True)
class Front:
    """The front matter of one article, and its problems. `values` maps our names of the keys to values."""

    path: str
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    """The line and column of each value."""
    tags: dict[str, Place] = field(default_factory=dict)
    """The line and column of each tag."""
    terms: dict[str, dict[str, Place]] = field(default_factory=dict)
    """The line and column of each term, by taxonomy."""
    unknown: list[UnknownKey] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    headers: bool = False
    """Whether the form is header lines. Tools that use header lines make addresses from titles."""

    def fault(self, value: FrontMatterValue, what: str, hint: str) -> None:
        """Add a problem at the position of a value."""
        self.problems.append(Problem(self.path, value.line, value.col, what, hint))


def interpret(
    path: str,
    root: FrontMatterValue,
    zone: tzinfo,
    *,
    headers: bool = False,
    taxonomies: Mapping[str, Sequence[str]] = NO_TAXONOMIES,
) -> Front:
    """Return the meaning of the mapping `root`. Faults become problems, and nothing is raised.

    `path` is the path of the article in problems. `zone` is the time zone of dates that name no time zone. If `headers`
    is set, the form is header lines. In header lines, all values are texts. So the texts `true` and `3` are then read
    as a flag and a number. `taxonomies` are the taxonomies of the site except tags and authors, each with the keys that
    have its terms.
    """
    front = Front(path, headers=headers)
    if root.kind != "map":
        front.fault(root, "the front matter is not a mapping", "write a line for each key, such as `title: ...`")
        return front
    return _Interpreter(front, zone, headers, taxonomies).run(root)


class _Interpreter:
    """Interprets the pairs of keys and values of one article.

    Each pair that has a meaning is removed. The pairs that are left are the author's own values.
    """

    def __init__(
        self, front: Front, zone: tzinfo, headers: bool, taxonomies: Mapping[str, Sequence[str]] = NO_TAXONOMIES
    ) -> None:
        self._front, self._zone, self._headers, self._taxonomies = front, zone, headers, taxonomies
        self._pairs: dict[str, tuple[FrontMatterValue, FrontMatterValue]] = {}
        self._own = OwnValues(front.fault)
        self._readers: dict[str, Callable[[str, FrontMatterValue], Any]] = {
            "date": self._date,
            "updated": self._date,
            "publish_date": self._date,
            "expires": self._date,
            "language": self._language,
            "slug": self._slug,
            "permalink": self._text,
            "image": self._image,
            "markdown": self._flavour,
            "weight": self._weight,
            "sort_by": self._sort,
            "paginate_by": self._count,
            "template": self._text,
        }

    def run(self, root: FrontMatterValue) -> Front:
        self._pairs = self._once(root)
        empty = {name for name, (_, value) in self._pairs.items() if name in ALL and value.empty}
        for name in empty:
            del self._pairs[name]
        for name in ("title", "summary", "language", "markdown", "slug", "permalink", "image", "weight"):
            self._one(name)
        for name in ("link_title", "sort_by", "paginate_by", "template"):
            self._one(name)
        self._published()
        for name in ("date", "updated", "publish_date", "expires"):
            self._one(name)
        self._terms()
        self._tags()
        self._authors()
        self._aliases()
        self._draft()
        self._extra()
        self._order()
        return self._front

    def _once(self, root: FrontMatterValue) -> dict[str, tuple[FrontMatterValue, FrontMatterValue]]:
        found: dict[str, tuple[FrontMatterValue, FrontMatterValue]] = {}
        for key, value in root.pairs:
            name = unicodedata.normalize("NFC", key.text)
            if key.kind in ("list", "map", "endless") or not name.strip():
                self._front.fault(key, "this key is not a text", "put the key in quotes")
            elif wrong := unfit(key):
                self._front.fault(key, *wrong)
            elif name in found:
                hint = f"keep one of the two; the first is on line {found[name][1].line}"
                self._front.fault(key, f"the key {name!r} occurs twice", hint)
            else:
                found[name] = key, value
        return found

    def _find(self, *names: str) -> Iterator[tuple[str, FrontMatterValue]]:
        """Yield the keys among `names` that are present, with their values.

        Pairs that were already removed are left out.
        """
        for name in names:
            spelt = name.lower() if self._headers else name
            if spelt in self._pairs:
                yield spelt, self._pairs[spelt][1]

    def _keep(self, meaning: str, name: str, value: FrontMatterValue, read: Any) -> None:
        """Store `read` under our key `meaning`, and remove the pair with the author's key `name`.

        `read` is the interpreted form of `value`, or None if `value` had a fault. None is not stored.
        """
        del self._pairs[name]
        if read is not None:
            self._front.values[meaning] = read
            self._front.places[meaning] = value.place

    def _one(self, meaning: str) -> None:
        """Read the value of the key `meaning`, or of the first of its OTHER_NAMES that has a fitting value."""
        for name, value in self._find(meaning, *OTHER_NAMES.get(meaning, ())):
            if meaning in ("date", "updated") and value.kind == "map":
                self._both_dates(name, value)
                return
            if self._foreign(meaning, value):
                continue
            self._keep(meaning, name, value, self._readers.get(meaning, self._line)(name, value))
            return

    def _foreign(self, meaning: str, value: FrontMatterValue) -> bool:
        """Return whether a value has a meaning only for another tool, as in `image: false` or `url: https://...`.

        Templates find this value below `extra`.
        """
        if meaning == "permalink":
            return value.kind != "text" or not _PATH.fullmatch(value.text.strip())
        if meaning == "image":
            return _picture(value) is None
        if meaning == "sort_by":
            return value.text.strip() in _ZOLA_SORTS
        return meaning == "weight" and (value.kind not in self._numbers() or number_of(value) is None)

    def _numbers(self) -> tuple[str, ...]:
        return ("number", "text") if self._headers else ("number",)

    def _text(self, name: str, value: FrontMatterValue) -> str | None:
        """Return a scalar as the author wrote it. So `title: 2024` is a text.

        Return None if the text is empty. Report a fault and return None if the value is not a scalar or is not allowed.
        """
        if value.kind in ("list", "map", "endless") or (value.kind == "other" and not value.text):
            hint = "write the text on one line, in quotes"
            self._front.fault(value, f"{name!r} is not a text", hint)
            return None
        if wrong := unfit(value):
            self._front.fault(value, *wrong)
            return None
        return unicodedata.normalize("NFC", value.text).strip() or None

    def _line(self, name: str, value: FrontMatterValue) -> str | None:
        text = self._text(name, value)
        return " ".join(text.split()) or None if text else None

    def _slug(self, name: str, value: FrontMatterValue) -> str | None:
        text = self._text(name, value)
        if text is None:
            return None
        parts = text.strip("/").split("/")
        if all(_SLUG_PART.fullmatch(part) for part in parts):
            return "/".join(parts)
        hint = "write names with slashes between them; no name may be empty or begin with a dot"
        self._front.fault(value, f"slug {text!r} cannot be part of an address", hint)
        return None

    def _language(self, name: str, value: FrontMatterValue) -> str | None:
        text = self._text(name, value)
        if text is None or LANGUAGE.fullmatch(text.replace("_", "-")):
            return text and text.replace("_", "-")
        self._front.fault(value, f"language {text!r} is no language tag", "write a tag such as `en` or `zh-Hans`")
        return None

    def _flavour(self, name: str, value: FrontMatterValue) -> str | None:
        text = self._text(name, value)
        if text is None or text in FLAVOURS:
            return text
        self._front.fault(value, f"there is no Markdown flavour {text!r}", _near(text, FLAVOURS))
        return None

    def _image(self, name: str, value: FrontMatterValue) -> str | None:
        picture = _picture(value)
        return self._text(name, picture) if picture else None

    def _weight(self, name: str, value: FrontMatterValue) -> float | None:
        number = number_of(value)
        try:
            return None if number is None else float(number)
        except OverflowError:
            self._front.fault(value, f"{name!r} is too large", "write a smaller number")
            return None

    def _sort(self, name: str, value: FrontMatterValue) -> str | None:
        text = self._text(name, value)
        if text is None or text in SORTS:
            return text
        self._front.fault(value, f"there is no order {text!r}", _near(text, SORTS))
        return None

    def _count(self, name: str, value: FrontMatterValue) -> int | None:
        number = number_of(value) if value.kind in self._numbers() else None
        if not isinstance(number, int) or number < 0:
            self._front.fault(value, f"{name!r} is not a number of articles", "write a whole number, 1 or more")
            return None
        return min(number, _MOST) or None

    def _date(self, name: str, value: FrontMatterValue) -> datetime | None:
        written = value.text.strip() if value.kind in ("text", "number") else ""
        try:
            moment = dates.read(written, self._zone)
        except dates.ImpossibleDate as error:
            self._front.fault(value, f"the date {written} does not exist: {error}", "correct the date")
            return None
        if moment is None:
            self._front.fault(value, f"{name!r} is not a date", _DATE_HINT)
        return moment

    def _both_dates(self, name: str, value: FrontMatterValue) -> None:
        """Read both dates of a mapping such as `date: {created: ..., updated: ...}`."""
        parts = {key.text: item for key, item in value.pairs if not item.empty}
        del self._pairs[name]
        for part, meaning in (("created", "date"), ("updated", "updated")):
            if part in parts:
                moment = self._date(f"{name}.{part}", parts[part])
                if moment is not None and meaning not in self._front.values:
                    self._front.values[meaning] = moment
                    self._front.places[meaning] = parts[part].place
        if not {"created", "updated"} & parts.keys():
            self._front.fault(value, f"{name!r} is not a date", _DATE_HINT)

    def _flag(self, value: FrontMatterValue) -> bool | None:
        """Return a value as true or false, or None if it is neither."""
        as_text = self._headers and value.text.strip().lower() in ("true", "false", "yes", "no")
        return is_true(value) if value.kind == "bool" or as_text else None

    def _published(self) -> None:
        for name, value in self._find(PUBLISHED):
            flag = self._flag(value)
            if flag is not None:
                del self._pairs[name]
                if not flag:
                    self._front.values["draft"] = True
            elif not any(self._find("date")):
                self._keep("date", name, value, self._date(name, value))

    def _draft(self) -> None:
        for name, value in self._find("draft"):
            flag = self._flag(value)
            if flag is None:
                hint = "write `draft: true`, without quotes"
                self._front.fault(value, "'draft' is neither true nor false", hint)
            flag = flag or self._front.values.get("draft", False)
            self._keep("draft", name, value, flag)
        for name, value in self._find(STATUS):
            word = value.text.strip().lower()
            if word in ("draft", "hidden", "published"):
                del self._pairs[name]
            if word in ("draft", "hidden"):
                self._front.values["draft"] = True

    def _terms(self) -> None:
        """Read the terms of all taxonomies except tags and authors, and the weights of the article in its terms."""
        terms: list[tuple[str, tuple[str, ...]]] = []
        weights: list[tuple[str, float]] = []
        for taxonomy, keys in self._taxonomies.items():
            found: dict[str, Place] = {}
            for name, value in list(self._find(*keys)):
                del self._pairs[name]
                for item in self._items(name, value, nested=True):
                    if text := self._line(name, item):
                        found.setdefault(text, item.place)
            if found:
                terms.append((taxonomy, tuple(found)))
                self._front.terms[taxonomy] = found
            for name, value in list(self._find(WEIGHT_OF.format(taxonomy))):
                weight = self._weight(name, value) if value.kind in self._numbers() else None
                if weight is not None:
                    del self._pairs[name]
                    weights.append((taxonomy, weight))
        if terms or weights:
            self._front.values |= {"terms": tuple(terms), "term_weights": tuple(weights)}

    def _tags(self) -> None:
        found: dict[str, Place] = {}
        first = next(self._find("tags", *OTHER_NAMES["tags"]), None)
        for name, value in (*([first] if first else []), *self._find(*CATEGORIES)):
            del self._pairs[name]
            for item in self._items(name, value, nested=name in CATEGORIES):
                text = self._line(name, item)
                if text:
                    found.setdefault(text, item.place)
        if found:
            self._front.tags = found
            self._front.values["tags"] = tuple(found)

    def _items(
        self, name: str, value: FrontMatterValue, *, nested: bool = False, commas: bool = True
    ) -> Iterator[FrontMatterValue]:
        """Yield the items of a list, or the parts of a text between commas.

        If `nested` is set, also yield the items of lists inside of the list. If `commas` is False, do not split a text.
        """
        if value.kind == "list":
            for item in value.items:
                if item.kind == "list" and nested:
                    yield from self._items(name, item, nested=True, commas=False)
                else:
                    yield item
        elif value.kind == "map":
            self._front.fault(value, f"{name!r} is not a list", f"write `{name}: [one, two]`")
        elif commas:
            yield from (_part(value, part) for part in _COMMA.split(value.text))
        else:
            yield value

    def _authors(self) -> None:
        both = [value for _, value in self._find("author", "authors")]
        if len(both) == 2:
            self._front.fault(both[0], "the article has both 'author' and 'authors'", "keep the list `authors`")
        for name, value in list(self._find("author", "authors")):
            found: dict[str, None] = {}
            for item in self._people(name, value):
                text = self._line(name, item)
                if text:
                    found.setdefault(text)
            self._keep("authors", name, value, tuple(found) or None)

    def _people(self, name: str, value: FrontMatterValue) -> Iterator[FrontMatterValue]:
        """Yield the name of each author. An author is a text, or a mapping with the key `name`.

        In header lines, `;` or commas separate the names in `authors`.
        """
        if value.kind == "map":
            named = next((item for key, item in value.pairs if key.text == "name"), None)
            if named is None:
                self._front.fault(
                    value, f"a mapping in {name!r} has no key `name`", "write `{name: Ada Lin}`, or only the name"
                )
            else:
                yield named
        elif value.kind == "list":
            for item in value.items:
                yield from self._people(name, item) if item.kind == "map" else (item,)
        elif self._headers and name == "authors":
            yield from (_part(value, part) for part in value.text.split(";" if ";" in value.text else ","))
        else:
            yield value

    def _aliases(self) -> None:
        found: dict[str, None] = {}
        for name, value in list(self._find(*OLD_ADDRESSES)):
            del self._pairs[name]
            self._front.places.setdefault("aliases", value.place)
            for item in self._items(name, value, commas=self._headers):
                if text := self._text(name, item):
                    bare = name != "aliases" and "/" not in text  # only in `aliases` may such a text be a name
                    found.setdefault(f"/{text}" if bare else text)
        if found:
            self._front.values["aliases"] = tuple(found)

    def _extra(self) -> None:
        """Collect the values below `extra`, and then the values of all pairs that are left.

        If a key occurs twice, use the value below `extra`.
        """
        own: dict[str, Any] = {}
        for name, value in list(self._find("extra")):
            del self._pairs[name]
            if value.kind != "map":
                self._front.fault(value, "'extra' is not a mapping", "write your own keys below `extra:`, indented")
            else:
                own = self._own.plain(value) or {}
        for name, (key, value) in self._pairs.items():
            if not self._known(name):
                self._front.unknown.append(UnknownKey(name, key.line, key.col))
            kept = self._own.plain(value, 1)
            own.setdefault(name, kept)
        if own:
            self._front.values["extra"] = own

    def _known(self, name: str) -> bool:
        return name in ALL or (self._headers and any(name == known.lower() for known in ALL))

    def _order(self) -> None:
        date, updated = self._front.values.get("date"), self._front.values.get("updated")
        if date and updated and updated < date:
            place = self._front.places["updated"]
            problem = Problem(self._front.path, *place, "'updated' is before 'date'", "correct one of the two dates")
            self._front.problems.append(problem)


def _near(text: str, known: Sequence[str]) -> str:
    """Return the hint for a text that is not in `known`."""
    near = get_close_matches(text.lower(), known, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}"


def _part(value: FrontMatterValue, text: str) -> FrontMatterValue:
    return FrontMatterValue("text", value.line, value.col, text)


def _picture(value: FrontMatterValue) -> FrontMatterValue | None:
    """Return the value that has the address of a picture: `value` itself, or a value in the mapping `value`.

    Return None if neither has one.
    """
    if value.kind == "text":
        return value
    if value.kind == "map":
        named = {key.text: item for key, item in value.pairs}
        return next((named[key] for key in _IMAGE_KEYS if key in named and named[key].kind == "text"), None)
    return None
