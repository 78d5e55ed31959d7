"""An article in its two parts, and together again."""

from dataclasses import fields

import pytest

from publisher.site.content import parser
from publisher.site.content.records import pack, pack_body, unpack, whole
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Article, ArticleMetadata, Parsed, SourceFile
from publisher.site.settings import SiteSettings
from publisher.site.structure_settings import TAGS, Taxonomy

TEXT = b"""---
title: A title
date: 2024-02-03T04:05:06+07:00
updated: 2024-05-06
tags: [one, two]
authors: [A, B]
summary: What it says.
draft: true
language: fr
image: cat.png
permalink: /old/
aliases: [/x, y]
weight: 2
publish_date: 2024-01-01
expires: 2030-01-01
layout: x
topics: [t]
topics_weight: 4
sort_by: title
link_title: Short
template: wide.html
paginate_by: 7
extra: {order: 3, own: [1, x]}
---

## A heading: 1.0

[A link](x.png) and ![an image](y.png).
"""


SITE = SiteSettings(taxonomies=(TAGS, Taxonomy("topics", ("topics",))))


@pytest.fixture(scope="module")
def parsed() -> Parsed:
    return parser.parse(SourceFile("posts/first.md", TEXT), SITE, make_renderer())


def test_every_field_of_the_article_differs_from_its_default(parsed: Parsed) -> None:
    """Else the next test would not see one that is lost."""
    bare = Article("", "", "page", "", "")
    same = [each.name for each in fields(Article) if getattr(parsed.article, each.name) == getattr(bare, each.name)]
    assert not same


def test_both_parts_make_the_article_again(parsed: Parsed) -> None:
    row, body = pack(bytes(32), parsed.article), pack_body(parsed)
    assert whole(unpack("posts/first.md", row), body) == parsed


def test_without_its_body_an_article_has_what_other_pages_use_and_nothing_else(parsed: Parsed) -> None:
    metadata = unpack("posts/first.md", pack(bytes(32), parsed.article)).article
    assert metadata == ArticleMetadata(**{f.name: getattr(parsed.article, f.name) for f in fields(ArticleMetadata)})
    assert not hasattr(metadata, "references")


@pytest.mark.parametrize(
    ("lines", "order"),
    [("weight: 2", 2.0), ("weight: 2\nextra: {order: 1}", 1), ("extra: {order: true}", None), ("", None)],
)
def test_the_order_of_extra_comes_before_the_weight(lines: str, order: float | None) -> None:
    source = SourceFile("a.md", f"---\n{lines}\n---\n".encode())
    assert unpack("a.md", pack(bytes(32), parser.parse(source, SiteSettings(), make_renderer()).article)).order == order
