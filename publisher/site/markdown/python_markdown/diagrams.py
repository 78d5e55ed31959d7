"""Let superfences make drawings of the blocks of code that are diagrams."""

from __future__ import annotations

from typing import Any

from publisher.site.markdown.diagrams.drawing import LANGUAGE
from publisher.site.markdown.diagrams.fences import Diagrams
from publisher.site.markdown.highlight import code_block, spans
from publisher.site.markdown.python_markdown.carried import carried


def diagram_fence(diagrams: Diagrams) -> dict[str, Any]:
    """Return the entry for superfences that makes a drawing of a diagram, or shows it as code if that fails."""

    def write(source: str, *_: object, **__: object) -> str:
        with carried():
            made = diagrams.html(source)
            return made if made is not None else _as_code(source)

    return {"name": LANGUAGE, "class": LANGUAGE, "format": write}


def _as_code(source: str) -> str:
    return code_block(source, spans(source, LANGUAGE), f"language-{LANGUAGE} highlight")
