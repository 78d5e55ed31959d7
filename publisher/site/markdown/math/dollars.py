r"""Define the patterns that find formulas in a text, by GitHub's rules for dollars and with the brackets of LaTeX.

`$x$` is a formula if three conditions are true. There is no letter and no digit directly before or after it. There is
no blank directly after the first dollar or directly before the second dollar. Any dollar between the two follows a
backslash or is in `\text{}`. So `$HOME and $PATH`, `a$b$`, `$5 to $6` and `$ x $` are text. Letters of
Chinese, Japanese and Korean may be directly before or after a formula.
"""

from __future__ import annotations

WORD = r"[^\W_\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
"""Matches a letter or a digit, unless it is Chinese, Japanese, Korean or full-width."""
_TEXT = r"\\(?:text[a-z]*|mbox|hbox)\{[^{}\x02\x03]*\}"
_INSIDE = rf"(?:{_TEXT}|\\[^\x02\x03]|[^\\$\x02\x03])"

INLINE = rf"(?<![\\$])(?<!{WORD})\$(?![\s$])(?P<inline>{_INSIDE}++)(?<!\s)\$(?![$])(?!{WORD})"
"""Matches `$x$`."""
CODE = rf"(?<![\\$`])(?<!{WORD})\$(?P<ticks>`++)(?P<code>[^`\x02\x03]++)(?P=ticks)\$(?![$`])(?!{WORD})"
"""Matches ``$`x`$``, the other form of GitHub. Inside this form, no character has its meaning in Markdown."""
BLOCK = rf"(?<![\\$])\$\$(?!\$)(?=\s*+[^\s$])(?P<block>(?:{_INSIDE}|\$(?!\$))++)\$\$(?!\$)"
"""Matches `$$x$$`. This formula may be a block or a part of a line, and any character may be beside it."""
ROUND = r"(?<!\\)\\\((?P<round>(?:\\[^)\x02\x03]|[^\\\x02\x03])++)\\\)"
SQUARE = r"(?<!\\)\\\[(?P<square>(?:\\[^\]\x02\x03]|[^\\\x02\x03])++)\\\]"
ENVIRONMENT = r"(?P<environment>\\begin\{(?P<name>[a-zA-Z]+\*?)\}(?:\\.|[^\\])+?\\end\{(?P=name)\})"
"""Matches an environment, `\\begin{name}` to `\\end{name}`. MathJax shows an environment even without dollars."""
