"""Write blocks of code and inline code with our highlighter instead of the library's highlighter."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown import Markdown
from pymdownx.highlight import Highlight, HighlightExtension

from publisher.site.markdown.accessibility import scrolls
from publisher.site.markdown.highlight import Recall, code_block, ends, spans
from publisher.site.markdown.python_markdown.carried import carried

_PRE = "<pre><span></span><code>"  # the <pre> around line numbers has no <code>


class Highlighter(Highlight):
    """The highlighter of the extension, with a fast path for blocks without special options, which are most blocks."""

    recall: Recall | None = None

    def highlight(  # type: ignore[override]
        self, src: str, language: str | None, css_class: str = "highlight", **options: Any
    ) -> Any:
        """Return a block as HTML, or inline code as an element. The extension calls this method.

        `language` is "" or None for a block without a language. Raises Carried instead of any exception, so the
        exception reaches the caller of the library.
        """
        with carried():
            return self._highlight(src, language or "", css_class, options)

    def _highlight(self, src: str, language: str, css_class: str, options: dict[str, Any]) -> Any:
        if any(options.get(name) for name in ("inline", "hl_lines", "title", "attrs")) or options["linestart"] > 0:
            whole: Any = super().highlight  # the library declares no type
            made = whole(src, language if ends(language) else "text", css_class, **options)
            return made.replace(_PRE, f"<pre{scrolls(src)}>{_PRE[5:]}") if isinstance(made, str) else made
        classes = [*map(escape, options.get("classes") or ()), css_class]
        identity = f' id="{escape(options["id_value"])}"' if options.get("id_value") else ""
        return self.block(src, language, classes, identity)

    def block(self, src: str, language: str, classes: Sequence[str] = ("highlight",), identity: str = "") -> str:
        """Return a block without special options as HTML. `identity` is its id attribute or ""."""
        own = [f"language-{escape(language)}"] if language else []
        return code_block(src, self._body(src, language), " ".join([*own, *classes]), identity)

    def _body(self, source: str, language: str) -> str:
        if self.recall is None:
            return spans(source, language)
        key = hashlib.sha256(f"{language}\0{source}".encode()).hexdigest()
        return self.recall(key, lambda: spans(source, language))


class Colours(HighlightExtension):
    """The extension pymdownx.highlight with our highlighter."""

    def __init__(self, recall: Recall | None, **config: Any) -> None:
        initialise: Any = super().__init__  # the library declares no type
        initialise(**config)
        self._kind = type("Highlighter", (Highlighter,), {"recall": staticmethod(recall) if recall else None})

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the stages. Python-Markdown calls this once."""
        extend: Any = super().extendMarkdown  # the library declares no type
        extend(md)

    def get_pymdownx_highlighter(self) -> type[Highlight]:
        """Return the class that highlights fences and inline code."""
        return self._kind
