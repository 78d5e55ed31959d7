"""The changes between two roots: pages, files and words. It is pure, and bounded whatever the blocks hold."""

from publisher.diff.compare import Difference, File, Same, compare
from publisher.diff.repeated import folded

__all__ = ["Difference", "File", "Same", "compare", "folded"]
