"""Find the targets of links, and the faults of links."""
