"""What a link means depends on all that is there: a warm build tells and makes what a clean one does."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from publisher.errors import ContentError
from publisher.site.fault_levels import CheckSettings, lenient
from publisher.site.settings import FLAVOURS, MarkdownSettings
from tests.build.site import SITE, Workshop, article, page

LENIENT = lenient(CheckSettings())
FOLDERS = ("", "a/", "posts/", "posts/x/")
NAMES = ("x", "y", "z", "index")
WAYS = (
    "{}",
    "{}.md",
    "{}.html",
    "{}/",
    "../{}/",
    "../{}",
    "/{}/",
    "/{}.html",
    "/a/{}",
    "/old/{}",
    "{}.png",
    "{}/{}.png",
)


class Mover:
    """Somebody who adds, edits, renames and removes articles and files, in an order that a seed decides."""

    def __init__(self, shop: Workshop, seed: int) -> None:
        self.shop = shop
        self.dice = random.Random(seed)
        self.site = SITE
        self.options: dict[str, Any] = {"check": LENIENT}

    def path(self, ending: str = ".md") -> str:
        return f"content/{self.dice.choice(FOLDERS)}{self.dice.choice(NAMES)}{ending}"

    def text(self) -> str:
        ways = [way.replace("{}", self.dice.choice(NAMES)) for way in self.dice.sample(WAYS, 8)]
        links = [f"[l]({way}{self.dice.choice(['', '#part'])})" for way in ways]
        picture = f"![p]({self.dice.choice(NAMES)}.png)"
        embed = f"\n\n![[{self.dice.choice(NAMES)}]]\n\n"
        return " ".join(
            [*links, embed, picture, f"[[{self.dice.choice(NAMES)}]]", f"[[Old {self.dice.choice(NAMES)}]]"]
        )

    def front(self) -> dict[str, str]:
        name = self.dice.choice(NAMES)
        kinds: tuple[dict[str, str], ...] = (
            {},
            {},
            {"slug": name},
            {"permalink": f"/old/{name}.html"},
            {"permalink": f"/a/{name}/"},
            {"aliases": f"[/old/{name}/, Old {name}]"},
            {"redirect_from": f"/{name}.html"},
            {"draft": "true"},
            {"expiryDate": "2026-01-06"},
        )
        return self.dice.choice(kinds)

    def act(self) -> None:
        self.dice.choice([self.write, self.write, self.write, self.picture, self.rename, self.remove, self.settings])()

    def write(self) -> None:
        path, body = self.path(), f"{self.text()}\n\n## {self.dice.choice(['Part', 'Other'])}"
        made = article("T", self.dice.randrange(1, 9), body, **self.front())
        self.shop.write({path: made if path.startswith("content/posts/") else page("T", body, **self.front())})

    def picture(self) -> None:
        where = f"static/{self.dice.choice(NAMES)}.png" if self.dice.random() < 0.3 else self.path(".png")
        self.shop.write({where: b"p"})

    def files(self) -> list[Path]:
        return sorted(path for path in self.shop.folder.rglob("*") if path.suffix in (".md", ".png"))

    def rename(self) -> None:
        old = self.dice.choice(self.files())
        new = self.shop.folder / self.path(old.suffix)
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)

    def remove(self) -> None:
        if len(self.files()) > 2:
            self.dice.choice(self.files()).unlink()

    def settings(self) -> None:
        of_posts = self.dice.choice(["/:year/:slug/", "/old/:filename.html", ""])
        permalinks = (("posts", of_posts),) if of_posts else ()
        markdown = MarkdownSettings(
            flavour=self.dice.choice(FLAVOURS),
            wikilinks=self.dice.random() < 0.7,
            obsidian=self.dice.random() < 0.3,
        )
        self.site = replace(SITE, permalinks=permalinks, markdown=markdown)
        levels = replace(LENIENT, dead_link=self.dice.choice(["note", "warning"]), dead_image="off")
        now = self.dice.choice([None, date(2026, 1, 4), date(2026, 1, 6)])
        self.options = {"check": self.dice.choice([LENIENT, levels]), "now": now, "future": self.dice.random() < 0.3}


def outcome(shop: Workshop, mover: Mover, clean: bool) -> tuple[str, ...]:
    """The root, if there is one, and everything that is told."""
    try:
        built = (shop.clean if clean else shop.build)(site=mover.site, **mover.options)
    except ContentError as error:
        return tuple(map(str, error.problems))
    return (str(built.root), *map(str, built.problems))


@pytest.mark.parametrize("seed", range(8))
def test_a_warm_build_equals_a_clean_one_whatever_links_mean_now(tmp_path: Path, seed: int) -> None:
    shop = Workshop(tmp_path, posts=1)
    mover = Mover(shop, seed)
    roots = set()
    for _ in range(14):
        for _ in range(mover.dice.randrange(1, 3)):
            mover.act()
        warm, clean = (outcome(shop, mover, each) for each in (False, True))
        assert warm == clean
        if not warm[0].startswith("content"):
            roots.add(warm[0])
        else:  # two at one address: out of the way
            mover.remove()
    assert len(roots) > 2
