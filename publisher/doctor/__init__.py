"""What `publish doctor` looks at, and in which order."""
