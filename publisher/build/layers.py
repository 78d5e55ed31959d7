"""Find templates: those of the author come before those of the theme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from publisher.build.inputs import Input, NotAsBefore, unchanged

if TYPE_CHECKING:
    from publisher.site.templates.environment import TemplateFile

Layers = tuple[Mapping[str, Input], Mapping[str, Input]]
"""The templates of the author, and the templates of the default theme."""


def layered(layers: Layers, name: str) -> Input | None:
    """Return the template `name` of the author, or of the theme if the author has none. Return None if both have none.

    `default/NAME` is always the template of the theme.
    """
    authors, theme = layers
    if name.startswith("default/"):
        return theme.get(name.removeprefix("default/"))
    return authors.get(name) or theme.get(name)


def find_template(layers: Layers, name: str) -> TemplateFile | None:
    """Return the template `name`, or None if there is none.

    Raises Unplaced if the file cannot be read, or has changed since the build began.
    """
    from publisher.site.templates.environment import TemplateFile
    from publisher.site.templates.faults import Unplaced

    file = layered(layers, name)
    if file is None:
        return None
    try:
        of_theme = file is layers[1].get(name.removeprefix("default/"))
        return TemplateFile(file.label, bytes_of(file), of_theme)
    except NotAsBefore as error:
        raise Unplaced(error.problem) from error


def bytes_of(file: Input) -> bytes:
    """Return the bytes of a file. Raises NotAsBefore if it cannot be read, or has changed since the build began."""
    return b"".join(unchanged(file))
