"""`publish doctor`: every setting and service is tried; each line says what was found, and what to do."""

from __future__ import annotations

import importlib
import json
import shutil
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from publisher.app.context import Session
from publisher.cli.group import common, plain
from publisher.errors import ConfigError, NamingError, Problems, PublishError, StateError, StoreError
from publisher.findings import Finding
from publisher.formatting import count, shown

if TYPE_CHECKING:
    from publisher.config import Config, ConfigEntry
    from publisher.dag.cid import Cid
    from publisher.doctor.run import Diagnosis, Examination

SIGNS: Mapping[str, tuple[str, str]] = {
    "ok": ("✓", "+"),
    "note": ("·", "-"),
    "warning": ("!", "!"),
    "fault": ("✗", "x"),
}
"""Level -> its sign, and its sign where only ASCII can be written."""
PAUSE = 0.5
"""Seconds at most between two looks at end points that differ: a publish waits longer."""
FAULTS: tuple[type[PublishError], ...] = (ConfigError, StoreError, NamingError, StateError)


@click.command()
@common
@click.pass_obj
@plain
def command(session: Session, /) -> None:
    """Try every setting and service, and say what was found and what to do. Changes nothing."""
    from publisher.doctor import run

    settings, fault = read(session)
    patients = [*here(session, fault), *(services(session, settings) if settings else ())]
    found = run.examine(patients)
    rights = least(settings) if settings else {}
    report = session.report
    report.add("findings", [row(finding) for finding in found.findings])
    report.add("rights", rights)
    for line in lines(session, found.findings):
        report.result(line)
    if not report.quiet:
        for line in paste(rights):
            report.result(line)
    if found.exit_code:
        kind = next((kind for kind in FAULTS if kind.exit_code == found.exit_code), PublishError)
        raise kind("publish doctor", summary(found), hint="what to do stands below each; begin with the first")
    report.say(summary(found))
    report.finish()


def read(session: Session) -> tuple[Config | None, ConfigError | None]:
    """The configuration, or what is wrong with it."""
    try:
        return session.settings(), None
    except ConfigError as error:
        return None, error


def here(session: Session, fault: ConfigError | None) -> Iterator[Examination]:
    """This machine and this folder."""
    from publisher.doctor import machine
    from publisher.doctor.run import Examination

    yield Examination("python", 1, machine.python)
    yield Examination("publish.toml", ConfigError.exit_code, lambda: configuration(fault))
    yield Examination(".publish", StateError.exit_code, lambda: machine.state(session.site))
    yield Examination("journal", StateError.exit_code, lambda: machine.journal(session.site, session.journal().events))


def configuration(fault: ConfigError | None) -> Iterator[Finding]:
    """Every fault of publish.toml. With one, nobody knows which services there are."""
    if fault is None:
        yield Finding("publish.toml", "ok", "nothing is wrong with it")
        return
    if isinstance(fault, Problems):
        for problem in fault.problems:
            place = f"{problem.path}:{problem.line}" if problem.line else problem.path
            yield Finding(place, "fault", problem.what, problem.hint)
    else:
        yield Finding("publish.toml", "fault", fault.message, fault.hint)
    yield Finding("publish.toml", "note", "stores and names were not tried", "correct it, then look again")


def services(session: Session, settings: Config) -> Iterator[Examination]:
    """Stores, pinners, gateways and names, in the order in which a publish comes to them."""
    from publisher.app.sources import gateways as readers
    from publisher.doctor.run import Examination, gateways

    stands = any(place.kind == "embedded" for place in settings.stores)
    shelf = session.shelf() if stands and (session.state / "cache" / "cache.sqlite").exists() else Empty()
    for place in settings.stores:
        yield Examination(place.label, StoreError.exit_code, partial(store, session, settings, place, shelf))
    yield from gateways(readers(settings.deploy.gateways, session.proxy))
    for place in settings.names:
        yield Examination(place.settings.name, NamingError.exit_code, partial(name, session, settings, place))


