"""Names that show a root: contenthash records, and the services that change them."""
