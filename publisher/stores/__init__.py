"""Stores and pinners, which hold a root. Each gets blocks or a CID, and is asked whether it holds the root."""
