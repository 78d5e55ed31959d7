"""Blocks to HTTP responses, as the IPFS gateway specifications say."""
