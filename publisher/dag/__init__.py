"""Files to blocks to one root, and back. Pure: nothing here touches a disk, a network or a clock."""
