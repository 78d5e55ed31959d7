"""Turn a site into pages: render templates, and define the values that they get."""
