"""The gateway's caches in memory: blocks, whole responses, and the roots of names."""
