"""A site to pages: templates, and the values that they are handed."""
