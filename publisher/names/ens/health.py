"""Examine an ENS name for `publish doctor`: its end points, the name, and the signer. Nothing is signed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from publisher.errors import PublishError, RpcError
from publisher.findings import Finding, Level, clocks, spell
from publisher.formatting import date_of
from publisher.names import contenthash
from publisher.names.base import CALLDATA
from publisher.names.ens import expiry, resolver, signer_health
from publisher.names.ens.fan_out import fan_out
from publisher.names.ens.normalize import Name
from publisher.names.ens.resolver import ResolvedName
from publisher.names.ens.rpc import DEADLINE, Chain, Head
from publisher.names.ens.unusable import MANAGER

if TYPE_CHECKING:
    from publisher.names.ens import EnsSettings
    from publisher.names.signers.keys import Signer

BEHIND = 5
"""An end point may be this many blocks behind the newest block. Blocks take a minute to reach every node at worst."""
OLD = 180.0
"""If the newest block is older than this many seconds, a warning says so.

A chain makes one block every 12 s and sometimes skips a few.
"""
SOON, LATER = 30 * 86400, 90 * 86400
"""Seconds before the end of a registration. Below SOON the finding is a warning, below LATER a note."""


def examine(
    settings: EnsSettings, name: Name, chain: Chain, signer: Callable[[], Signer], now: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Yield the findings, the most basic first. Each PublishError becomes a finding.

    `now` returns the seconds since 1970. If no end point answers, there are no findings about the name or the signer.
    """
    who = name.text
    try:
        head = yield from _end_points(who, chain, now())
        if head is None:
            return
        resolved, _ = resolver.recognise(chain, name, resolver.find(chain, name))
        expiry.not_lost(resolved, head)
        yield from _name(resolved, head, contenthash.describe(resolver.shown(chain, name)))
        if not settings.signer:
            yield Finding(who, "note", "no signer is configured: this site reads the name and cannot change it")
            return
        if settings.signer == CALLDATA:
            yield Finding(who, "note", "the signer is calldata: another person sends the calls that a publish prints")
            return
        opened = signer()
        opened.prove()
        if len(set(chain.hosts)) == 1:
            what = "one operator gives every answer about the chain, so a wrong price of gas would not be noticed"
            yield Finding(who, "note", what, "add an end point of another operator to rpc in publish.toml")
        yield from signer_health.findings(chain, resolved, opened.address, settings.limits)
    except PublishError as error:
        yield Finding(who, "fault", error.message if error.who == who else str(error), error.hint)


def _end_points(who: str, chain: Chain, now: float) -> Generator[Finding, None, Head | None]:
    """Yield the findings about each end point. All of them are asked at the same time.

    Return the newest block among their answers, or None if none answered.
    """
    heads, dates, faults = _answers(chain)
    for fault in faults:
        yield Finding(who, "warning" if heads else "fault", str(fault), fault.hint)
    if not heads:
        return None
    newest = max(heads.values(), key=lambda head: head.number)
    for host, head in heads.items():
        late = newest.number - head.number
        if late > BEHIND:
            what = f"{host} is {late} blocks behind the others"
            yield Finding(who, "warning", what, "wait, or name another end point in rpc of publish.toml")
        else:
            yield Finding(who, "ok", f"{host} answers for chain {chain.number}, block {head.number}")
    if apart := next(filter(None, (clocks(host, date, now) for host, date in dates.items())), None):
        yield apart
    elif now - newest.time > OLD:
        what = f"the newest block is {spell(now - newest.time)} old: the end points are late, or the chain has stopped"
        yield Finding(who, "warning", what, "wait, or name another end point in rpc of publish.toml")
    return newest


def _answers(chain: Chain) -> tuple[dict[str, Head], dict[str, str], list[PublishError]]:
    """Ask each end point for its newest block, all at the same time.

    Return the newest block and the Date header of each end point that answered, by its host, and the errors of the
    others.
    """
    heads: dict[str, Head] = {}
    dates: dict[str, str] = {}
    faults: list[PublishError] = []
    ones = chain.per_end_point()
    answers = fan_out(lambda one: one.head(), ones, DEADLINE)
    for number, (one, answer) in enumerate(zip(ones, answers, strict=True), 1):
        # Two keys of one service are two end points with one host.
        host = one.hosts[0] + (f" ({number})" if chain.hosts.count(one.hosts[0]) > 1 else "")
        if answer is None:  # Its thread still waits for an answer, so its connection stays open.
            faults.append(silent(host))
            continue
        one.close()
        if isinstance(answer, PublishError):
            faults.append(answer)
        elif isinstance(answer, Exception):
            raise answer
        else:
            heads[host], dates[host] = answer, one.date
    return heads, dates, faults


def silent(host: str) -> RpcError:
    """Return the error for an end point that had no answer when its time was over."""
    hint = "name another end point in rpc of publish.toml, or wait"
    return RpcError(host, f"no answer within {DEADLINE:g} s, and another end point answered", hint=hint)


def _name(resolved: ResolvedName, head: Head, shown: str) -> Iterator[Finding]:
    who = resolved.name.text
    yield Finding(who, "ok", f"the name shows {resolved.shows or 'nothing yet'}; its resolver is {resolved.resolver}")
    if shown != resolved.shows:
        what = f"the Universal Resolver gives visitors {shown or 'nothing'}"
        yield Finding(who, "warning", what, "wait for the next block and run `publish doctor` again")
    if resolved.ends is None:
        return
    left, end, whose = resolved.ends - head.time, date_of(resolved.ends), expiry.subject(resolved)
    if left > LATER:
        yield Finding(who, "ok", f"{whose} is registered until {end}")
    elif left > 0:
        level: Level = "warning" if left < SOON else "note"
        yield Finding(
            who,
            level,
            f"the registration of {whose} ends on {end}, in {spell(left)}",
            f"renew the name at {MANAGER}/{resolved.registered}",
        )
    else:
        last = date_of(resolved.ends + resolver.GRACE)
        what = f"the registration of {whose} ended on {end}; after {last} anybody may register it"
        yield Finding(who, "warning", what, f"renew the name at {MANAGER}/{resolved.registered}")
