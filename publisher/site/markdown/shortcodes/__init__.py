"""Read the calls of shortcodes in the text of an article, and put their HTML into the body."""
