"""Translate the errors of the library into the words of this program."""

from __future__ import annotations

import re

from publisher.site.markdown.math.formula import BadFormula

_FORM = re.compile(r"(\d+): (.*)", re.DOTALL)

_REASONS = (
    (r'Unknown command "(.+)"\.', "unknown command {}"),
    (r'Unknown environment "(.+)"\.', "unknown environment {}"),
    (r'Unknown color "(.+)"\.', "unknown colour {}"),
    (r"Duplicate subscript or superscript\.", "two subscripts or two superscripts in a row"),
    (r"Expected argument but reached end of input\.", "a part of it is missing at its end"),
    (r'Unmatched closing token: "\\right"\.', "\\right without \\left"),
    (r'Unmatched closing token: "(.+)"\.', "{} closes nothing"),
    (r'Expected closing token "\\right".*', "\\left without \\right"),
    (r'Expected closing token "(.+)".*', "{} is missing"),
    (r'Found "&".*', "& is out of place"),
    (r'Found "\\limits".*', "\\limits without an operator before it"),
    (r'Found "\\h\[dash\]line", .*', "\\hline is out of place"),
    (r'Found "\\shove.*', "\\shoveleft or \\shoveright is out of place"),
    (r'Found "(.+)", which .*', "{} is out of place"),
    (r"There must be a parenthesis after .*", "a bracket is missing after the command that sets its size"),
    (r"'\^' or '_' directly followed by .*", "nothing after ^ or _"),
    (r"Not valid in math mode\.", "a command for text is in the formula"),
    (r"Not valid in text mode\.", "a command for formulas is in the text"),
)
"""Pairs: a pattern of the library's messages, and our message instead. Other messages stay unchanged."""


def reason(message: str, tex: str) -> BadFormula:
    """Return our error for the message `message` of the library about the formula `tex`."""
    match = _FORM.fullmatch(message)
    at, said = (int(match[1]), match[2]) if match else (0, message)
    for pattern, ours in _REASONS:
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found:
            return BadFormula(ours.format(*found.groups()), min(at, len(tex)))
    return BadFormula(said[:1].lower() + said[1:].rstrip("."), min(at, len(tex)))
