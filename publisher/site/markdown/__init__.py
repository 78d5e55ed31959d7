"""Turn Markdown into HTML with link marks."""
