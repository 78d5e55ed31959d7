"""The blocks of HTML as a short text: `ul(li(p) li(p ul(li(p))))`."""

import re

_LOOSE = frozenset({"", "li", "blockquote", "dd", "div", "td"})
_BLOCKS = r"p|h[1-6]|ul|ol|li|pre|blockquote|hr|table|dl|dt|dd|div|details|summary"
_TAG = re.compile(rf"<(/?)({_BLOCKS})\b([^>]*)>|([^<\s])|<[^>]*>")


def shape(html: str) -> str:
    """Return the kinds and the nesting of the blocks.

    Text of an item without a paragraph counts as a paragraph, and the box around code does not count.
    """
    html = re.sub(r"(?s)<table.*?</table>", "<table></table>", html)
    html = re.sub(r"(?s)(?:<div[^>]*>)?<pre.*?</pre>(?:</div>)?", "<pre></pre>", html)
    parts: list[str] = []
    inside = [""]
    loose = False
    for closing, tag, attributes, text in (match.groups("") for match in _TAG.finditer(html)):
        if text:
            if inside[-1] in _LOOSE and not loose:
                loose = True
                parts.append("p")
        elif tag:
            loose = False
            if closing:
                inside.pop()
                parts.append(")")
            else:
                start = re.search(r'start="(\d+)"', attributes)
                parts.append(tag + (start[1] if start else "") + ("" if tag == "hr" else "("))
                if tag != "hr":
                    inside.append(tag)
    joined = " ".join(parts)
    return re.sub(r"\(\s*\)", "", re.sub(r" ?\)", ")", joined.replace("( ", "("))).strip()
