"""Turn files into blocks and one root, and read them back. The room uses no disk, no network and no clock."""
