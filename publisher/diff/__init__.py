"""Find the changes between two roots: pages, files and words.

This package uses no disk, no network and no clock, and limits its time and memory.
"""

from publisher.diff.compare import Difference, File, Same, compare
from publisher.diff.repeated import folded

__all__ = ["Difference", "File", "Same", "compare", "folded"]
