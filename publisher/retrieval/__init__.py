"""Fetch blocks from gateways and nodes, and hash each block."""
