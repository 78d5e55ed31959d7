"""Convert TeX formulas to MathML. The function `show` of show.py converts all formulas of an article."""
