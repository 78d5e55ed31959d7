"""Names that show a root. This room encodes their contenthash records and changes them."""
