"""The command `publish`: a file a command."""


def main() -> None:
    """Run the command line."""
