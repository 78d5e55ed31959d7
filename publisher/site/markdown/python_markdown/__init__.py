"""The engine of the default flavour: Python-Markdown with extensions of pymdown-extensions."""
