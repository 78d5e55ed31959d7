"""Make drawings of the diagrams in Mermaid's language, during the build."""
