"""From articles to a site: order, neighbours, tags, the pages that list articles."""