def store(session: Session, settings: Config, place: ConfigEntry, shelf: Any) -> Iterable[Finding]:
    """What a store or pinner finds; it is opened now, so that a variable that is not set is a fault of this one."""
    from publisher.stores.base import KINDS, PINNERS

    module = importlib.import_module({**KINDS, **PINNERS}[place.kind])
    means = session.store_means(settings, shelf)
    found: Iterable[Finding] = module.connect(place.label, place.settings, means).examine()
    return found


def name(session: Session, settings: Config, place: ConfigEntry) -> Iterable[Finding]:
    """The same for a name."""
    from publisher.names.base import KINDS

    means = session.name_means(settings, lambda seconds: time.sleep(min(seconds, PAUSE)))
    found: Iterable[Finding] = importlib.import_module(KINDS[place.kind]).connect(place.settings, means).examine()
    return found


class Empty:
    """The shelf where there is no cache, or nobody stands on it: to open one would make or mend it."""

    def get(self, cid: Cid) -> bytes:
        """Nothing is here."""
        from publisher.errors import BlockMissing

        raise BlockMissing("cache", f"block {cid} is not in the cache")

    def has(self, cid: Cid) -> bool:
        """Nothing is."""
        return False

    def kept(self, name: str | None = None) -> frozenset[Cid]:
        """No root is."""
        return frozenset()


def least(settings: Config) -> dict[str, Any]:
    """The least rights that a deploy needs on each Kubo node, as API.Authorizations of its configuration has them."""
    from publisher.stores.base import PINNERS

    nodes = [place for place in settings.stores if place.kind == "kubo"]
    if not nodes:
        return {}
    from publisher.stores.kubo.errors import MORE, RIGHTS
    from publisher.stores.kubo.rights import authorizations

    wanted = (*RIGHTS, *(MORE if any(place.kind in PINNERS for place in settings.stores) else ()))
    return {place.label: authorizations(wanted, bool(place.settings.user_env)) for place in nodes}


def row(finding: Finding) -> dict[str, str]:
    """A finding as JSON."""
    return {"who": finding.who, "level": finding.level, "what": finding.what, "fix": finding.fix}


def lines(session: Session, findings: Iterable[Finding]) -> Iterator[str]:
    """A finding a line, with what to do below it; broken only for a terminal."""
    out = session.report.out
    utf8 = (getattr(out, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    wide = max(shutil.get_terminal_size().columns, 20) if out.isatty() else 0
    for finding in findings:
        if finding.level == "ok" and session.report.quiet:
            continue
        sign = SIGNS[finding.level][0 if utf8 else 1]
        yield from broken(f"{sign} {finding.who}: {shown(finding.what)}", "  ", wide)
        if finding.fix:
            yield from broken("    " + shown(finding.fix), "    ", wide)


def broken(text: str, indent: str, wide: int) -> list[str]:
    """The lines of a text on a terminal of so many columns; 0 for no terminal. Addresses stay in one piece."""
    if not wide:
        return [text]
    return textwrap.wrap(
        text, wide, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def paste(rights: Mapping[str, Any]) -> Iterator[str]:
    """The rights for people, once for nodes that need the same."""
    groups: dict[str, list[str]] = {}
    for label, wanted in rights.items():
        groups.setdefault(json.dumps(wanted, indent=2), []).append(label)
    for text, labels in groups.items():
        yield ""
        yield f"The least rights of a deploy on {', '.join(labels)}, for API.Authorizations of its configuration"
        yield "(a long secret of your own stands in the place of the words in capitals):"
        yield text


def summary(found: Diagnosis) -> str:
    """How it ended, in numbers."""
    faults, warnings = found.count("fault"), found.count("warning")
    if not faults and not warnings:
        return "nothing is wrong"
    return ", ".join(count(number, noun) for number, noun in ((faults, "fault"), (warnings, "warning")) if number)
