"""Show the texts of embedded articles in a page or in a feed, and record everything that is read for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from publisher.build.plan_values import BuildPlan, with_our_ids
from publisher.site.content.records import ArticleRecord, whole
from publisher.site.embeds import TEXT, Embeds
from publisher.site.links.resolve import Base
from publisher.site.model import Parsed
from publisher.site.recorded_reads import Reader
from publisher.site.urls import Address, targets

Write = Callable[[str, Address], str]
"""A function that replaces the link marks in some HTML (see `place` and `absolute` in urls.py)."""


def bodies_of_embeds(
    record: ArticleRecord, plan: BuildPlan, body: Callable[[ArticleRecord], bytes]
) -> dict[str, bytes]:
    """Return the bodies of all articles that the article `record` may show inside its text, by content path.

    Without the syntax of Obsidian, return an empty dictionary. Exceptions of `body` pass through.
    """
    read: dict[str, bytes] = {}
    if not plan.site.settings.markdown.obsidian:
        return read

    @cache
    def text(source: str) -> Parsed | None:
        shown = plan.addresses.record(source)
        if shown is None:
            return None
        read[source] = body(shown)
        return whole(shown, read[source])

    # The same steps as in `with_embeds`, so exactly the articles that the page shows are read.
    embeds = Embeds(plan.addresses, text, lambda html, base: html)
    embeds.shown(whole(record, body(record)), (record.article.source,))
    return read


def with_embeds(parsed: Parsed, bodies: Mapping[str, bytes], plan: BuildPlan, write: Write, reader: Reader) -> Parsed:
    """Return the article with the texts of its embeds.

    `bodies` is a result of `bodies_of_embeds`. `write` finishes the links of these texts, because each text has links
    that are relative to its own article.
    """
    if not plan.site.settings.markdown.obsidian:
        return parsed

    @cache
    def text(source: str) -> Parsed | None:
        reader.note(f"{TEXT}{source}")
        record = plan.addresses.record(source)
        return whole(record, bodies[source]) if record and source in bodies else None

    def finish(html: str, base: Base) -> str:
        pointed = dict.fromkeys(targets(html))
        for target in pointed:
            for name in plan.addresses.asked(target, base):
                reader.note(f"@{name}")
        html = with_our_ids(html, pointed, plan.addresses, base)
        return write(html, lambda path: plan.addresses.of(path, base))

    embeds = Embeds(plan.addresses, text, finish)
    return replace(parsed, html=embeds.shown(parsed, (parsed.article.source,)))
