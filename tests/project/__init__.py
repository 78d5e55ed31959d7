"""Tests of the repository itself: its documents and the form of its code."""
