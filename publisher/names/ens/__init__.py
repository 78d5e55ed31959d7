"""ENS: a name that shows a root."""
