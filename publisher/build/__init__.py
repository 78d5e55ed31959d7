"""Corridor 1, from folders to a root: see corridor.py."""

from publisher.build.corridor import build
from publisher.build.output import write_output
from publisher.build.settings import BuildSettings, Built

__all__ = ["BuildSettings", "Built", "build", "write_output"]
