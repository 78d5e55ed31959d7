"""From Markdown to HTML with marked links."""
