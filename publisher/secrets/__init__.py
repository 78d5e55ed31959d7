"""What is never published, and which secret may be sent to which host."""
