"""Write tabs that work without a script.

Each tab has a radio button with a label, and CSS shows the checked tab.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.commonmark.inner_blocks import write_blocks
from publisher.site.markdown.commonmark.writer import Writer

if TYPE_CHECKING:
    from comrak import AstNode

SELECTED = "selected"
"""The class of the tab that is open when the page opens, as in `::: tab Title {.selected}`."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab: its title and its blocks."""

    title: Callable[[], None]
    """Writes the title."""
    blocks: list[AstNode]
    selected: bool = False
    """Whether this tab is open when the page opens. Without such a tab, it is the first one."""


def write_tabs(w: Writer, tabs: Sequence[Tab], id_attribute: str = "") -> None:
    """Write a set of tabs. `id_attribute` is its attribute with a leading blank, such as ` id="x"`, or ""."""
    w.tab_sets += 1
    group = f"__tabbed_{w.tab_sets}"
    ids = [w.parts.ids.ours(f"{group}_{number}") for number in range(1, len(tabs) + 1)]
    chosen = next((number for number, tab in enumerate(tabs) if tab.selected), 0)
    w.new_block()
    buttons = "".join(
        f'<input{" checked" if number == chosen else ""} id="{own}" name="{group}" type="radio">'
        for number, own in enumerate(ids)
    )
    w.out.append(f'<div{id_attribute} class="tabbed-set tabbed-alternate" data-tabs="{w.tab_sets}:{len(tabs)}">')
    w.out.append(f'{buttons}<div class="tabbed-labels">')
    for own, tab in zip(ids, tabs, strict=True):
        w.out.append(f'<label for="{own}">')
        tab.title()
        w.plain.append("\n")
        w.out.append("</label>")
    w.out.append('</div>\n<div class="tabbed-content">\n')
    for tab in tabs:
        w.out.append('<div class="tabbed-block">\n')
        write_blocks(w, tab.blocks)
        w.out.append("</div>\n")
    w.out.append("</div>\n</div>\n")
