"""From a site to pages: templates, and the values that they get."""
