"""Call the parser comrak. Turn its panics into exceptions, and parse deeply nested texts on a larger stack."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from comrak import AstNode, ExtensionOptions, ParseOptions, parse_document

from publisher.site.markdown.options import MarkdownOptions

T = TypeVar("T")

DEEP = 10_000
"""A text is parsed on a larger stack if it has at least this many signs that may begin a nested block or element."""

_NESTING = (">", "*", "_", "~", "=", "![", ":::")
_BYTES_PER_LEVEL = 2_048
_LARGEST_STACK = 1 << 30


class ParserPanic(Exception):
    """The parser panicked because of a bug in its Rust code. The message is the message of the panic."""


def extensions(options: MarkdownOptions, *, directives: bool = False) -> ExtensionOptions:
    """Return the options of comrak for the settings of a site. If `directives` is set, `:::` begins a block.

    Syntax for subscript, superscript, insertions and keys is not read. GFM and Obsidian do not have it, and their
    authors often write `~` and `^` as text.
    """
    return ExtensionOptions(
        strikethrough=True,
        table=True,
        autolink=True,
        tasklist=True,
        footnotes=True,
        description_lists=True,
        ofm_callouts=True,
        math_dollars=True,
        math_code=True,
        math_latex=options.brackets,
        shortcodes=True,
        highlight=True,
        cjk_friendly_emphasis=True,
        block_directive=directives,
        header_attributes=True,
        inline_code_attributes=True,
        link_attributes=True,
        wikilinks_title_after_pipe=options.wikilinks or options.obsidian,
        ofm_comments=options.obsidian,
    )


def parse(text: str, options: ExtensionOptions, read: Callable[..., AstNode] = parse_document) -> AstNode:
    """Parse a text with `read`, and return the tree. Raises ParserPanic if `read` panics.

    The columns in the tree count bytes. comrak could also count characters, but then its time would grow with the
    square of the length.
    """
    try:
        return read(text, options, ParseOptions(leave_footnote_definitions=True))
    except BaseException as error:  # a panic of Rust is no Exception
        if type(error).__name__ == "PanicException":  # no module exports this class
            raise ParserPanic(str(error)) from error
        raise


def on_a_large_stack(text: str, work: Callable[[], T]) -> T:
    """Call `work`, which parses `text`, and return its result. Raises whatever exception `work` raises.

    The parser calls itself for each level of nesting. With a stack of the usual size, about 20,000 levels crash the
    process. If the text could have DEEP levels or more, `work` runs in a thread with a larger stack. An exception such
    as TooLong ends only the waiting, and the thread runs to its end. So `work` must not change anything outside of it.
    """
    levels = sum(text.count(sign) for sign in _NESTING)
    if levels < DEEP:
        return work()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # the waiting thread raises the exception, which would be lost otherwise
            errors.append(error)

    before = threading.stack_size(min(levels * _BYTES_PER_LEVEL + (16 << 20), _LARGEST_STACK) // 65_536 * 65_536)
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
