"""From articles to pages: values in, values out. Only content/scan.py reads the folders of a site."""
