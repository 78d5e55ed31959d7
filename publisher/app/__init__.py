"""Do the work of each command. Open stores, names, cache, journal and gateway as the configuration says."""
