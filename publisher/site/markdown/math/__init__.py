"""Convert TeX formulas to MathML. Callers need only the function `show` of show.py."""
