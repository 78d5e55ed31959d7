"""The journal: what this folder did, append-only, and the questions about it."""
