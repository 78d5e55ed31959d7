"""Find blocks that no page shows.

A template that extends another one can only replace the blocks of that other template. A block with a new name is never
shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from jinja2 import nodes
from jinja2.environment import Environment
from jinja2.exceptions import TemplateSyntaxError

FindText = Callable[[str], "str | None"]
"""A function that returns the text of a template, or None if there is none."""


def check_blocks(environment: Environment, name: str, text: str, label: str, find: FindText) -> None:
    """Check the names of the blocks in the template `name`. Its text is `text`, and messages call it `label`.

    Raises TemplateSyntaxError, with the line of the block, if no template that it extends has a block with this name.
    The name of the extended template must be a constant, or nothing is checked.
    """
    if "extends" not in text or "block" not in text:
        return
    known: set[str] = set()
    seen = {name}
    tree = environment.parse(text, name, label)
    above = _extended(tree)
    if not above:
        return
    while above and above not in seen:
        seen.add(above)
        found = find(above)
        if found is None:
            return  # the template library reports the missing template
        parent = environment.parse(found, above)
        known |= {block.name for block in parent.find_all(nodes.Block)}
        if any(True for _ in parent.find_all(nodes.Extends)) and not _extended(parent):
            return  # which template is extended is known only when a page is made
        above = _extended(parent)
    for block in _outermost(tree):
        if block.name not in known:
            near = get_close_matches(block.name, known, 1)
            meant = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(sorted(known)) or 'no blocks'}"
            what = f"the template that this one extends has no block {block.name!r}{meant}"
            raise TemplateSyntaxError(what, block.lineno, name, label)


def _extended(tree: nodes.Template) -> str:
    """Return the name of the template that a template extends, or "" if there is none, or if it is no constant."""
    names = [each.template for each in tree.find_all(nodes.Extends)]
    only = names[0] if len(names) == 1 else None
    return only.value if isinstance(only, nodes.Const) and isinstance(only.value, str) else ""


def _outermost(tree: nodes.Node) -> Iterator[nodes.Block]:
    """Yield the blocks that are in no other block. An inner block is shown as a part of the outer block."""
    for child in tree.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outermost(child)
