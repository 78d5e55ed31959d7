"""Show the texts of embedded articles in a page or in a feed, and record everything that is read for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from publisher.build.plan_values import BuildPlan, with_our_ids
from publisher.site.content.records import ArticleRecord, whole
from publisher.site.embeds import DEEPEST, TEXT, Embeds, targets_of_embeds
from publisher.site.links.resolve import Base
from publisher.site.model import Parsed
from publisher.site.recorded_reads import Reader
from publisher.site.urls import Address, split, targets

Write = Callable[[str, Address], str]
"""A function that replaces the link marks in some HTML (see `place` and `absolute` in urls.py)."""


def bodies_of_embeds(
    record: ArticleRecord, plan: BuildPlan, body: Callable[[ArticleRecord], bytes]
) -> dict[str, bytes]:
    """Return the bodies of all articles that the article `record` may show inside its text, by content path.

    Without the syntax of Obsidian, return an empty dictionary. Exceptions of `body` pass through.
    """
    own = record.article.source
    read: dict[str, bytes] = {}
    level = {own: record} if plan.site.settings.markdown.obsidian else {}
    for _ in range(DEEPEST):
        read |= {source: body(one) for source, one in level.items()}
        below = (shown for source, one in level.items() for shown in _embedded(whole(one, read[source]), plan))
        level = {shown.article.source: shown for shown in below if shown.article.source not in read}
    read |= {source: body(one) for source, one in level.items()}
    return {source: data for source, data in read.items() if source != own}


def _embedded(parsed: Parsed, plan: BuildPlan) -> Iterable[ArticleRecord]:
    base = plan.addresses.base(parsed.article)
    for target in targets_of_embeds(parsed.html):
        meant = plan.addresses.meant(split(target)[0], base)
        shown = plan.addresses.record(meant.source) if meant else None
        if shown is not None:
            yield shown


def with_embeds(parsed: Parsed, bodies: Mapping[str, bytes], plan: BuildPlan, write: Write, reader: Reader) -> Parsed:
    """Return the article with the texts of its embeds.

    `bodies` is a result of `bodies_of_embeds`. `write` finishes the links of these texts, because each text has links
    that are relative to its own article.
    """
    if not plan.site.settings.markdown.obsidian:
        return parsed

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
