"""Read the front matter of a file in any form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from publisher.errors import Problem
from publisher.site.content.frontmatter import from_headers, from_json, from_toml, from_yaml
from publisher.site.content.frontmatter.block import Form, FrontMatterBlock, find
from publisher.site.content.frontmatter.interpret import NO_TAXONOMIES, Front, interpret
from publisher.site.content.frontmatter.value import NOTHING, FrontMatterValue, Unreadable

READERS: Mapping[Form, Callable[[str, int], FrontMatterValue]] = {
    "yaml": from_yaml.read,
    "toml": from_toml.read,
    "json": from_json.read,
    "headers": from_headers.read,
}


def read(
    path: str, text: str, zone: tzinfo, taxonomies: Mapping[str, Sequence[str]] = NO_TAXONOMIES
) -> tuple[Front, int]:
    """Return the front matter of a file, and the index at which the text of the article begins.

    `text` is the whole file. `zone` is the time zone of dates that name no time zone. `taxonomies` are as in
    `interpret`. Faults become problems, and nothing is raised.
    """
    block: FrontMatterBlock | None = None
    try:
        block = find(text)
        value = READERS[block.form](block.text, block.line) if block else NOTHING
    except Unreadable as error:
        if block and _is_text(block):
            return Front(path), 0
        problem = Problem(path, error.line, error.col, error.what, error.hint)
        return Front(path, problems=[problem]), block.end if block else 0
    if block and value.kind != "map" and _is_text(block):
        return Front(path), 0
    headers = block is not None and block.form == "headers"
    front = interpret(path, value, zone, headers=headers, taxonomies=taxonomies)
    return front, block.end if block else 0


def _is_text(block: FrontMatterBlock) -> bool:
    """Return whether a block that is not a mapping is a text between two thematic breaks `---`.

    A text between thematic breaks begins with an empty line.
    """
    return block.form == "yaml" and block.text.startswith("\n")
