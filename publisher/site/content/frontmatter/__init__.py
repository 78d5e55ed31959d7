"""The block at the head of an article: its form, its values, their meaning."""
