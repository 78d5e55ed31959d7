"""Read the data files of a site. A file is read when a template first needs it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from publisher.build.inputs import Folders, Input, NotAsBefore, unchanged
from publisher.errors import Problem
from publisher.site.data_files import BadData, doubled, name_of, read_data


class UnreadableData(Exception):
    """A data file that a template reads has a fault. `problem` has its position."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def data_problems(files: Mapping[str, Input]) -> Iterator[Problem]:
    """Yield a problem for each data file whose name another file has too."""
    for path, other in doubled(files):
        what = f"this file and {other} have the same name in templates, {name_of(path)}"
        yield Problem(files[path].label, 0, 0, what, "rename one of the two")


class DataFiles:
    """The data files of one build by name. Each is read when a template first needs it."""

    def __init__(self, files: Mapping[str, Input]) -> None:
        self._files = {name_of(path): file for path, file in sorted(files.items(), reverse=True)}
        self._values: dict[str, Any] = {}

    def digest(self, name: str) -> bytes:
        """Return the digest and the path of the data file with a name, or b"" if there is none."""
        file = self._files.get(name)
        return file.digest + file.path.encode() if file else b""

    def read(self, name: str) -> Any:
        """Return the values of the data file with a name.

        Raises KeyError if there is none, and UnreadableData if it cannot be read.
        """
        if name not in self._values:
            file = self._files[name]
            try:
                self._values[name] = read_data(file.path, b"".join(unchanged(file)))
            except NotAsBefore as error:
                raise UnreadableData(error.problem) from error
            except BadData as error:
                raise UnreadableData(Problem(file.label, error.line, error.col, error.what, error.hint)) from error
        return self._values[name]


def data_of(found: Folders, held: Collection[str]) -> DataFiles:
    """Return the data files of a build. `held` are the labels of the files that hold a secret. They are left out."""
    return DataFiles({path: file for path, file in found.data.items() if file.label not in held})
