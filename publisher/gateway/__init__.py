"""The gateway: blocks to HTTP responses, by the IPFS gateway specifications."""
