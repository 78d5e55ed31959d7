"""Places that hold a root: each is handed blocks or told a CID, and asked in its own words whether it holds it."""
