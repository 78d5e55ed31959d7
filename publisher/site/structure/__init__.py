"""Articles to a site: order, neighbours, tags, the pages that list them."""
