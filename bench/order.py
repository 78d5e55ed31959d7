"""Build collections of articles, and compare their order with the order that their authors wrote for other tools.

    order.py FOLDER                         build each folder in FOLDER as one collection
    order.py FOLDER --only NAME --all       build only the collection NAME, and print each difference
    order.py FOLDER --hugo PROGRAM          also ask Hugo for its order of collections with `_index.md`
    order.py FOLDER --mkdocs PYTHON         also ask MkDocs, which is installed for this Python

The publish.toml of the collection `NAME` is `NAME.toml` in FOLDER, and its mkdocs.yml is `NAME.yml`. A collection may
have the order of an mkdocs.yml, of a SUMMARY.md, or of weights below `_index.md`.
This script reads these files by itself, without the readers of the program. It reads the order of the program from the
sidebars of the finished pages. It also follows all links from the home page, and counts the articles that it does not
reach.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import yaml

from publisher.cache.store import Cache
from publisher.site.content.records import unpack

PUBLISH = str(Path(sys.executable).with_name("publish"))
MARKDOWN = (".md", ".markdown")
HOST = "http://site.invalid/"

Order = dict[str, list[str]]
"""Maps each section to the content paths below it, in order. The order of a whole site has one key, `nav`."""


class Page(HTMLParser):
    """The links of a page, and the links of its sidebar."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.url, self.links = HOST + url, list[str]()
        self.sidebar: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "nav":
            self._inside = named.get("class") == "tree"
        if tag == "a" and named.get("href"):
            url = urljoin(self.url, named["href"]).partition("#")[0]
            if url.startswith(HOST):
                self.links.append(unquote(urlsplit(url).path[1:]))
                self.sidebar += self.links[-1:] if self._inside else []

    def handle_endtag(self, tag: str) -> None:
        if tag == "nav":
            self._inside = False


@dataclass(frozen=True, slots=True)
class Built:
    """A finished site: the folder of its pages, its content folder, and the URL of each article by content path."""

    output: Path
    content: Path
    urls: Mapping[str, str]

    def page(self, url: str) -> Page | None:
        """Return a page by its URL, or None if there is no such page."""
        file = self.output / (f"{url}index.html" if not url or url.endswith("/") else url)
        return Page(url, file.read_text(encoding="utf-8")) if file.suffix == ".html" and file.is_file() else None

    def reached(self) -> set[str]:
        """Return the URLs of all pages to which links lead from the home page."""
        seen: set[str] = set()
        todo = [""]
        while todo:
            url = todo.pop()
            if url not in seen and (page := self.page(url)):
                seen.add(url)
                todo += page.links
        return seen


def build(folder: Path, settings: Path, place: Path) -> Built:
    """Build a copy of a collection in `place`. Raise SystemExit if the build fails."""
    site = place / "site"
    shutil.copytree(folder, site, ignore=shutil.ignore_patterns(".*"), symlinks=True)
    text = settings.read_text(encoding="utf-8") if settings.exists() else '[site]\ntitle = "A collection"\n'
    (site / "publish.toml").write_text(text, encoding="utf-8")
    words = [PUBLISH, "build", "--lenient", "--json", "--future"]
    done = subprocess.run(words, cwd=site, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{folder.name}: {done.stderr[-3000:]}")
    rows = json.loads(subprocess.run([PUBLISH, "config", "--json"], cwd=site, capture_output=True, check=True).stdout)
    values = {row["key"]: row["value"] for row in rows["settings"]}
    with Cache(site / ".publish/cache") as cache:
        records = [unpack(path.decode(), row) for path, row in cache.recall_all("article").items()]
    output = site / values["build.output"]
    urls = {one.article.source: one.article.url for one in records}
    shown = {path: url for path, url in urls.items() if (output / url / "index.html").is_file() or url.endswith("html")}
    return Built(output, site / values["build.content"], shown)


def of_summary(file: Path) -> Order:
    """Return the order of a SUMMARY.md: the targets of its links to articles, one after the other."""
    text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {"nav": [unquote(target).removeprefix("./") for target in re.findall(r"\]\(([^)#\s]+\.md)[^)]*\)", text)]}


def of_mkdocs(file: Path) -> Order:
    """Return the order of the `nav` in an mkdocs.yml."""
    text = file.read_text(encoding="utf-8")
    nav = yaml.safe_load(re.sub(r"!!python/\S+", "", text[text.index("\nnav:") :]))["nav"]
    return {"nav": list(_leaves(nav))}


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.endswith(MARKDOWN):
            yield value
    else:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)


