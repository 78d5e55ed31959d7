"""The blocks of an article, found by the rules of CommonMark, as lines that Python-Markdown reads in one way."""
