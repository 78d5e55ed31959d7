"""Opens stores, names, cache, journal and gateway from a configuration, and finds the root that a person means."""
