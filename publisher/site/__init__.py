"""From articles to pages. Everything here is pure except content/scan.py, which reads folders."""
