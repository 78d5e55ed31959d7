"""TeX formulas to MathML. `show` of show.py is the one function that callers need."""
