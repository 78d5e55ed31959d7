"""Two roots -> what changed between them: pages and files, and the words. Pure, and bounded whatever the blocks say."""

from publisher.diff.compare import Difference, File, Same, compare
from publisher.diff.repeated import folded

__all__ = ["Difference", "File", "Same", "compare", "folded"]
