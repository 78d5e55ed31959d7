"""Turn files into blocks and one root, and read them back. This package uses no disk, no network and no clock."""
