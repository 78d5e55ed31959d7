"""Modules that sign transactions."""
