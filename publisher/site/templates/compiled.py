"""Keep the compiled templates of the default theme beside the compiled modules of this package.

Compiling three templates takes a twentieth of the time of a build after one edit. Python loads compiled code without
asking who wrote it, so it must not come from the folder of a site. The folder of our own compiled modules is as safe as
our code. Templates of authors are compiled in each run.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache


def folder_of_modules() -> Path | None:
    """Return the folder in which Python keeps the compiled modules of this package. Return None if it keeps none."""
    try:
        return Path(cache_from_source(__file__)).parent
    except NotImplementedError:
        return None


class CompiledTheme(BytecodeCache):
    """The compiled templates of the default theme, as files in a folder.

    A file is used only if it was made from the same source by the same code. `stamp` is a digest of our code, of the
    libraries and of Python. A file that cannot be read or written is no error: its template is compiled again.
    """

    def __init__(self, stamp: bytes, folder: Path | None = None) -> None:
        """Use the files in `folder`, or in the folder of our compiled modules if `folder` is None."""
        self._stamp = stamp
        self._folder = folder or folder_of_modules()
        self.of_theme: Collection[str] = ()
        """The names of the loaded templates that are part of the default theme. `Sandbox` sets it."""

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the name of the file for a template, or "" if the template is no part of the theme.

        The name ends with `.pyc`, as those of compiled modules do. The digest of our code leaves out all such files.
        """
        return f"theme-{name.replace('/', '-')}.{sys.implementation.cache_tag}.pyc" if name in self.of_theme else ""

    def get_source_checksum(self, source: str) -> str:
        """Return a digest of everything that the compiled code depends on."""
        return sha256(self._stamp + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Put the compiled code into the bucket if there is a file with the same digest."""
        if self._folder and bucket.key:
            with contextlib.suppress(OSError), open(self._folder / bucket.key, "rb") as file:
                bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the compiled code into its file, unless Python is set to write no compiled modules."""
        if not self._folder or not bucket.key or sys.dont_write_bytecode:
            return
        with contextlib.suppress(OSError):
            import tempfile  # most builds write no compiled theme, and so do not need it

            handle, part = tempfile.mkstemp(prefix="theme-", suffix=".pyc", dir=self._folder)
            try:
                os.fchmod(handle, 0o644)  # other users of the same installation may read it
                with open(handle, "wb") as file:
                    bucket.write_bytecode(file)
                os.replace(part, self._folder / bucket.key)
            except BaseException:
                os.unlink(part)
                raise
