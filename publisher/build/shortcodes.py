"""Give articles the shortcodes of a site, and return the answers to the facts of calls (see recorded_reads.py)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from publisher.build.data_values import DataFiles, UnreadableData, data_of
from publisher.build.inputs import Folders, Input, NotAsBefore
from publisher.build.layers import Layers, bytes_of, find_template, layered
from publisher.site.content.article_files import HEAD, is_article
from publisher.site.file_names import is_html, is_markdown, kind_of
from publisher.site.markdown.shortcodes.calls import INCLUDE, BadCall, Call, Included, Note
from publisher.site.settings import SiteSettings
from publisher.site.templates.lazy_values import DATA

if TYPE_CHECKING:
    from publisher.build.build_run import BuildRun
    from publisher.site.templates.shortcodes import ShortcodeTemplates

FOLDER, ENDING = "shortcodes/", ".html"
TEMPLATE, FILE, NAMES = "template ", "file ", "shortcodes"
"""The names of facts, or their beginnings.

After TEMPLATE follows the path of a template. After FILE follows the path of a file that may be included. The answer to
the fact NAMES is the list of all shortcodes. DATA is the beginning of the name of a fact about a data file.
"""

CONTENT, TEMPLATES = "content/", "templates/"
_SHOWN = (".html", ".htm", ".svg")
"""The endings of files that are included as HTML and not as a block of code. Markdown passes this HTML through."""
_HELD_BACK = "correct the path, or take the secret out of the file"
_WAITING = ("draft", "publish_date", "expires")
"""The front matter keys that can hold an article back."""


class SiteShortcodes:
    """The shortcodes of a site. `held` has the labels of the files that hold a secret. `data` has the data files.

    `now` is the day of the build. A post with a later date is not included. If `now` is None, every post is included.
    """

    def __init__(
        self,
        layers: Layers,
        content: Mapping[str, Input],
        held: Collection[str],
        data: DataFiles,
        site: SiteSettings,
        now: date | None = None,
    ) -> None:
        self._layers, self._content, self._held, self._data = layers, content, held, data
        self._site, self._now = site, now

    @cached_property
    def _templates(self) -> ShortcodeTemplates:
        from publisher.site.templates.shortcodes import ShortcodeTemplates  # imports the template library

        return ShortcodeTemplates(lambda name: find_template(self._layers, name), self._values)

    def _values(self, name: str) -> Any:
        try:
            return self._data.read(name)
        except UnreadableData as error:
            raise BadCall(f"{error.problem.place}: {error.problem.what}", error.problem.hint) from error

    def has(self, name: str, note: Note) -> bool:
        """Return whether there is a shortcode with this name."""
        path = f"{FOLDER}{name}{ENDING}"
        note(f"{TEMPLATE}{path}")
        return layered(self._layers, path) is not None

    def names(self, note: Note) -> tuple[str, ...]:
        """Return the names of all shortcodes, sorted."""
        note(NAMES)
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        paths = {path for layer in self._layers for path in layer}
        found = (
            path.removeprefix(FOLDER).removesuffix(ENDING)
            for path in paths
            if path.startswith(FOLDER) and path.endswith(ENDING)
        )
        return tuple(sorted(name for name in found if "/" not in name and name != INCLUDE))

    def html(self, call: Call, body: str | None, language: str, note: Note) -> str:
        """Return the HTML of a call. See Shortcodes.html in calls.py."""
        return self._templates.html(call, body, language, note)

    def file(self, path: str, note: Note) -> Included | None:
        """Return a file that an article includes. See Shortcodes.file in calls.py."""
        note(f"{FILE}{path}")
        file = self._file(path)
        if file is None:
            return None
        if file.label in self._held:
            raise BadCall(f"{file.label} holds a secret and is not included", _HELD_BACK)
        try:
            text = _text(file)
        except NotAsBefore as error:
            raise BadCall(f"{file.label}: {error}", error.problem.hint) from error
        except UnicodeDecodeError as error:
            raise BadCall(f"{file.label} is not a text in UTF-8", "name a file of text") from error
        if self._comes_later(file):
            raise BadCall(f"{file.label} has a later date and is not included before that day", "correct its date")
        if _is_article(file, text):
            return Included(file.label, _without_front_matter(file, text), code=False)
        return Included(file.label, text, code=not file.path.lower().endswith((*_SHOWN, ".txt")))

    def answer(self, name: str) -> bytes:
        """Return the answer to the fact `name`, as bytes. It is b"" if the thing does not exist."""
        if name == NAMES:
            return "\0".join(self._names).encode()
        if name.startswith(TEMPLATE):
            file = layered(self._layers, name.removeprefix(TEMPLATE))
            return file.digest + file.label.encode() if file else b""
        if name.startswith(DATA):
            return self._data.digest(name.removeprefix(DATA))
        file = self._file(name.removeprefix(FILE))
        if file is None:
            return b""
        return file.digest + file.label.encode() + bytes([file.label in self._held, self._comes_later(file)])

    def _file(self, path: str) -> Input | None:
        if path.startswith(CONTENT):
            return self._content.get(path.removeprefix(CONTENT))
        return layered(self._layers, path.removeprefix(TEMPLATES))

    def _comes_later(self, file: Input) -> bool:
        """Return whether a file is a post that is published after the day of the build."""
        if self._now is None or self._content.get(file.path) is not file:
            return False
        if not (is_markdown(file.path) or is_html(file.path)) or kind_of(file.path, self._site.posts) != "post":
            return False
        from publisher.site.content.frontmatter.read import read
        from publisher.site.content.parser import date_of
        from publisher.site.time_zones import zone

        try:
            text = _text(file)
        except (NotAsBefore, UnicodeDecodeError):
            return False  # `file` reports the fault
        if not _is_article(file, text):
            return False
        local = zone(self._site.timezone)
        front, _ = read(file.path, text, local)
        begins = front.values.get("publish_date") or date_of(file.path, front, self._site)
        return begins is not None and begins.astimezone(local).date() > self._now


def _text(file: Input) -> str:
    """Return the text of a file with line feeds as line ends. Raises NotAsBefore, and UnicodeDecodeError."""
    text = bytes_of(file).decode("utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _is_article(file: Input, text: str) -> bool:
    """Return whether a file is an article. `text` is its text."""
    return is_article(file.path, text[:HEAD].encode())


def _without_front_matter(file: Input, text: str) -> str:
    """Return the text of an article without its front matter. Raises BadCall if the article may be held back."""
    from datetime import UTC

    from publisher.site.content.frontmatter.read import read

    front, start = read(file.path, text, UTC)
    if front.problems:
        raise BadCall(f"the front matter of {file.label} has a fault", "correct it")
    if any(front.values.get(key) for key in _WAITING):
        raise BadCall(
            f"{file.label} may be unpublished and is not included", "remove draft, publish_date or expires from it"
        )
    return text[start:]


def shortcodes_of(run: BuildRun, found: Folders, held: Collection[str]) -> SiteShortcodes:
    """Return the shortcodes of a build. `held` are the labels of the files that hold a secret."""
    now = None if run.future else run.now
    return SiteShortcodes((found.templates, found.theme), found.content, held, data_of(found, held), run.site, now)
