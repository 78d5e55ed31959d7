"""Each module here is one command. It parses the arguments, calls `publisher.app` and reports the result."""
