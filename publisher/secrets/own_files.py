"""The names of this program's own files, beside a site's sources and in a folder that it has written."""

CONFIG_FILE = "publish.toml"
"""A folder with a file of this name is a site."""

STATE = ".publish"
"""The folder of the journal and the cache, beside the configuration."""

OUTPUT_MARKER = ".publish-output"
"""The file by which a build knows its own output folder.

No page has this name, because names that begin with a dot are never published.
"""
