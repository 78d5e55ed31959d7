"""Find the blocks of an article by the rules of CommonMark, and write them so that Python-Markdown finds the same."""
