"""Write each step of a deploy to the journal, and answer questions about earlier runs."""
