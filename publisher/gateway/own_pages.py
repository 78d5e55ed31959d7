"""Define the beginning of the HTML and the security headers of the pages that the gateway itself makes."""

from __future__ import annotations

from publisher.gateway.message import NOSNIFF

GUARD = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    **NOSNIFF,
}
"""Headers of a page that the gateway makes. They forbid scripts, other files and forms, and hide the page's URL."""


def beginning(title: str, style: str) -> str:
    """Return the beginning of a page, up to its body. `title` is HTML, and `style` is CSS."""
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }}
{style}</style>
"""
