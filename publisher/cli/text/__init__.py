"""How results read, for people and as JSON."""
