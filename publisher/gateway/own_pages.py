"""The common parts of the pages that the gateway makes itself: their beginning and their security headers."""

from __future__ import annotations

from publisher.gateway.message import NOSNIFF

GUARD = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    **NOSNIFF,
}
"""Headers: such a page runs nothing, loads nothing, and tells other hosts nothing."""


def beginning(title: str, style: str) -> str:
    """Return a page up to where its text begins. `title` is HTML, `style` lines of CSS."""
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }}
{style}</style>
"""
