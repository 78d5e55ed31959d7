"""Find the blocks of an article by the rules of CommonMark, and write them in a form that Python-Markdown reads."""
