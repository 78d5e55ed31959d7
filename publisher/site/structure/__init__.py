"""Arrange articles as a site: their order, neighbours, tags, and the pages that list them."""
