"""What is never published, and which secret may go to which host."""
