"""Facts of a second build: the same root as a clean one, and little work."""

from __future__ import annotations

import random
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publisher.build import articles, build, root, site_files
from publisher.build.answers import answer
from publisher.build.make_page import PageMaker
from publisher.build.plan_values import BuildPlan
from publisher.cache.store import Cache
from publisher.concurrency import pool
from publisher.dag import walk
from publisher.dag.cid import Cid
from publisher.errors import BlockMissing, ContentError
from publisher.site.settings import FLAVOURS, MarkdownSettings
from tests.build.site import SETTINGS, SITE, THEME, Workshop, article, page


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=12)


def test_nothing_changed_makes_nothing(shop: Workshop) -> None:
    first = shop.build()
    second = shop.build()
    assert (second.root, second.pages, second.files) == (first.root, first.pages, first.files)
    assert second.rendered == 0


def test_a_file_that_was_only_touched_makes_nothing(shop: Workshop) -> None:
    shop.build()
    for path in shop.folder.rglob("*.md"):
        path.write_bytes(path.read_bytes())
    assert shop.build().rendered == 0


def test_an_edit_of_a_body_makes_one_page(shop: Workshop) -> None:
    shop.build()
    shop.write({"content/posts/p5.md": article("Post 5", 5, "Text.\n\nother", tags="[one]")})
    assert shop.build().rendered == 1


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the facts that builds look up."""
    names: list[str] = []

    def noted(name: str, plan: BuildPlan) -> bytes:
        names.append(name)
        return answer(name, plan)

    monkeypatch.setattr("publisher.build.site_files.answer", noted)
    return names


def test_an_edit_of_a_body_looks_up_the_facts_of_its_page_alone(shop: Workshop, asked: list[str]) -> None:
    shop.build()
    asked.clear()
    shop.write({"content/posts/p5.md": article("Post 5", 5, "Text.\n\nother", tags="[one]")})
    assert shop.build().rendered == 1
    assert {name for name in asked if name.startswith("@/posts/")} == {"@/posts/p4/", "@/posts/p6/"}


def test_a_new_heading_looks_up_the_facts_of_all_pages(shop: Workshop, asked: list[str]) -> None:
    shop.build()
    asked.clear()
    shop.write({"content/posts/p5.md": article("Post 5", 5, "Text.\n\n## Other", tags="[one]")})
    assert shop.build().rendered == 1
    assert len({name for name in asked if name.startswith("@/posts/")}) > 10


def test_a_new_title_makes_the_pages_that_show_it(shop: Workshop) -> None:
    shop.build()
    shop.write({"content/posts/p5.md": article("New title", 5, tags="[one]")})
    assert shop.build().rendered == 5  # its own, two neighbours, one page of all posts and one of the tag's


def test_a_new_article_changes_the_newest_pages_and_no_others(shop: Workshop) -> None:
    before = shop.files(shop.build())
    shop.write({"content/posts/new.md": article("New", 20, tags="[one]")})
    built = shop.build()
    after = shop.files(built)
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert changed == {
        *("index.html", "posts/p12/index.html", "tags/index.html", "tags/one/index.html"),
        *("feed.xml", "sitemap.xml"),
    }
    assert after.keys() - before.keys() == {"posts/new/index.html"}
    assert built.rendered == 5


def test_a_template_that_appears_beside_the_themes_is_seen(shop: Workshop) -> None:
    (shop.theme / "base.html").write_text(THEME["base.html"] + "{% include 'extra.html' ignore missing %}")
    shop.build()
    shop.write({"templates/extra.html": "extra"})
    built = shop.build()
    assert built.rendered == built.pages
    assert all(b"extra" in data for name, data in shop.files(built).items() if name.endswith("posts/p1/index.html"))


def test_a_template_that_an_import_loads_is_seen_on_every_page(shop: Workshop) -> None:
    (shop.theme / "article.html").write_text("{% import 'a.html' as a %}{{ a.y }}{{ page.title }}")
    (shop.theme / "a.html").write_text("{% from 'b.html' import x %}{% set y = x %}")
    (shop.theme / "b.html").write_text("{% set x = 'before' %}")
    shop.build()
    (shop.theme / "b.html").write_text("{% set x = 'after' %}")
    files = shop.files(shop.build())
    assert all(b"after" in files[f"posts/p{n}/index.html"] for n in range(1, 13))


@pytest.mark.parametrize("folder", ["templates", "default", "default/mine"])
def test_a_counter_in_a_template_of_the_author_starts_again_on_each_page(shop: Workshop, folder: str) -> None:
    """This holds even if the folder of templates is called `default`, as the theme is in messages."""
    settings = replace(SETTINGS, templates=folder)
    counter = "{% set n = namespace(x=0) %}{% macro number() %}{% set n.x = n.x + 1 %}{{ n.x }}{% endmacro %}"
    shown = '{% import "tools.html" as tools %}N={{ tools.number() }}{{ tools.number() }}. {{ page.title }}'
    shop.write({f"{folder}/tools.html": counter, f"{folder}/article.html": shown})
    shop.build(settings=settings)
    shop.write({"content/posts/p5.md": article("Another", 5)})
    built = shop.build(settings=settings)
    pages = [data for name, data in shop.files(built).items() if name.startswith("posts/p")]
    assert pages
    assert all(data.startswith(b"N=12.") for data in pages)
    assert built.root == shop.clean(settings=settings).root


def test_a_link_follows_an_article_that_moves(shop: Workshop) -> None:
    shop.write({"content/about.md": page("About", "[five](posts/p5.md)")})
    shop.build()
    shop.write({"content/posts/p5.md": article("Post 5", 5, slug="moved", tags="[one]")})
    built = shop.build()
    assert b"posts/moved/" in shop.files(built)["about/index.html"]
    assert built.root == shop.clean().root


def test_another_build_in_the_same_cache_leads_nothing_astray(shop: Workshop) -> None:
    shop.write({"content/posts/draft.md": article("Draft", 3, draft="true", tags="[one]")})
    roots = {drafts: shop.clean(drafts=drafts).root for drafts in (False, True)}
    for drafts in (False, True, False, True, True, False):
        assert shop.build(drafts=drafts).root == roots[drafts]


def test_fresh_trusts_no_row(shop: Workshop) -> None:
    first = shop.build()
    built = shop.build(fresh=True)
    assert (built.root, built.rendered) == (first.root, first.rendered)


def test_fresh_mends_a_cache_that_lies(shop: Workshop) -> None:
    first = shop.build()
    db = sqlite3.connect(shop.cache / "cache.sqlite")
    db.execute("UPDATE block SET data = x'00' WHERE cid = ?", (first.root.raw,))
    db.commit()
    db.close()
    before = shop.clean()
    assert shop.build(fresh=True).root == before.root
    with Cache(shop.cache) as cache:
        assert len(cache.get(first.root)) > 1


@pytest.mark.parametrize("stage", ["article", "body", "page", "reads", "stat", "file", "tree", "whole", "code", "out"])
def test_rows_of_any_stage_may_be_lost(shop: Workshop, stage: str) -> None:
    first = shop.build()
    db = sqlite3.connect(shop.cache / "cache.sqlite")
    db.execute("DELETE FROM memo WHERE stage LIKE ? OR stage = 'whole'", (f"{stage}%",))
    db.commit()
    db.close()
    assert shop.build().root == first.root
    shop.write({"content/posts/p5.md": article("New title", 5, tags="[one]")})
    assert shop.build().root == shop.clean().root


def test_a_lost_folder_block_is_made_again(shop: Workshop) -> None:
    first = shop.build()
    with Cache(shop.cache) as cache:
        cache.forget("whole", cache.recall_all("whole"))
    db = sqlite3.connect(shop.cache / "cache.sqlite")
    db.execute("DELETE FROM block WHERE cid = ?", (first.root.raw,))
    db.commit()
    db.close()
    shop.write({"content/posts/p5.md": article("New title", 5, tags="[one]")})
    assert shop.build().root == shop.clean().root


def test_a_root_whose_block_was_lost_is_made_again_though_nothing_has_changed(shop: Workshop) -> None:
    first = shop.build()
    db = sqlite3.connect(shop.cache / "cache.sqlite")
    db.execute("DELETE FROM block WHERE cid = ?", (first.root.raw,))
    db.commit()
    db.close()
    assert shop.build().root == first.root
    with Cache(shop.cache) as cache:
        assert cache.get(first.root)


def test_an_old_root_is_only_edited_when_all_its_files_are_known(shop: Workshop) -> None:
    shop.write({"content/gone.bin": "x"})
    shop.build()
    db = sqlite3.connect(shop.cache / "cache.sqlite")
    db.execute("DELETE FROM memo WHERE stage LIKE 'out%' AND key = ?", (b"gone.bin",))
    db.commit()
    db.close()
    shop.remove("content/gone.bin")
    built = shop.build()
    assert "gone.bin" not in shop.files(built)
    assert built.root == shop.clean().root


def test_a_cache_that_is_damaged_while_a_build_runs_costs_time_and_nothing_else(shop: Workshop) -> None:
    expected = shop.clean().root
    warnings: list[str] = []

    def spoil(text: str) -> None:
        if not warnings:
            cache._throw_away("for this test")

    with Cache(shop.cache, warnings.append) as cache:
        built = build(shop.folder, SITE, SETTINGS, cache, theme=shop.theme, workers=1, progress=spoil)
        assert built.root == expected
        for link in (built.root,):
            assert cache.get(Cid(link.raw))
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "step",
    [
        "scan_folders",
        "secrets_in",
        "ArticleStage.finish",
        "arrange",
        "make_pages",
        "make_extras",
        "add_stubs",
        "make_root",
    ],
)
def test_a_cache_that_is_damaged_at_any_step_has_all_blocks_afterwards(
    shop: Workshop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.build()
    shop.write({"content/posts/p1.md": article("Post 1", 1, "Other text.")})
    expected = shop.clean().root
    modules = [sys.modules["publisher.build.build"], site_files, root]
    owner: Any = articles.ArticleStage if "." in step else next(m for m in modules if hasattr(m, step))
    call, thrown = getattr(owner, step.rpartition(".")[2]), list[int]()

    def damaged(*words: Any, **options: Any) -> Any:
        if not thrown:
            thrown.append(1)
            cache._throw_away("for this test")
        return call(*words, **options)

    monkeypatch.setattr(owner, step.rpartition(".")[2], damaged)
    with Cache(shop.cache) as cache:
        built = build(shop.folder, SITE, SETTINGS, cache, theme=shop.theme, workers=1)
        assert built.root == expected
        assert list(walk.reachable(cache.get_verified, built.root))  # raises BlockMissing if one is not there
    assert thrown


@pytest.mark.parametrize("workers", [1, 2])
def test_no_page_is_made_while_other_builds_wait_for_the_cache(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "may_fork", lambda: True)
    shop, open_transactions = Workshop(tmp_path, posts=28), list[bool]()
    call = PageMaker.__call__

    def watched(maker: PageMaker, orders: Any) -> Any:
        open_transactions.append(cache._db.in_transaction)
        return call(maker, orders)

    monkeypatch.setattr(PageMaker, "__call__", watched)
    with Cache(shop.cache) as cache:
        build(shop.folder, SITE, SETTINGS, cache, theme=shop.theme, workers=workers)
    assert len(open_transactions) > 3
    assert not any(open_transactions)


def test_a_build_that_fails_says_nothing_wrong_afterwards(shop: Workshop) -> None:
    shop.build()
    shop.write({"templates/tags.html": "{{ nothing }}"})
    with pytest.raises(ContentError):
        shop.build()
    shop.remove("templates/tags.html")
    assert shop.build().root == shop.clean().root


def test_a_cache_without_the_block_says_so(shop: Workshop) -> None:
    with Cache(shop.cache) as cache, pytest.raises(BlockMissing):
        cache.get(Cid(b"none"))


class Author:
    """Somebody who does anything to a site, in an order that a seed decides."""

    def __init__(self, shop: Workshop, seed: int) -> None:
        self.shop = shop
        self.dice = random.Random(seed)
        self.count = 0
        self.site = SITE

    def posts(self) -> list[Path]:
        return sorted((self.shop.folder / "content/posts").glob("*.md"))

    def act(self) -> None:
        often = [self.write, self.write, self.edit, self.edit]
        self.dice.choice(
            [*often, self.remove, self.rename, self.template, self.settings]
            if self.dice.random() < 0.7
            else [self.asset, self.draft, self.page, self.style]
        )()

    def text(self) -> str:
        links = [f"[x]({path.name})" for path in self.dice.sample(self.posts(), min(2, len(self.posts())))]
        words = self.dice.choice(["hello", "你好", "text\n1) one", "#tag ^id"])
        return f"{words} {self.dice.random()}\n\n## Part\n\n{' '.join(links)}"

    def write(self) -> None:
        self.count += 1
        tags = self.dice.sample(["one", "two", "写作"], self.dice.randrange(3))
        own = {"markdown": self.dice.choice(FLAVOURS)} if self.dice.random() < 0.5 else {}
        text = article(f"New {self.count}", self.dice.randrange(1, 28), self.text(), tags=f"[{', '.join(tags)}]", **own)
        self.shop.write({f"content/posts/n{self.count}.md": text})

    def edit(self) -> None:
        path = self.dice.choice(self.posts())
        text = path.read_text() + "\nmore\n"
        if self.dice.random() < 0.5:
            text = text.replace("title: ", f"title: {self.dice.randrange(9)} ")
        path.write_text(text)

    def remove(self) -> None:
        if len(self.posts()) > 3:
            self.dice.choice(self.posts()).unlink()

    def rename(self) -> None:
        self.count += 1
        self.dice.choice(self.posts()).rename(self.shop.folder / f"content/posts/r{self.count}.md")

    def draft(self) -> None:
        path = self.dice.choice(self.posts())
        text = path.read_text()
        draft = "draft: true\n"
        path.write_text(text.replace(draft, "") if draft in text else text.replace("date:", f"{draft}date:"))

    def template(self) -> None:
        name = self.dice.choice(["base.html", "article.html", "list.html"])
        path = self.shop.folder / "templates" / name
        if path.exists():
            path.unlink()
        else:
            self.shop.write({f"templates/{name}": THEME[name] + "{{ site.author }}{{ site.recent|length }}"})

    def settings(self) -> None:
        changes: list[dict[str, Any]] = [
            {"title": "Other"},
            {"per_page": 4},
            {"language": "zh"},
            {"timezone": "Asia/Shanghai"},
            {"url": ""},
            {"markdown": MarkdownSettings(flavour="commonmark", obsidian=self.dice.random() < 0.5)},
        ]
        self.site = replace(SITE, **self.dice.choice(changes)) if self.dice.random() < 0.7 else SITE

    def asset(self) -> None:
        self.shop.write({f"content/a{self.dice.randrange(3)}.bin": self.dice.randbytes(10)})

    def page(self) -> None:
        self.shop.write({"content/about.md": page("About", str(self.dice.random()), extra="{order: 1}")})

    def style(self) -> None:
        self.shop.write({"templates/assets/style.css": f"/* {self.dice.random()} */"})

    def mend(self) -> None:
        """Remove links that lead nowhere now."""
        for path in self.posts():
            kept = [line for line in path.read_text().splitlines() if not line.startswith("[x](")]
            path.write_text("\n".join(kept) + "\n")


@pytest.mark.parametrize("seed", range(6))
def test_warm_equals_clean_after_any_edits(tmp_path: Path, seed: int) -> None:
    shop = Workshop(tmp_path, posts=7)
    author = Author(shop, seed)
    roots = set()
    for _ in range(12):
        for _ in range(author.dice.randrange(1, 4)):
            author.act()
        drafts = author.dice.random() < 0.2
        outcomes = [outcome(shop, author, drafts, clean) for clean in (False, True)]
        assert outcomes[0] == outcomes[1]
        if isinstance(outcomes[0], tuple):
            author.mend()
        else:
            roots.add(outcomes[0])
    assert len(roots) > 5


def outcome(shop: Workshop, author: Author, drafts: bool, clean: bool) -> Cid | tuple[str, ...]:
    """The root; or what is wrong, if a link leads nowhere now."""
    try:
        return (shop.clean if clean else shop.build)(site=author.site, drafts=drafts).root
    except ContentError as error:
        return tuple(map(str, error.problems))
