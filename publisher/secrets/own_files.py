"""Define the names of this program's own files in the folder of a site and in an output folder."""

CONFIG_FILE = "publish.toml"
"""A folder with a file of this name is the folder of a site."""

STATE = ".publish"
"""The name of the folder of the journal and the cache. It is in the folder of the site."""

OUTPUT_MARKER = ".publish-output"
"""A build writes a file of this name into its output folder, and so recognises the folder later.

No page can have this name, because a build never publishes names that begin with a dot.
"""
