"""Turn the results of each command into text and JSON."""
