"""Explain how a file or folder becomes its CID, and why two profiles give different CIDs for the same files."""

from publisher.explain.anatomy import Anatomy, Field, anatomy, fields
from publisher.explain.profile_differences import ProfileDifference, profile_differences
from publisher.explain.tree import Part, explain

__all__ = ["Anatomy", "Field", "Part", "ProfileDifference", "anatomy", "explain", "fields", "profile_differences"]
