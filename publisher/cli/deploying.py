"""From a root in the cache to a name that shows it, told as it goes: what `publish` and `publish deploy` share."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from publisher import deploy
from publisher.cli.places import gateways
from publisher.cli.session import Session
from publisher.cli.size import describe
from publisher.cli.tidying import tidy
from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.errors import BlockMissing, ConfigError, StoreError, Unfinished
from publisher.holding import WITNESS
from publisher.names.base import NameService, Outcome
from publisher.observe import State, Wish, next_sequence, observe, root_of
from publisher.report import Report, ether, volume
from publisher.stores.base import Receipt
from publisher.verify import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.build import Built
    from publisher.config import Settings

PUBLIC_CHAINS = frozenset({1, 17000, 11155111})
"""The main chain and the test nets that have ENS."""


def need_signers(settings: Settings) -> None:
    """A name that nobody can sign for is said before anything is built or stored."""
    for place in settings.names:
        if not getattr(place.settings, "signer", "-"):
            raise ConfigError(
                place.settings.name,
                "no signer is configured",
                hint=f'add signer = "env:PUBLISH_KEY" to [names.{place.label}], or stop before it with --skip-name',
            )


def carry_out(
    session: Session,
    settings: Settings,
    root: Cid,
    *,
    yes: bool,
    dry_run: bool,
    skip_name: bool,
    built: Built | None = None,
    get: Get | None = None,
    back: bool = False,
) -> None:
    """Look, plan, ask, act, and say what is true then. Blocks come by `get`, from the cache when it is not given."""
    report, cache, journal = session.report, session.cache(), session.journal()
    if not (dry_run or skip_name):
        need_signers(settings)
    describe(report, cache, root, built, get)
    stores, pinners = session.stores(settings), session.pinners(settings)
    names = () if skip_name else session.names(settings)
    with nullcontext() if dry_run else journal.locked():
        past = journal.events()
        copies = settings.deploy.copies or len(stores) + len(pinners)
        get = get or session.shelf().sound
        wish = Wish(root, label_of(settings), get, copies, next_sequence(past, root), back)
        state = observe(wish, stores, names, past, pinners)
        possible(report, wish, state)
        outside = settings.deploy.outside != "never"
        readers = gateways(settings.deploy.gateways) if outside else {}
        steps = deploy.plan(wish, state, witnesses(settings, state, readers))
        compare(report, wish, state)
        for place in settings.names if skip_name else ():
            tell_outcome(report, Outcome(place.settings.name, place.kind, "skipped", "", ""))
        tell_plan(report, steps)
        if dry_run:
            report.result(str(root))
            report.say("nothing was done: this was a dry run")
            return report.finish()
        agree(report, steps, yes)
        means = deploy.Means(
            stores,
            pinners,
            names,
            readers,
            journal.events,
            journal.tell,
            report.say,
            report.warn,
            report.progress,
            settings.deploy.outside,
            settings.deploy.outside_timeout,
        )
        for result in deploy.apply(wish, state, steps, means):
            tell(report, result)
    conclude(report, wish, names, settings)
    tidy(session, settings)
    return report.finish()


def possible(report: Report, wish: Wish, state: State) -> None:
    """Stop where nothing can come of it, and tell who holds the root already and who does not answer."""
    try:
        deploy.possible(wish, state)
    except StoreError:
        for holder in state.holders:
            if holder.held or holder.error is not None:
                status = "pinned" if holder.held else "failed"
                tell(report, Receipt(holder.store, holder.kind, status, wish.root))
        raise


def label_of(settings: Settings) -> str:
    """What the pin is called: the first name, else the site's title."""
    return str(settings.names[0].settings.name) if settings.names else settings.site.title


def witnesses(settings: Settings, state: State, readers: Mapping[str, Get]) -> tuple[str, ...]:
    """Who will be asked from outside. ConfigError, before anything is stored, when there must be one and is none."""
    if settings.deploy.outside == "never":
        return ()
    found = (*(holder.store for holder in state.holders if holder.pinner and holder.readable), *readers)
    if not found and settings.deploy.outside == "always":
        raise ConfigError("deploy.outside", 'it is "always", and nobody outside can be asked', hint=WITNESS)
    return found


def compare(report: Report, wish: Wish, state: State) -> None:
    """What changed against the root that the name shows; nothing is said when that root is not at hand."""
    shown = [root_of(name.shows) for name in state.names] or [deploy.older(state)]
    old = shown[0]
    if old is None:
        report.add("changed", {"added": report.data["files"], "changed": 0, "removed": 0})
        return
    try:
        sets = walk.changed(wish.get, old, wish.root)
    except (BlockMissing, walk.Malformed):  # the cache does not have it, or it is no site
        report.add("changed", None)
        return
    numbers = dict(zip(("added", "changed", "removed"), map(len, sets), strict=True))
    report.add("changed", numbers)
    if any(numbers.values()):
        report.say("since the last one: " + ", ".join(f"{n} {what}" for what, n in numbers.items() if n))


