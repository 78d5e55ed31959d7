"""Run `publish check` on collections of articles that were written for other tools, and print a table of the faults.

    accepted.py FOLDER                      check each folder in FOLDER as one collection, with the default levels
    accepted.py FOLDER --lenient            count faults of links as warnings
    accepted.py FOLDER --only NAME --all    check the collection NAME alone, and print every fault

The file `NAME.toml` beside the collection `NAME/` is the publish.toml of this collection. It may set the content
folder, the permalinks and a static folder. The program checks a copy of the collection, without the names that begin
with a dot. It changes nothing in the collection.
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
    """The result for one collection: the number of its articles, and the faults in the JSON of `publish check`."""

    name: str
    articles: int
    problems: tuple[dict[str, Any], ...]

    @property
    def wrong(self) -> int:
        """Return the number of files with an error."""
        return len({problem["path"] for problem in self.problems if problem["level"] == "error"})

    def kinds(self, level: str) -> Counter[str]:
        """Return a map from each kind of fault to the number of its faults with this level."""
        return Counter(problem["kind"] or "other" for problem in self.problems if problem["level"] == level)

    def row(self) -> str:
        """Return the row of this collection in the table."""
        share = 100 * (self.articles - self.wrong) / max(self.articles, 1)
        levels = ["; ".join(f"{n} {kind}" for kind, n in self.kinds(level).most_common()) for level in LEVELS]
        return (
            f"| {self.name} | {self.articles} | {self.articles - self.wrong} | {share:.1f} % | {' | '.join(levels)} |"
        )


LEVELS = ("error", "warning", "note")


def check(folder: Path, settings: Path, words: list[str]) -> Checked:
    """Check a copy of the collection in `folder` with the options `words`, and return the result.

    `settings` is the path of the publish.toml for the collection. The file may be missing. Raises SystemExit if the
    articles could not be checked.
    """
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
    """Run `publish` with the arguments `words` in `folder`, and return its standard output."""
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
