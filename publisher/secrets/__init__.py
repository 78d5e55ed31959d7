"""Find secrets in what is to be published, and decide which secret may be sent to which host."""
