"""Calls comrak with our options. Its panics become exceptions, and texts of great depth get a larger stack."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from comrak import AstNode, ExtensionOptions, ParseOptions, parse_document

from publisher.site.markdown.options import MarkdownOptions

T = TypeVar("T")

DEEP = 10_000
"""Signs that may begin something inside something else. With more of them a text is parsed on a larger stack."""

_NESTING = (">", "*", "_", "~", "=", "![", ":::")
_BYTES_PER_LEVEL = 2_048
_LARGEST_STACK = 1 << 30


class ParserPanic(Exception):
    """The parser failed in a way that Python code cannot cause. Its message says where."""


def extensions(options: MarkdownOptions) -> ExtensionOptions:
    """Return the options of comrak for the settings of a site.

    Sub- and superscript, insertions and keys have no form in GFM or Obsidian: there `~` and `^` are often plain signs.
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
        block_directive=True,
        header_attributes=True,
        inline_code_attributes=True,
        link_attributes=True,
        wikilinks_title_after_pipe=options.wikilinks,
    )


def parse(text: str, options: ExtensionOptions) -> AstNode:
    """Return the tree of a text. Positions are in bytes: to count characters takes comrak time by the square.

    Raise ParserPanic if the parser panics.
    """
    try:
        return parse_document(text, options, ParseOptions(leave_footnote_definitions=True))
    except Exception:
        raise
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the class has no public name
            raise
        raise ParserPanic(str(error)) from error


def on_a_large_stack(text: str, work: Callable[[], T]) -> T:
    """Return the result of `work`, which parses `text`.

    The parser calls itself for each level, and a stack of the usual size ends the process at some 20,000 levels. A text
    that could have as many runs in a thread with a stack of the needed size. Raises what `work` raises.
    """
    levels = sum(text.count(sign) for sign in _NESTING)
    if levels < DEEP:
        return work()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
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
