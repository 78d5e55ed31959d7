"""Corridor 1, from folders to a root: see build.py."""

from publisher.build.build import build
from publisher.build.output import may_write, take, write_output
from publisher.build.settings import BuildResult, BuildSettings, SecretsSettings

__all__ = ["BuildResult", "BuildSettings", "SecretsSettings", "build", "may_write", "take", "write_output"]
