"""Turn articles into pages. The functions take and return values. Only content/scan.py reads the folders of a site."""
