"""Sign transactions. Each module has one kind of signer."""
