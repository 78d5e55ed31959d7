"""Write the text and the JSON of `publish doctor`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from publisher.formatting import count, shown

if TYPE_CHECKING:
    from publisher.doctor.run import Diagnosis
    from publisher.findings import Finding

SIGNS: Mapping[str, tuple[str, str]] = {
    "ok": ("✓", "+"),
    "note": ("·", "-"),
    "warning": ("!", "!"),
    "fault": ("✗", "x"),
}
"""This maps a level to two signs. The second one is for an output that accepts only ASCII."""


def row(finding: Finding) -> dict[str, str]:
    """Return a finding as a JSON object."""
    return {"who": finding.who, "level": finding.level, "what": finding.what, "fix": finding.fix}


def lines(findings: Iterable[Finding], width: int, *, utf8: bool) -> Iterator[str]:
    """Yield a line for each finding, and below it a line with the next step.

    Lines are broken at `width` columns. A `width` of 0 breaks no line. Without `utf8`, the signs are ASCII.
    """
    wide = max(width, 20) if width else 0
    for finding in findings:
        sign = SIGNS[finding.level][0 if utf8 else 1]
        yield from broken(f"{sign} {finding.who}: {shown(finding.what)}", "  ", wide)
        if finding.fix:
            yield from broken("    " + shown(finding.fix), "    ", wide)


def broken(text: str, indent: str, wide: int) -> list[str]:
    """Return the lines of a text, broken at `wide` columns. A `wide` of 0 breaks no line. Addresses are not broken."""
    if not wide:
        return [text]
    return textwrap.wrap(
        text, wide, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def paste(rights: Mapping[str, Any]) -> Iterator[str]:
    """Yield the least rights of a deploy as JSON text that the user can paste into the configuration of a node.

    `rights` maps the label of a node to its rights. Nodes that need equal rights share one text.
    """
    groups: dict[str, list[str]] = {}
    for label, wanted in rights.items():
        groups.setdefault(json.dumps(wanted, indent=2), []).append(label)
    for text, labels in groups.items():
        yield ""
        yield f"The least rights of a deploy on {', '.join(labels)}, for API.Authorizations of its configuration"
        yield "(replace the words in capitals with a long secret of your own):"
        yield text


def summary(found: Diagnosis) -> str:
    """Return the numbers of faults and warnings as a line of text."""
    faults, warnings = found.count("fault"), found.count("warning")
    if not faults and not warnings:
        return "nothing is wrong"
    return ", ".join(count(number, noun) for number, noun in ((faults, "fault"), (warnings, "warning")) if number)
