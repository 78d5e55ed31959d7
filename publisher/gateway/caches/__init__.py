"""The caches of the gateway in memory. They keep blocks, whole responses, and the roots of names."""
