r"""Where formulas stand in a text: GitHub's rules for dollars, and the brackets of LaTeX where a site allows them.

`$x$` is a formula if no letter and no digit stands right before or behind it, and if no blank stands inside right
behind the first or right before the second dollar. The next dollar ends it or nothing does. So `$HOME and $PATH`,
`a$b$`, `$5 to $6` and `$ x $` are text. Letters of scripts without blanks between words, such as Chinese, may stand
beside a formula.
"""

from __future__ import annotations

WORD = r"[^\W_\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
"""A letter or a digit of a script that puts blanks between its words."""
_TEXT = r"\\(?:text[a-z]*|mbox|hbox)\{[^{}\x02\x03]*\}"
_INSIDE = rf"(?:{_TEXT}|\\[^\x02\x03]|[^\\$\x02\x03])"

INLINE = rf"(?<![\\$])(?<!{WORD})\$(?![\s$])(?P<inline>{_INSIDE}++)(?<!\s)\$(?![$])(?!{WORD})"
"""`$x$`."""
CODE = rf"(?<![\\$`])(?<!{WORD})\$(?P<ticks>`++)(?P<code>[^`\x02\x03]++)(?P=ticks)\$(?![$`])(?!{WORD})"
"""``$`x`$``, GitHub's other form, in which no sign of Markdown has a meaning."""
BLOCK = rf"(?<![\\$])\$\$(?!\$)(?=\s*+[^\s$])(?P<block>(?:{_INSIDE}|\$(?!\$))++)\$\$(?!\$)"
"""`$$x$$`, as a block or amid a line. It does not look at what stands beside it."""
ROUND = r"(?<!\\)\\\((?P<round>(?:\\[^)\x02\x03]|[^\\\x02\x03])++)\\\)"
SQUARE = r"(?<!\\)\\\[(?P<square>(?:\\[^\]\x02\x03]|[^\\\x02\x03])++)\\\]"
ENVIRONMENT = r"(?P<environment>\\begin\{(?P<name>[a-zA-Z]+\*?)\}(?:\\.|[^\\])+?\\end\{(?P=name)\})"
"""A block that is one environment, as MathJax reads it."""
