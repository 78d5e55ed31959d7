"""Give articles the shortcodes of a site, and answer the facts that their calls read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.build.inputs import Input, NotAsBefore
from publisher.build.layers import Layers, bytes_of, find_template, layered
from publisher.site.file_names import is_markdown
from publisher.site.markdown.shortcodes.calls import INCLUDE, BadCall, Call, Included, Note

if TYPE_CHECKING:
    from publisher.site.templates.shortcodes import ShortcodeTemplates

FOLDER, ENDING = "shortcodes/", ".html"
TEMPLATE, FILE, NAMES = "template ", "file ", "shortcodes"
"""The names of facts, or their beginnings.

After TEMPLATE follows the path of a template. After FILE follows the path of a file that may be included. The answer to
the fact NAMES is the list of all shortcodes.
"""

CONTENT, TEMPLATES = "content/", "templates/"
_SHOWN = (".html", ".htm", ".svg")
"""The endings of files that are included as HTML and not as a block of code. Markdown passes this HTML through."""
_HELD_BACK = "correct the path, or take the secret out of the file"
_WAITING = ("draft", "publish_date", "expires")
"""The front matter keys that can hold an article back."""


class SiteShortcodes:
    """The shortcodes of a site. `held` has the labels of the files that hold a secret."""

    def __init__(self, layers: Layers, content: Mapping[str, Input], held: Collection[str]) -> None:
        self._layers, self._content, self._held = layers, content, held

    @cached_property
    def _templates(self) -> ShortcodeTemplates:
        from publisher.site.templates.shortcodes import ShortcodeTemplates  # imports the template library

        return ShortcodeTemplates(lambda name: find_template(self._layers, name))

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
            text = bytes_of(file).decode("utf-8-sig")
        except NotAsBefore as error:
            raise BadCall(f"{file.label}: {error}", error.problem.hint) from error
        except UnicodeDecodeError as error:
            raise BadCall(f"{file.label} is not a text in UTF-8", "name a file of text") from error
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        if is_markdown(file.path):
            return Included(file.label, _without_front_matter(file, text), code=False)
        return Included(file.label, text, code=not file.path.lower().endswith((*_SHOWN, ".txt")))

    def answer(self, name: str) -> bytes:
        """Return the answer to the fact `name`, as bytes. It is b"" if the thing does not exist."""
        if name == NAMES:
            return "\0".join(self._names).encode()
        if name.startswith(TEMPLATE):
            file = layered(self._layers, name.removeprefix(TEMPLATE))
            return file.digest + file.label.encode() if file else b""
        file = self._file(name.removeprefix(FILE))
        return file.digest + file.label.encode() + bytes([file.label in self._held]) if file else b""

    def _file(self, path: str) -> Input | None:
        if path.startswith(CONTENT):
            return self._content.get(path.removeprefix(CONTENT))
        return layered(self._layers, path.removeprefix(TEMPLATES))


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
