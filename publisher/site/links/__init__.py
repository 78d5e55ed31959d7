"""Where links lead, and everything that is wrong with them."""
