"""What `publish check` says of collections of articles that were written for other tools: a table, a row for each.

    accepted.py FOLDER                      each folder in FOLDER is a collection; levels as they are by default
    accepted.py FOLDER --lenient            faults of links are warnings, as while one moves in
    accepted.py FOLDER --only NAME --all    one of them, with every fault

Beside a collection `NAME/` may stand `NAME.toml`: the publish.toml that its kind needs (its content folder, permalinks,
a static folder). Nothing is written into the collections: a copy is checked, without what begins with a dot.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PUBLISH = str(Path(sys.executable).with_name("publish"))
ENDINGS = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
NO_SETTINGS = '[site]\ntitle = "A collection"\n'


@dataclass(frozen=True, slots=True)
class Checked:
    """A collection: how many articles it has, and each fault as JSON has it."""

    name: str
    articles: int
    problems: tuple[dict[str, Any], ...]

    @property
    def wrong(self) -> int:
        """Files with an error."""
        return len({problem["path"] for problem in self.problems if problem["level"] == "error"})

    def kinds(self, level: str) -> Counter[str]:
        """How many faults of a level there are of each kind."""
        return Counter(problem["kind"] or "other" for problem in self.problems if problem["level"] == level)

    def row(self) -> str:
        """Its row of the table."""
        share = 100 * (self.articles - self.wrong) / max(self.articles, 1)
        levels = ["; ".join(f"{n} {kind}" for kind, n in self.kinds(level).most_common()) for level in LEVELS]
        return (
            f"| {self.name} | {self.articles} | {self.articles - self.wrong} | {share:.1f} % | {' | '.join(levels)} |"
        )


LEVELS = ("error", "warning", "note")


def check(folder: Path, settings: Path, words: list[str]) -> Checked:
    """One collection, copied and checked. SystemExit for a fault that is not the articles'."""
    with tempfile.TemporaryDirectory(prefix="gazeth-collection-") as place:
        site = Path(place) / "site"
        shutil.copytree(folder, site, ignore=shutil.ignore_patterns(".*"), symlinks=True)
        text = settings.read_text(encoding="utf-8") if settings.exists() else NO_SETTINGS
        (site / "publish.toml").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [PUBLISH, "check", "--json", *words], cwd=site, capture_output=True, text=True, check=False
        )
        try:
            told = json.loads(done.stdout)
        except ValueError:
            raise SystemExit(f"{folder.name}: {done.stderr[-2000:]}") from None
        if "problems" not in told:
            raise SystemExit(f"{folder.name}: {told.get('error')}")
        rows = json.loads(output("config", "--json", folder=site))["settings"]
        content = site / next(row["value"] for row in rows if row["key"] == "build.content")
        articles = sum(1 for path in content.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    return Checked(folder.name, articles, tuple(told["problems"]))


def output(*words: str, folder: Path) -> str:
    """What `publish` prints there."""
    return subprocess.run([PUBLISH, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these collections alone")
    parser.add_argument("--lenient", action="store_true", help="faults of links are warnings")
    parser.add_argument("--all", action="store_true", help="print each fault too")
    options = parser.parse_args()
    print("| collection | articles | without an error | share | errors | warnings | notes |\n" + "| --- " * 7 + "|")
    for folder in sorted(path for path in options.folder.iterdir() if path.is_dir()):
        if options.only and folder.name not in options.only:
            continue
        found = check(folder, options.folder / f"{folder.name}.toml", ["--lenient"] if options.lenient else [])
        print(found.row(), flush=True)
        for problem in found.problems if options.all else ():
            place = f"{problem['path']}:{problem['line']}:{problem['col']}"
            print(f"{problem['level']}: {place}: {problem['what']}; {problem['hint']} [{problem['kind']}]")


if __name__ == "__main__":
    main()
