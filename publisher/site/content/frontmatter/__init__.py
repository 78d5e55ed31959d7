"""Read front matter, the block at the beginning of an article. Find its form, its values and their meaning."""
