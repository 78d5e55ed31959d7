"""How a file or folder becomes its CID, as a tree of values; and why two roots of the same files differ."""

from publisher.explain.anatomy import Anatomy, Field, anatomy, fields
from publisher.explain.profiles import ProfileDifference, profile_differences
from publisher.explain.tree import Part, explain

__all__ = ["Anatomy", "Field", "Part", "ProfileDifference", "anatomy", "explain", "fields", "profile_differences"]
