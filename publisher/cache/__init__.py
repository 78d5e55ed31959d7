"""Blocks and results of earlier builds, in one SQLite file. It may vanish at any time."""
