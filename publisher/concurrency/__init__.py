"""Threads and forked processes."""
