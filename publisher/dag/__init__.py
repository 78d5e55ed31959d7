"""Files to blocks to one root, and back. It is pure: it uses no disk, no network and no clock."""
