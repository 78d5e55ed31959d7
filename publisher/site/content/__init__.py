"""Turn files into articles."""
