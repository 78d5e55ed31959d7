"""The work of each command: open stores, names, cache, journal and gateway from a configuration, and use them."""
