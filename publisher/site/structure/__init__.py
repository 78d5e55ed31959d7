"""Sort the articles of a site, and find their neighbours, their tags and the pages that list them."""
