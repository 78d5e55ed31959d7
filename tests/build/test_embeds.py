"""Articles that show the text of other articles, as in Obsidian: what pages and feeds have, and what is made anew."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partialmethod
from pathlib import Path

import pytest

from publisher.build import pages
from publisher.build.embedding import bodies_of_embeds
from publisher.build.plan_values import BuildPlan
from publisher.errors import ContentError
from publisher.site.content.records import ArticleRecord
from publisher.site.embeds import DEEPEST, Embeds
from publisher.site.fault_levels import CheckSettings, lenient
from publisher.site.settings import FLAVOURS, MarkdownSettings, SiteSettings
from tests.build.site import SITE, Workshop, article, page


def obsidian(flavour: str = "commonmark") -> SiteSettings:
    return replace(SITE, markdown=MarkdownSettings(flavour=flavour, obsidian=True))


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=1)


NOTE = """Before [out](near.md).

## Part

A *part*[^1] with [a link](near.md), [its end](#end) and ![a picture](x.png).

### Inside

- first
- second ^item

## End

Last words. ^last

[^1]: A note.
"""


def write(shop: Workshop, body: str, note: str = NOTE) -> None:
    shop.write({"content/posts/a.md": article("A", 3, body), "content/deep/note.md": page("Note", note)})
    shop.write({"content/deep/near.md": page("Near"), "content/deep/x.png": b"p"})


def shown(shop: Workshop, site: SiteSettings, name: str = "posts/a/index.html") -> str:
    built = shop.build(site=site)
    assert built.problems == ()
    return shop.text(built, name)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_embed_shows_an_article_with_links_that_are_right_here(shop: Workshop, flavour: str) -> None:
    write(shop, "Mine.[^1]\n\n![[note]]\n\n[^1]: Mine too.")
    text = shown(shop, obsidian(flavour))
    assert "<p>Mine." in text
    assert '<a href="../../deep/near/">out</a>' in text
    assert 'src="../../deep/x.png"' in text
    assert '<a href="../../deep/note/#end">its end</a>' in text
    assert 'id="embed:1:part"' in text
    assert re.search(r'<p class="embed-source"><a [^>]*href="../../deep/note/"[^>]*>note</a></p>\n</div>', text)
    found = re.findall(r' id="([^"]*)"', text)
    assert len(found) == len(set(found))
    assert {"fn:1", "embed:1:fn:1"} <= set(found)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_embed_of_a_heading_or_a_block_shows_this_part(shop: Workshop, flavour: str) -> None:
    write(shop, "![[note#Part]]\n\n- ![[note#^last]]\n\n![[note#^item]]")
    text = shown(shop, obsidian(flavour))
    section, block, item = re.findall(r'(?s)<div class="embed">\n(.*?)\n<p class="embed-source">', text)
    assert "<em>part</em>" in section
    assert "Inside" in section
    assert "second" in section
    assert "Before" not in section
    assert "Last" not in section
    assert "A note" not in section
    assert re.fullmatch(r'<p id="embed:2:\^last">Last words.</p>', block)
    assert re.fullmatch(r'<ul>\n<li.*id="embed:3:\^item".*>second</li>\n</ul>', item)
    assert "<p><div" not in text


def test_an_embed_stays_a_link_inside_words_of_a_file_and_of_the_article_itself(shop: Workshop) -> None:
    write(shop, "Words ![[note]]\n\n![[x.pdf]]\n\n![[a]]\n\n![[#Own]]\n\n## Own")
    shop.write({"content/x.pdf": b"p"})
    text = shown(shop, obsidian())
    assert '<div class="embed"' not in text
    assert text.count('class="embed"') == 4


def test_a_circle_and_too_many_levels_end_in_a_link(shop: Workshop) -> None:
    count = DEEPEST + 3
    shop.write({f"content/n{n}.md": page(f"N{n}", f"Text {n}.\n\n![[n{(n + 1) % count}]]") for n in range(count)})
    text = shown(shop, obsidian(), "n0/index.html")
    assert [n for n in range(count) if f"Text {n}." in text] == list(range(DEEPEST + 1))
    shop.write({"content/n1.md": page("N1", "Text 1.\n\n![[n0]]\n\n![[n1]]")})
    text = shown(shop, obsidian(), "n0/index.html")
    assert (text.count("Text 0."), text.count("Text 1.")) == (1, 1)


def test_a_text_inside_a_text_is_finished_once_and_has_one_prefix(shop: Workshop) -> None:
    shop.write({"content/posts/a.md": article("A", 3, "A\x010\x01 a.\n\n![[n]]")})
    shop.write({"content/n.md": page("N", "## One\n\n![[m]]\n\nN\x010\x01 n."), "content/m.md": page("M", "## Two")})
    text = shown(shop, obsidian())
    assert re.findall(r' id="(embed:[^"]*)"', text) == ["embed:1:one", "embed:2:two"]
    assert (text.count("Two"), text.count("\x01")) == (1, 0)
    assert text.index("One") < text.index("Two") < text.index("N0 n.")


def test_each_article_is_read_once_for_a_page_however_many_embeds_lead_to_it(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(record: ArticleRecord, plan: BuildPlan, body: Callable[[ArticleRecord], bytes]) -> dict[str, bytes]:
        def noted(one: ArticleRecord) -> bytes:
            read.append(one.article.source)
            return body(one)

        return bodies_of_embeds(record, plan, noted) if record.article.source == "n0.md" else {}

    monkeypatch.setattr(pages, "bodies_of_embeds", counted)
    below = {0: range(1, 4), **dict.fromkeys(range(1, 4), range(4, 12))}
    embeds = {n: "\n\n".join(f"![[n{m}]]" for m in below.get(n, ())) for n in range(12)}
    shop.write({f"content/n{n}.md": page(f"N{n}", f"Text {n}.\n\n{embeds[n]}") for n in range(12)})
    shop.build(site=obsidian())
    assert sorted(read) == sorted(f"n{n}.md" for n in range(12))


def test_the_embeds_of_a_page_have_a_largest_size_together(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    embeds = "![[n]]\n\n![[m]]\n\n![[n]]\n\n![[n]]"
    shop.write({"content/n.md": page("N", "Short."), "content/m.md": page("M", "Long. " * 20)})
    shop.write({"content/posts/a.md": article("A", 3, embeds)})
    with monkeypatch.context() as patch:
        patch.setattr(Embeds, "__init__", partialmethod(Embeds.__init__, room=40))
        text = shown(shop, obsidian())
    assert (text.count("Short."), text.count("Long.")) == (2, 0)
    shop.write({"content/posts/a.md": article("A", 4, embeds)})
    assert shown(shop, obsidian()).count('<div class="embed"') == 4


def test_a_page_shows_only_some_texts_inside_other_texts(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = "\n\n".join(f"![[m{number}]]" for number in range(4))
    shop.write({f"content/m{number}.md": page(f"M{number}", f"Text {number}.") for number in range(5)})
    shop.write({"content/n.md": page("N", inside), "content/posts/a.md": article("A", 3, "![[n]]\n\n![[m4]]")})
    monkeypatch.setattr(Embeds, "__init__", partialmethod(Embeds.__init__, nested=2))
    text = shown(shop, obsidian())
    assert re.findall(r"Text \d", text) == ["Text 0", "Text 1", "Text 4"]


def test_the_feed_and_the_home_page_show_the_text_too(shop: Workshop) -> None:
    write(shop, "![[note#End]]")
    shop.write({"content/index.md": page("Home", "![[note#Part]]")})
    built = shop.build(site=obsidian())
    feed = shop.text(built, "feed.xml")
    assert "Last words." in feed
    assert 'href="https://example.eth.limo/deep/note/#end"' in feed.replace("&quot;", '"')
    assert 'src="deep/x.png"' in shop.text(built, "index.html")


def test_the_language_of_another_text_is_marked(shop: Workshop) -> None:
    write(shop, "![[note]]")
    shop.write({"content/deep/note.md": page("Note", "中文", lang="zh")})
    assert '<div class="embed" lang="zh">' in shown(shop, obsidian())


def test_a_change_of_the_text_makes_the_pages_that_show_it(shop: Workshop) -> None:
    write(shop, "![[note]]", "First.\n\nOne text.")
    shop.write({"content/over.md": page("Over", "![[a]]")})
    shop.build(site=obsidian())
    shop.write({"content/deep/note.md": page("Note", "First.\n\nAnother text.")})
    built = shop.build(site=obsidian())
    assert built.rendered == 3  # the note, the article that shows it, and the page that shows this article
    assert "Another text." in shop.text(built, "over/index.html")
    assert built.root == shop.clean(site=obsidian()).root


def test_a_text_with_an_error_is_shown_as_soon_as_it_is_right(shop: Workshop) -> None:
    write(shop, "![[note]]", "text\n\n$\\nosuch$")
    shop.write({"content/deep/note.md": b"---\ntitle: [\n---\ntext"})
    with pytest.raises(ContentError):
        shop.build(site=obsidian())
    write(shop, "![[note]]", "Right.")
    built = shop.build(site=obsidian())
    assert "Right." in shop.text(built, "posts/a/index.html")
    assert built.root == shop.clean(site=obsidian()).root


@pytest.mark.parametrize("seed", range(4))
def test_a_warm_build_equals_a_clean_one_whatever_shows_what(tmp_path: Path, seed: int) -> None:
    shop = Workshop(tmp_path, posts=1)
    dice = random.Random(seed)
    names = [f"n{number}" for number in range(6)]

    def body() -> str:
        parts = [f"![[{dice.choice(names)}{dice.choice(['', '#Part', '#^id', '#none'])}]]" for _ in range(3)]
        links = f"[l](x{dice.randrange(3)}.png) [l]({dice.choice(names)}.md#part)"
        return "\n\n".join([f"{dice.random()} ^id", *parts, "## Part", links])

    def outcome(clean: bool) -> tuple[str, ...]:
        built = (shop.clean if clean else shop.build)(
            site=obsidian(flavour), check=lenient(CheckSettings()), now=now, future=future
        )
        return (str(built.root), *map(str, built.problems))

    for _ in range(8):
        for _ in range(dice.randrange(1, 4)):
            path = f"content/{dice.choice(['', 'posts/', 'deep/'])}{dice.choice(names)}.md"
            if dice.random() < 0.3 and (shop.folder / path).exists():
                shop.remove(path)
            else:
                front = dice.choice([{}, {"draft": "true"}, {"expiryDate": "2026-01-05"}, {"slug": "other"}])
                shop.write({path: article("T", dice.randrange(1, 9), body(), **front)})
        picture = f"content/{dice.choice(['', 'posts/', 'deep/'])}x{dice.randrange(3)}.png"
        shop.write({picture: b"p"})
        flavour = dice.choice(FLAVOURS)
        now, future = dice.choice([None, date(2026, 1, 4), date(2026, 1, 6)]), dice.random() < 0.3
        try:
            warm = outcome(False)
        except ContentError as error:
            warm = tuple(map(str, error.problems))
        try:
            clean = outcome(True)
        except ContentError as error:
            clean = tuple(map(str, error.problems))
        assert warm == clean
