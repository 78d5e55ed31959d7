"""Render the `commonmark` flavour: CommonMark and GFM. comrak parses the text, and the Writer writes the HTML."""
