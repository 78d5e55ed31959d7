"""Build a site: turn its folders into a root. build.py has the entry point."""

from publisher.build.build import build
from publisher.build.output import claim_folder, may_write, write_output
from publisher.build.settings import BuildResult, BuildSettings, SecretsSettings

__all__ = ["BuildResult", "BuildSettings", "SecretsSettings", "build", "claim_folder", "may_write", "write_output"]
