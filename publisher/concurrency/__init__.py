"""Run work on several threads, and in forked processes."""
