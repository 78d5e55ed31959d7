"""The block at the head of an article: which form it has, what is written in it, what that means."""
