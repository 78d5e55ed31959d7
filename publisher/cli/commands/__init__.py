"""One module for each command. It parses the arguments, calls `publisher.app` and reports the result."""
