"""Real services that any test may ask for by name."""

pytest_plugins = ["tests.services.chain", "tests.services.kubo"]
