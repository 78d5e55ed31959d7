"""The ways to sign a transaction."""
