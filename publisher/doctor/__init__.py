"""Run the tests of `publish doctor`, and report their findings in order."""
