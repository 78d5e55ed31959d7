"""Render the `commonmark` flavour, which is CommonMark and GFM. comrak parses it, and the Writer writes the HTML."""
