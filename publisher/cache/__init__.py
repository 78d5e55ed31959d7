"""The cache keeps blocks and results of earlier builds in one SQLite file. It may be deleted at any time."""
