"""Articles to pages. Pure, but for `disk`: values in, values out."""
