"""An embedded chain with ENS, for the demo and the tests."""
