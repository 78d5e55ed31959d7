"""A file a command: parse, call, report."""
