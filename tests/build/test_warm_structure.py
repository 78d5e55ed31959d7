"""Sections, terms, data and the menu may change in any way: a warm build tells and makes what a clean one does."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publisher.errors import ContentError
from publisher.site.content.scan import theme_folder
from publisher.site.model import SORTS
from publisher.site.structure_settings import TAGS, MenuEntry, NavEntry, Taxonomy
from tests.build.site import SITE, Workshop, page

FOLDERS = ("", "guide/", "guide/deep/", "notes/", "posts/", "posts/more/", "authors/")
INDEXES = ("_index.md", "index.md", "README.md")
TERMS = (
    replace(TAGS, feed=True),
    Taxonomy("categories", ("categories",)),
    Taxonomy("authors", ("authors",)),
    Taxonomy("series", ("series",), reading=True),
)
READER = (
    '{% extends "default/article.html" %}{% block body %}{{ super() }}{{ site.data.names|default("none") }}'
    "{{ site.extra }}{% for card in page.backlinks %}{{ card.title }}{% endfor %}{% endblock %}"
)


class Gardener:
    """Somebody who moves articles between sections and changes all that arranges them, as a seed decides."""

    def __init__(self, shop: Workshop, seed: int) -> None:
        self.shop = shop
        self.dice = random.Random(seed)
        self.site = SITE
        self.count = 0

    def articles(self) -> list[Path]:
        return sorted((self.shop.folder / "content").rglob("*.md"))

    def act(self) -> None:
        often = [self.write, self.write, self.move, self.edit, self.index]
        self.dice.choice([*often, *often, self.remove, self.data, self.template, self.settings, self.settings])()

    def front(self) -> dict[str, str]:
        pick = self.dice.choice
        front: dict[str, str] = {}
        if pick((True, False)):
            front["date"] = f"2026-0{self.dice.randrange(1, 4)}-1{self.dice.randrange(9)}"
        if pick((True, False)):
            front["weight"] = str(self.dice.randrange(4))
        for key, values in (
            ("tags", "ab"),
            ("categories", "cd"),
            ("authors", "xy"),
            ("series", "s"),
            ("language", ["zh"]),
        ):
            if self.dice.random() < 0.4:
                front[key] = pick(values)
        if "series" in front and pick((True, False)):
            front["series_weight"] = str(self.dice.randrange(3))
        if self.dice.random() < 0.1:
            front["draft"] = "true"
        return front

    def name(self) -> str:
        self.count += 1
        return f"{self.dice.choice(['x', 'y'])}{self.count}.md"

    def write(self) -> None:
        links = [f"[l](/{path.relative_to(self.shop.folder / 'content').as_posix()})" for path in self.articles()[:2]]
        text = page(f"T{self.dice.randrange(5)}", " ".join(["Text.", *links]), **self.front())
        self.shop.write({f"content/{self.dice.choice(FOLDERS)}{self.name()}": text})

    def index(self) -> None:
        folder = self.dice.choice(FOLDERS[1:-1])
        for name in INDEXES:
            (self.shop.folder / f"content/{folder}{name}").unlink(missing_ok=True)
        if self.dice.random() < 0.8:
            front = {"sort_by": self.dice.choice(SORTS)} if self.dice.random() < 0.7 else {}
            front |= {"paginate_by": "2"} if self.dice.random() < 0.3 else {}
            self.shop.write({f"content/{folder}{self.dice.choice(INDEXES)}": page(f"I{self.dice.random()}", **front)})

    def move(self) -> None:
        old = self.dice.choice(self.articles())
        new = self.shop.folder / "content" / self.dice.choice(FOLDERS) / self.name()
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)

    def edit(self) -> None:
        path = self.dice.choice(self.articles())
        text = path.read_text()
        how = self.dice.choice(("title: ", "weight: ", "sort_by: ", ""))
        kept = [line for line in text.splitlines() if not how or not line.startswith(how)]
        title = f"title: New {self.dice.random()}" if how == "title: " else ""
        path.write_text("\n".join([kept[0], *([title] if title else []), *kept[1:], "more", ""]))

    def remove(self) -> None:
        if len(self.articles()) > 3:
            self.dice.choice(self.articles()).unlink()

    def data(self) -> None:
        (self.shop.folder / "data/names.json").unlink(missing_ok=True)
        if self.dice.random() < 0.7:
            self.shop.write({"data/names.json": f'["{self.dice.random()}"]'})

    def template(self) -> None:
        self.shop.write({"templates/article.html": self.dice.choice((READER, '{% extends "default/article.html" %}'))})

    def settings(self) -> None:
        paths = [path.relative_to(self.shop.folder / "content").as_posix() for path in self.articles()]
        some = self.dice.sample(paths, min(3, len(paths)))
        nav = (NavEntry("Part", "", tuple(NavEntry(page=path) for path in some[:2])), NavEntry(page=some[-1]))
        changes: list[dict[str, Any]] = [
            {"taxonomies": TERMS},
            {"taxonomies": TERMS[:2], "archives": True},
            {"related": self.dice.randrange(3), "taxonomies": TERMS},
            {"extra": {"a": self.dice.randrange(9)}},
            {"menu": (MenuEntry("One", f"/{some[0]}"), MenuEntry("Tags", "/tags/"))},
            {"nav": nav},
            {"nav": (NavEntry("All", "guide/"), *nav)},
            {"posts": (".",)},
            {},
        ]
        self.site = replace(SITE, per_page=2, **self.dice.choice(changes))


def outcome(shop: Workshop, gardener: Gardener, clean: bool) -> tuple[str, ...]:
    """The root, if there is one, and everything that is told."""
    try:
        built = (shop.clean if clean else shop.build)(site=gardener.site)
    except ContentError as error:
        return tuple(map(str, error.problems))
    return (str(built.root), *map(str, built.problems))


@pytest.mark.parametrize("seed", range(6))
def test_a_warm_build_equals_a_clean_one_however_the_site_is_arranged(tmp_path: Path, seed: int) -> None:
    shop = Workshop(tmp_path, posts=4)
    shop.theme = theme_folder()
    gardener = Gardener(shop, seed)
    roots = set()
    for _ in range(10):
        for _ in range(gardener.dice.randrange(3, 8)):
            gardener.act()
        warm, clean = (outcome(shop, gardener, each) for each in (False, True))
        assert warm == clean
        if warm[0].startswith("bafy"):
            roots.add(warm[0])
        else:  # a link, a menu or a nav leads to nothing now
            gardener.site = replace(gardener.site, nav=(), menu=())
            for path in gardener.articles():
                path.write_text("\n".join(line.partition(" [l](")[0] for line in path.read_text().splitlines()) + "\n")
    assert len(roots) > 2