def of_weights(content: Path) -> Order:
    """Return the order of each folder with an `_index.md`: by weight, then by title. Dates are not read."""
    found: Order = {}
    for index in sorted(content.rglob("_index.md")):
        folder = index.parent
        children = [file for file in folder.iterdir() if file.suffix in MARKDOWN and file.name != "_index.md"]
        children += folder.glob("*/_index.md")
        keys = {file: _weight(_front(file)) for file in children}
        shown = sorted(
            (file for file in children if not _front(file).get("draft")), key=lambda file: (*keys[file], file)
        )
        if all(_front(file).get("title") for file in shown):  # a title that another tool makes is unknown here
            found[folder.relative_to(content).as_posix()] = [file.relative_to(content).as_posix() for file in shown]
    return found


def _front(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    for sign, read in (("---", yaml.safe_load), ("+++", tomllib.loads)):
        if text.startswith(sign):
            return dict(read(text.split(f"\n{sign}", 1)[0].removeprefix(sign)) or {})
    return {}


def _weight(front: Mapping[str, Any]) -> tuple[bool, float, str]:
    title = front.get("linkTitle") or front.get("title", "")
    return not front.get("weight"), front.get("weight") or 0, str(title).casefold()


def of_hugo(program: str, content: Path) -> Order:
    """Return the order in which Hugo lists the pages of each section. Only the front matter is given to Hugo."""
    with tempfile.TemporaryDirectory(prefix="gazeth-hugo-") as place:
        site = Path(place)
        for file in content.rglob("*.md"):
            made = site / "content" / file.relative_to(content)
            made.parent.mkdir(parents=True, exist_ok=True)
            text = file.read_text(encoding="utf-8")
            sign = text[:3] if text.startswith(("---", "+++")) else ""
            made.write_text(text.split(f"\n{sign}", 1)[0] + f"\n{sign}\n" if sign else "", encoding="utf-8")
        layouts = site / "layouts/_default"
        layouts.mkdir(parents=True)
        (layouts / "list.html").write_text("{{ range .Pages }}{{ with .File }}{{ .Path }}{{ end }}\n{{ end }}")
        (layouts / "single.html").write_text("")
        (site / "hugo.toml").write_text(
            'baseURL = "/"\ndisableKinds = ["taxonomy", "term", "RSS"]\nbuildFuture = true\n'
        )
        subprocess.run([program, "--quiet"], cwd=site, check=True)
        found: Order = {}
        for index in sorted(content.rglob("_index.md")):
            folder = index.parent.relative_to(content).as_posix()
            page = site / "public" / folder.lower().replace(" ", "-") / "index.html"
            if page.is_file():
                found[folder] = page.read_text(encoding="utf-8").split("\n")
                found[folder] = [line for line in found[folder] if line.endswith(MARKDOWN)]
        return found


MKDOCS = """
import sys, yaml
from mkdocs.config import load_config
from mkdocs.structure.files import get_files
from mkdocs.structure.nav import get_navigation
config = load_config(config_file=sys.argv[1], docs_dir=sys.argv[2])
print("\\n".join(page.file.src_uri for page in get_navigation(get_files(config), config).pages))
"""


def of_mkdocs_itself(python: str, file: Path, content: Path) -> Order:
    """Return the order in which MkDocs lists the pages of its navigation."""
    text = file.read_text(encoding="utf-8")
    nav = text[text.index("\nnav:") :]
    with tempfile.TemporaryDirectory(prefix="gazeth-mkdocs-") as place:
        bare = Path(place) / "mkdocs.yml"
        bare.write_text(f"site_name: x\n{nav}", encoding="utf-8")
        words = [python, "-c", MKDOCS, str(bare), str(content)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    return {"nav": done.stdout.split()}


def shown(built: Built, wanted: Order) -> Order:
    """Return the order of the program for the keys of `wanted`, from the sidebars of its pages."""
    sources = {url: path for path, url in built.urls.items()}
    if set(wanted) == {"nav"}:
        page = built.page("")
        return {"nav": [sources[url] for url in (page.sidebar if page else []) if url in sources]}
    found: Order = {}
    for folder, named in wanted.items():
        paths = wanted[folder] = [path for path in named if path in built.urls]  # without drafts and expired articles
        page = built.page(built.urls.get(f"{folder}/_index.md", f"{folder}/"))
        place = {url: at for at, url in enumerate(page.sidebar if page else [])}
        known = [path for path in paths if built.urls.get(path, "?") in place]
        found[folder] = sorted(known, key=lambda path: place[built.urls[path]])
    return found


def differences(wanted: Order, found: Order) -> list[str]:
    """Return a line for each list whose order differs, or which lacks an article."""
    lines = []
    for key, paths in wanted.items():
        if paths != found.get(key, []):
            at = next((n for n, (a, b) in enumerate(zip(paths, found[key], strict=False)) if a != b), len(found[key]))
            there, here = (" ".join(one[at : at + 2]) or "nothing" for one in (paths, found[key]))
            lines.append(f"{key}: {len(paths)} and {len(found[key])}, first difference at {at}: {there} / {here}")
    return lines


def orders(folder: Path, name: str, built: Built, hugo: str, mkdocs: str) -> Iterator[tuple[str, Order]]:
    """Yield the name of each order that a collection has, and the order."""
    table = folder / f"{name}.yml"
    if table.exists():
        yield "mkdocs.yml", of_mkdocs(table)
        if mkdocs:
            yield "MkDocs", of_mkdocs_itself(mkdocs, table, built.content)
    elif (built.content / "SUMMARY.md").exists():
        yield "SUMMARY.md", of_summary(built.content / "SUMMARY.md")
    elif len(list(built.content.rglob("_index.md"))) > 3:
        weights = of_weights(built.content)
        weights.pop(".", None)
        yield "weights", weights
        if hugo:
            theirs = of_hugo(hugo, built.content)
            theirs.pop(".", None)
            yield "Hugo", theirs


def main() -> None:
    """Print one row for each order of each collection."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="use only these collections")
    parser.add_argument("--hugo", default="", metavar="PROGRAM", help="the program of Hugo")
    parser.add_argument("--mkdocs", default="", metavar="PYTHON", help="a Python with MkDocs")
    parser.add_argument("--all", action="store_true", help="print each difference")
    options = parser.parse_args()
    print("| collection | articles | not reached | order | lists | differ |\n" + "| --- " * 6 + "|")
    for folder in sorted(path for path in options.folder.iterdir() if path.is_dir()):
        if options.only and folder.name not in options.only:
            continue
        with tempfile.TemporaryDirectory(prefix="gazeth-order-") as place:
            built = build(folder, options.folder / f"{folder.name}.toml", Path(place))
            reached = built.reached()
            missing = sorted(path for path, url in built.urls.items() if url not in reached)
            start = f"| {folder.name} | {len(built.urls)} | {len(missing)}"
            told = False
            for kind, wanted in orders(options.folder, folder.name, built, options.hugo, options.mkdocs):
                told, wrong = True, differences(wanted, shown(built, wanted))
                print(f"{start} | {kind} | {len(wanted)} | {len(wrong)} |", flush=True)
                print("".join(f"{line}\n" for line in wrong) if options.all else "", end="")
            if not told:
                print(f"{start} | by date or title | | |", flush=True)
            print("".join(f"not reached: {path}\n" for path in missing) if options.all else "", end="")


if __name__ == "__main__":
    main()
