"""What this folder did, append-only, and every question that is asked of it."""
