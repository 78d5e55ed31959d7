"""Read HTML: its tags, its words, and the addresses in it."""
