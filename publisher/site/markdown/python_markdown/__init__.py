"""The default flavour: Python-Markdown with the extensions of pymdown-extensions."""
