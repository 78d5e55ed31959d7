"""Send roots to stores and pinners, and ask them whether they hold a root."""
