"""Return the present values of the facts that pages read. PageMemo compares them with those of earlier builds."""

from __future__ import annotations

from publisher.build.layers import layered
from publisher.build.plan_values import EVERYTHING, BuildPlan
from publisher.site.embeds import TEXT
from publisher.site.structure.collect import card_of
from publisher.site.templates.lazy_values import DATA, RELATED, TREE
from publisher.site.templates.site_values import site_fact
from publisher.site.templates.views import BACKLINKS


def answer(name: str, plan: BuildPlan) -> bytes:
    """Return the answer to the fact `name`, as bytes."""
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
    if name.startswith("@"):
        return plan.addresses.answer(name[1:]).encode()
    if name == EVERYTHING:
        return plan.addresses.all_answer().encode()
    kind, _, rest = name.partition(" ")
    if kind == "template":
        file = layered(plan.layers, rest)
        return file.digest + file.label.encode() if file else b""
    return site_fact(name, plan.values)
