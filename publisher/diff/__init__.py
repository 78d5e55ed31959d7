"""Find the changes between two roots: pages, files and words. The room is pure, and its time and memory are limited."""

from publisher.diff.compare import Difference, File, Same, compare
from publisher.diff.repeated import folded

__all__ = ["Difference", "File", "Same", "compare", "folded"]
