"""Fetch blocks from other machines. Every block is hashed."""
