"""Blocks from elsewhere, each hashed."""
