"""Write code blocks and inline code, with colours, titles, line numbers and highlighted lines."""

from __future__ import annotations

import hashlib
import re
from html import escape

from publisher.site.markdown.accessibility import scrolls
from publisher.site.markdown.commonmark.fence_info import FenceInfo
from publisher.site.markdown.highlight import Recall, code_block, spans

_TAG_OR_END = re.compile(r"(<span[^>]*>)|(</span>)|\n")
_SHEBANG = re.compile(r"#!([\w+#.-]+) +(?=\S)")


class CodeBlocks:
    """Writes code. `recall` stores highlighted code between builds. If `recall` is None, nothing is stored."""

    def __init__(self, recall: Recall | None) -> None:
        self._recall = recall

    def block(self, code: str, info: FenceInfo, identity: str = "") -> str:
        """Return the HTML of a code block. `identity` is its id, or "" for a block without an id."""
        own = [f"language-{info.language}"] if info.language else []
        names = escape(" ".join([*own, *info.attributes.classes, "highlight"]))
        others = "".join(f' {name}="{escape(text)}"' for name, text in info.attributes.pairs.items())
        given = (f' id="{escape(identity)}"' if identity else "") + others
        body = self._body(code.strip("\n"), info.language)
        if not (info.title or info.first or info.marked):
            return code_block(code, body, names, given)
        lines = [f"{line}\n" for line in by_line(body)]
        if info.marked:
            lines = [
                f'<span class="hll">{line}</span>' if number in info.marked else line
                for number, line in enumerate(lines, 1)
            ]
        shown = f"<pre{scrolls(code)}><span></span><code>{''.join(lines)}</code></pre>"
        title = f'<span class="filename">{escape(info.title)}</span>' if info.title else ""
        if info.first:
            shown = _numbered(shown, title, info.first, len(lines))
            title = ""
        return f'<div{given} class="{names}">{title}{shown}</div>'

    def inline(self, code: str, classes: tuple[str, ...] = ()) -> str:
        """Return the HTML of inline code. The first class is its language. Code without classes has no colours."""
        if not classes:
            return f"<code>{escape(code, quote=False)}</code>"
        names = escape(" ".join([f"language-{classes[0]}", *classes[1:], "highlight"]))
        return f'<code class="{names}">{self._body(code, classes[0])}</code>'

    def _body(self, code: str, language: str) -> str:
        if not language or self._recall is None:
            return spans(code, language)
        key = hashlib.sha256(f"{language}\0{code}".encode()).hexdigest()
        return self._recall(key, lambda: spans(code, language))


def language_of(code: str) -> tuple[str, str]:
    """Return the language and the rest of inline code that begins with a language, as in `#!py len(x)`.

    Return "" and the whole code if it does not begin with a language.
    """
    match = _SHEBANG.match(code)
    return (match[1], code[match.end() :]) if match else ("", code)


def by_line(html: str) -> list[str]:
    """Return the lines of highlighted code. A span over several lines becomes one span in each of these lines."""
    lines: list[str] = []
    parts: list[str] = []
    opened = ""
    done = 0
    for match in _TAG_OR_END.finditer(html):
        parts.append(html[done : match.start()])
        done = match.end()
        if match[1]:
            opened = match[1]
            parts.append(opened)
        elif match[2]:
            opened = ""
            parts.append(match[2])
        else:
            lines.append("".join([*parts, "</span>" if opened else ""]))
            parts = [opened]
    return [*lines, "".join([*parts, html[done:]])]


def _numbered(shown: str, title: str, first: int, count: int) -> str:
    numbers = "\n".join(f'<span class="normal">{number}</span>' for number in range(first, first + count))
    head = f'<tr><th colspan="2" class="filename">{title}</th></tr>' if title else ""
    cells = (
        f'<td class="linenos"><div class="linenodiv"><pre><span></span>{numbers}</pre></div></td>'
        f'<td class="code"><div>{shown}</div></td>'
    )
    return f'<table class="highlighttable">{head}<tr>{cells}</tr></table>'
