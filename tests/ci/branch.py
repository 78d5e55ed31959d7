"""A branch in a repository on this disk. Changes are merged into it, and jobs get fresh clones of it."""

from dataclasses import dataclass
from pathlib import Path

from publisher.names.contenthash import decode
from tests.services.chain import Anvil
from tests.services.git import git
from tests.services.kubo import Node
from tests.services.publish_toml import publish_toml


@dataclass
class Branch:
    """The branch `main` of `folder`/remote, whose site is published to a node and a name of a chain."""

    folder: Path
    kubo: Node
    chain: Anvil

    def __post_init__(self) -> None:
        git(self.folder, "init", "-q", "--bare", "-b", "main", "remote")
        git(self.folder, "clone", "-q", "remote", "author")
        (self.author / "publish.toml").write_text(publish_toml(self.chain.url, api=self.kubo.api))

    @property
    def author(self) -> Path:
        """The clone in which the author writes."""
        return self.folder / "author"

    def merge(self, path: str, text: str) -> str:
        """Merge a change of one file, and return the commit."""
        place = self.author / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        git(self.author, "add", ".")
        git(self.author, "commit", "-q", "-m", path)
        git(self.author, "push", "-q", "origin", "HEAD:main")
        return git(self.author, "rev-parse", "HEAD")

    def clone(self, name: str) -> Path:
        """A fresh clone of the branch, as each job has it."""
        git(self.folder, "clone", "-q", "-b", "main", f"file://{self.folder}/remote", name)
        return self.folder / name

    def record(self) -> str:
        """What the name shows."""
        return decode(self.chain.record("demo.eth"))
