"""Draw diagrams of Mermaid as SVG. The library merman, of the extra `diagrams`, does this without a browser."""

from __future__ import annotations

import json
import re
from functools import cache

from publisher.site.markdown.diagrams.clean import clean
from publisher.site.markdown.diagrams.colours import for_both

LANGUAGE = "mermaid"
"""The language of a fenced block that is a diagram."""

MISSING = "this diagram is shown as code, because the library for diagrams is not installed"
INSTALL = "run `pip install --constraint constraints.txt '.[diagrams]'` in a checkout of the project"

LIGHT, DARK = "default", "dark"
"""The themes of Mermaid for light and for dark pages."""

_ID = "diagram"
_KIND = re.compile(r"^Diagram parse error \([^()]*\): ")


class BadDiagram(Exception):
    """A diagram has a fault. `line` and `column` count from 1 in its source, and 0 means that they are unknown."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


@cache
def is_installed() -> bool:
    """Return whether the library for diagrams is installed."""
    try:
        import merman  # noqa: F401
    except ImportError:
        return False
    return True


def draw(source: str) -> str:
    """Return the HTML of a diagram in both colour schemes. Its ids begin with `clean.ID`.

    The same source gives the same HTML. Raises BadDiagram if the diagram has a fault or is too large.
    """
    try:
        return for_both(clean(_svg(LIGHT, source)), clean(_svg(DARK, source)))
    except ValueError as error:
        raise BadDiagram(str(error)) from error


@cache
def _options(theme: str) -> str:
    """Return the options of the library for a theme, as JSON.

    The profile `interactive` limits the size of a diagram and the work for it. The library reads no clock and no random
    numbers unless its options ask for them.
    """
    return json.dumps(
        {
            "svg": {"pipeline": "resvg-safe", "diagram_id": _ID},  # without foreign objects
            "resources": {"profile": "interactive"},
            "site_config": {
                "theme": theme,
                "look": "classic",
                "fontFamily": "arial, sans-serif",
                "securityLevel": "strict",
            },
        }
    )


def _svg(theme: str, source: str) -> str:
    from merman import Merman, MermanError

    try:
        svg: str = Merman().render_svg(source, _options(theme))
    except MermanError as error:
        raise _fault(source, error) from error
    return svg


def _fault(source: str, error: Exception) -> BadDiagram:
    """Return the fault of a diagram. A second call of the library finds its position."""
    from merman import Merman, MermanError

    message = str(getattr(error, "message", "") or error)
    try:
        found = json.loads(Merman().analyze_json(source, None))["diagnostics"]
    except (MermanError, ValueError, LookupError):
        found = []
    span: dict[str, int] = next(
        (each["span"] for each in found if each["severity"] == "error" and each.get("span")), {}
    )
    reason = _KIND.sub("", message)
    return BadDiagram(reason[:1].lower() + reason[1:], span.get("line", 0), span.get("column", 0))
