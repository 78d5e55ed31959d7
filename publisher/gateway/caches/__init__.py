"""What the gateway keeps in memory: blocks, whole responses, what names show."""
