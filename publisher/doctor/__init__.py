"""The tests of `publish doctor`, and their order."""
