"""Keep objects as files in a folder that a web server shows. It has the same methods as a bucket."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from publisher.errors import StoreRefused
from publisher.fast_dataclass import dataclass

FRESH = ".gazeth-new-"
"""The names of files that are not complete yet begin with this text."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder. The key of an object is the path of its file below the folder."""

    label: str
    path: Path

    def put(self, key: str, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Store an object. A reader sees either the whole object or the one before it.

        The web server chooses the headers, so `headers` has no effect.
        """
        self.put_stream(key, (data,), len(data), {})

    def put_stream(self, key: str, chunks: Iterable[bytes], size: int, headers: Mapping[str, str]) -> None:
        """Store an object that need not fit into memory. `size` and `headers` have no effect."""
        with self._errors():
            place = self.path / key
            place.parent.mkdir(parents=True, exist_ok=True)
            fresh = place.with_name(f"{FRESH}{secrets.token_hex(8)}")
            try:
                with fresh.open("xb") as file:
                    file.writelines(chunks)
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(place)
            except BaseException:
                fresh.unlink(missing_ok=True)
                raise

    def get(self, key: str) -> bytes | None:
        """Return the bytes of an object, or None if the folder does not have it."""
        with self._errors():
            try:
                return (self.path / key).read_bytes()
            except FileNotFoundError:
                return None

    def delete(self, key: str) -> None:
        """Remove an object. Do nothing if the folder does not have it."""
        with self._errors():
            (self.path / key).unlink(missing_ok=True)
            with suppress(OSError):  # The folder of the object is removed when it is empty.
                (self.path / key).parent.rmdir()

    def find(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the key and the number of bytes of every object whose key begins with `prefix`, sorted by key.

        `prefix` ends with a slash.
        """
        with self._errors():
            found = []
            for base, _, names in os.walk(self.path / prefix):
                for name in names:
                    place = Path(base) / name
                    if not name.startswith(FRESH):
                        with suppress(FileNotFoundError):  # Another run may remove it at this moment.
                            found.append((place.relative_to(self.path).as_posix(), place.stat().st_size))
        yield from sorted(found)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn an OSError into StoreRefused."""
        try:
            yield
        except OSError as error:
            what = f"the folder {self.path} cannot be used: {error.strerror or type(error).__name__}"
            raise StoreRefused(
                self.label, what, hint="correct `folder`, or the owner and mode of the folder"
            ) from error