def tell_plan(report: Report, steps: tuple[deploy.Step, ...]) -> None:
    """The plan, for people and, as `plan`, for programs."""
    report.add("plan", [plan_row(step) for step in steps])
    for step in steps:
        report.say(f"  {plan_line(step)}")


def plan_row(step: deploy.Step) -> dict[str, Any]:
    """One step as JSON."""
    if isinstance(step, deploy.Put):
        return {"step": "pin" if step.pinner else "store", "store": step.store, "kind": step.kind}
    if isinstance(step, deploy.Read):
        return {"step": "verify", "by": step.by}
    row: dict[str, Any] = {"step": "name", "name": step.name, "before": step.before, "after": step.after}
    if step.cost is not None:
        cost = step.cost
        row |= {"gas": cost.gas, "max_fee_per_gas": cost.max_fee_per_gas}
        row |= {"likely_wei": cost.likely_cost, "max_wei": cost.max_cost}
    return row


def plan_line(step: deploy.Step) -> str:
    """One step in words."""
    if isinstance(step, deploy.Put):
        return f"{'pin    ' if step.pinner else 'store  '} on {step.store} ({step.kind})"
    if isinstance(step, deploy.Read):
        return f"verify  what {step.by} gives back"
    cost = f", about {ether(step.cost.likely_cost)}, at most {ether(step.cost.max_cost)}" if step.cost else ""
    notes = "".join(f"; {note}" for note in step.notes)
    if step.before == step.after:
        return f"name    {step.name}: shows it already; an earlier transaction of ours is looked after{notes}"
    return f"name    {step.name}: {short(step.before)} -> {short(step.after)}{cost}{notes}"


def short(uri: str) -> str:
    """A record as a person can compare it: both ends of the root."""
    return f"{uri[:18]}…{uri[-6:]}" if len(uri) > 30 else uri or "(nothing)"


def agree(report: Report, steps: tuple[deploy.Step, ...], yes: bool) -> None:
    """Ask once, after the plan and the cost were shown."""
    if yes or not steps:
        return
    if not report.can_ask():
        raise ConfigError("publish", "nobody is here to say yes", hint="run with --yes, or look first with --dry-run")
    if not report.ask("Publish?"):
        raise Unfinished("publish", "not confirmed; nothing was stored or signed", hint="run again when you are ready")


def tell(report: Report, result: deploy.Result) -> None:
    """What came of a step."""
    if isinstance(result, Receipt):
        sent = f", {volume(result.sent_bytes)} sent" if result.sent_bytes else ""
        report.say(f"{result.store}: {result.status}{sent}" + (f"; {result.note}" if result.note else ""))
        row = {"name": result.store, "kind": result.kind, "status": result.status, "root": str(result.root)}
        note = {"note": result.note} if result.note else {}
        report.append("stores", row | {"sent_bytes": result.sent_bytes} | note)
    elif isinstance(result, Check):
        report.say(f"verified by {result.by}" if result.ok else f"{result.by}: {result.why}")
        report.append("verified", {"by": result.by, "ok": result.ok} | ({"why": result.why} if result.why else {}))
    else:
        tell_outcome(report, result)


def tell_outcome(report: Report, outcome: Outcome) -> None:
    """How it ended for a name."""
    row: dict[str, Any] = {"name": outcome.name, "kind": outcome.kind, "outcome": outcome.outcome}
    if outcome.outcome != "skipped":
        row |= {"before": outcome.before, "after": outcome.after}
    for key in ("transaction", "block", "gas_used", "fee_wei"):
        if value := getattr(outcome, key):
            row[key] = value
    report.append("names", row)
    if outcome.transaction and outcome.outcome != "pending":  # the error that follows tells of that one
        report.say(f"{outcome.name}: {outcome.outcome} by transaction {outcome.transaction}")


def public(settings: Settings) -> bool:
    """Whether others can see the chains that the names are on: no gateway follows a chain on this machine."""
    return all(getattr(place.settings, "chain_id", 1) in PUBLIC_CHAINS for place in settings.names)


def conclude(report: Report, wish: Wish, names: tuple[NameService, ...], settings: Settings) -> None:
    """The last line says what is now true."""
    report.data.setdefault("stores", [])
    report.data.setdefault("names", [])
    report.data.setdefault("verified", [])
    web = [settings.site.url] if settings.site.url and names else []
    report.add("urls", [wish.uri, *web])
    report.result(str(wish.root))
    outcomes = [row for row in report.data["names"] if row["outcome"] != "skipped"]
    for row in outcomes:
        fee = f" ({ether(row['fee_wei'])})" if row.get("fee_wei") else ""
        shows = "already shows" if row["outcome"] == "unchanged" else "shows"
        follow = "; gateways follow in about 5 minutes" if row["outcome"] == "moved" and public(settings) else ""
        report.say(f"{row['name']} {shows} {wish.root.to_v1()}{fee}{follow}")
    if not outcomes:
        held = [row["name"] for row in report.data["stores"] if row["status"] == "pinned"]
        report.say(f"{wish.root} is held by {', '.join(held)}" if held else f"{wish.root} is held by nobody yet")
