"""Return the answers to the facts that pages read (see recorded_reads.py). PageMemo compares them with older ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from publisher.build.articles import Stage
from publisher.build.build_run import BuildRun
from publisher.build.fingerprint import stamp
from publisher.build.inputs import Folders, Input
from publisher.build.layers import layered
from publisher.build.plan_values import EVERYTHING, BuildPlan
from publisher.hashing import digest
from publisher.site.content.records import ArticleRecord
from publisher.site.embeds import TEXT
from publisher.site.recorded_reads import OWN
from publisher.site.structure.collect import card_of
from publisher.site.templates.lazy_values import DATA, RELATED, TREE
from publisher.site.templates.site_values import site_fact
from publisher.site.templates.views import BACKLINKS

_OTHERS = (BACKLINKS, RELATED, TEXT)
"""The beginnings of a result's own names that are not targets of links."""


def answer(name: str, plan: BuildPlan) -> bytes:
    """Return the answer to the fact `name`, as bytes."""
    if name.startswith(OWN) and not name.startswith(_OTHERS):
        return plan.addresses.answer(name[len(OWN) :]).encode()
    if name.startswith(BACKLINKS):
        return repr([card_of(record) for record in plan.backlinks.to(name.removeprefix(BACKLINKS))]).encode()
    if name.startswith(RELATED):
        return repr([card_of(record) for record in plan.related.to(name.removeprefix(RELATED))]).encode()
    if name.startswith(TREE):
        language, _, tree = name.removeprefix(TREE).partition(" ")
        return repr(plan.site.navigation.tree(tree, language)).encode()
    if name.startswith(DATA):
        return plan.data.digest(name.removeprefix(DATA))
    if name.startswith(TEXT):
        record = plan.addresses.record(name.removeprefix(TEXT))
        return record.key if record else b""
    if name == EVERYTHING:
        return plan.addresses.all_answer().encode()
    kind, _, rest = name.partition(" ")
    if kind == "template":
        file = layered(plan.layers, rest)
        return file.digest + file.label.encode() if file else b""
    return site_fact(name, plan.values)


def basis_of(
    run: BuildRun,
    found: Folders,
    held: Collection[str],
    sources: Mapping[str, Input],
    stage: Stage,
    shown: Mapping[str, ArticleRecord],
) -> bytes:
    """Return a digest of everything on which the answers to all facts depend.

    In two builds with the same digest, each fact has the same answer. An edit of the text of an article does not change
    the digest, unless other pages can learn of the edit: from a heading, a link or the summary.

    `held` are the labels of the files that hold a secret. `sources` are the files of articles, and `shown` are the
    articles that this build shows, both by content path.
    """
    files = (part for label, file in _others(found, sources) for part in (label, file.digest))
    # With the syntax of Obsidian, a page may show the text of another article.
    texts = [record.key for _, record in sorted(stage.pieces.items())] if run.site.markdown.obsidian else []
    parts = (sorted(held), sorted(sources), sorted(stage.failed.items()), sorted(shown))
    settings = (repr(run.site), run.settings.content, run.profile.name)
    return digest(stamp(), *settings, repr(parts), stage.facts, *texts, *files)


def _others(found: Folders, sources: Mapping[str, Input]) -> list[tuple[str, Input]]:
    """Return all files of the site and of its theme that are no articles, sorted by label."""
    content = [file for path, file in found.content.items() if path not in sources]
    folders = (found.templates, found.static, found.data, found.theme)
    others = [*content, *(file for folder in folders for file in folder.values())]
    return sorted(((file.label, file) for file in others), key=lambda pair: pair[0])
