"""Folders and CAR files that other tools made -> blocks and a root. Names are taken as they are, bytes untouched."""
