"""How this program calls its own files: beside a site's sources, and in a folder that it has written."""

CONFIG_FILE = "publish.toml"
"""A folder with a file of this name is a site."""

STATE = ".publish"
"""The folder of the journal and the cache, beside the configuration."""

OUTPUT_MARKER = ".publish-output"
"""The file by which a build knows an output folder as its own. No page has this name: what begins with a dot is never
published."""
