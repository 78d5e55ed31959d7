"""The `commonmark` flavour: CommonMark and GFM, read by comrak and written as HTML by our own walk over its tree."""
