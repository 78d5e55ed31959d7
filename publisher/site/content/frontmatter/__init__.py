"""Read front matter, the block at the beginning of an article: find its form, its values and their meaning."""
