"""Run all tests of `publish doctor` in parallel, and return their findings in order. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from publisher.concurrency.threads import run_in_threads
from publisher.dag.cid import Cid, Get
from publisher.errors import BlockMissing, ConfigError, PublishError, StateError, StoreError
from publisher.fast_dataclass import dataclass
from publisher.findings import Finding, Level
from publisher.formatting import count

EMPTY = Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
"""The CID of the empty folder. Every node has this block, so every gateway can return it."""


Count = Callable[[Cid], int]
"""A function that returns how many peers provide a CID."""


@dataclass(frozen=True, slots=True)
class Examination:
    """One test. If `check` raises a PublishError or an OSError, the error becomes a finding of the level `fault`."""

    who: str
    """The subject of the findings, such as the label of a store."""
    exit_code: int
    """The exit code of the command if its first fault is in this test."""
    check: Callable[[], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The findings, in the order of the tests."""

    findings: tuple[Finding, ...]
    exit_code: int
    """The exit code of the first fault. It is 0 if there is no fault that stops a publish."""

    def count(self, level: Level) -> int:
        """Return the number of findings with this level."""
        return sum(finding.level == level for finding in self.findings)


def examine(examinations: Sequence[Examination]) -> Diagnosis:
    """Run all tests in parallel and return their findings.

    An error of a test is raised only if it is neither a PublishError nor an OSError.
    """
    found = run_in_threads(_run, examinations)
    code = next((code for _, code in found if code), 0)
    return Diagnosis(tuple(finding for findings, _ in found for finding in findings), code)


def gateways(openers: Mapping[str, Callable[[], Get]]) -> Iterator[Examination]:
    """Yield a test for each gateway of `[deploy]`. The test asks for a block that every gateway has.

    `openers` maps the label of a gateway to a function that returns its reader. The test calls this function, so a
    gateway that cannot be opened is a finding.
    """
    for label, open_reader in openers.items():
        yield Examination(label, StoreError.exit_code, partial(_gateway, label, open_reader))


def routers(openers: Mapping[str, Callable[[], Count]], root: Cid | None) -> Iterator[Examination]:
    """Yield a test for each router of `[deploy]`. It asks who provides the empty folder, and who provides `root`.

    `openers` maps the label of a router to a function that opens it. `root` was published last, or is None.
    """
    for label, open_router in openers.items():
        yield Examination(label, StoreError.exit_code, partial(_router, label, open_router, root))


def _router(label: str, open_router: Callable[[], Count], root: Cid | None) -> Iterator[Finding]:
    ask = open_router()
    try:
        ask(EMPTY)
        peers = ask(root) if root else 0
    except StoreError as error:
        instead = "if the router is gone for good, name another one in [deploy] routers, or remove it"
        yield Finding(label, "warning", error.message, f"{error.hint}; {instead}" if error.hint else instead)
        return
    if root is None:
        yield Finding(label, "ok", "the router answers")
    elif peers:
        yield Finding(label, "ok", f"the router knows {count(peers, 'provider')} of {root}")
    else:
        fix = (
            "run again in a day, because a node announces a root late; then look at Provide in the node's configuration"
        )
        yield Finding(label, "warning", f"the router knows no provider of {root}", fix)


def outside(label: str, root: Cid, readers: Mapping[str, Callable[[], Get]]) -> Iterator[Finding]:
    """Yield findings about whether others find `root`, which was published last. `label` is their subject.

    `readers` maps the label of each gateway that did not receive the root from us to a function that opens its reader.
    """
    if not readers:
        what = "no gateway was asked for the site: [deploy] gateways is empty"
        yield Finding(label, "note", what, "name a gateway of people you know in [deploy] gateways")
        return
    answers = run_in_threads(lambda by: _found(readers[by], root), list(readers))
    lacking = [f"{by}: {why}" for by, why in zip(readers, answers, strict=True) if why]
    if not lacking:
        yield Finding(label, "ok", f"{', '.join(readers)} found {root}")
    elif len(lacking) < len(readers):
        yield Finding(label, "note", f"some gateways do not find {root}: {'; '.join(lacking)}")
    else:
        fix = "open port 4001 of a node, look at the findings about its bootstrap peers above, or name other gateways"
        yield Finding(label, "warning", f"no gateway finds {root}: {'; '.join(lacking)}", fix)


def _found(open_reader: Callable[[], Get], root: Cid) -> str:
    """Return an empty string if a gateway returns the block of `root`, and otherwise the reason why it does not."""
    try:
        open_reader()(root)
    except StoreError as error:
        return error.message
    return ""


def _gateway(label: str, open_reader: Callable[[], Get]) -> Iterator[Finding]:
    get = open_reader()
    try:
        get(EMPTY)
    except BlockMissing:
        what = "the gateway answers, but does not find the empty folder, which every node has"
        yield Finding(label, "warning", what, "name a gateway that also asks other nodes for blocks")
    except StoreError as error:
        instead = (
            "if the gateway is gone for good, name another one in [deploy] gateways, "
            "such as your own or that of people you know"
        )
        yield Finding(label, "fault", error.message, f"{error.hint}; {instead}" if error.hint else instead)
    else:
        yield Finding(label, "ok", "the gateway gives the right blocks")


def _run(examination: Examination) -> tuple[list[Finding], int]:
    """Return the findings of a test, and the exit code of its first fault. Without a fault, the exit code is 0."""
    findings: list[Finding] = []
    try:
        findings += examination.check()
    except PublishError as error:
        what = error.message if error.who in (examination.who, "publish") else str(error)
        findings.append(Finding(examination.who, "fault", what, error.hint))
        own = isinstance(error, (ConfigError, StateError))  # The fault is on this machine, not in the service.
        return findings, error.exit_code if own else examination.exit_code
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        findings.append(Finding(examination.who, "fault", what, "correct this on the disk, then run again"))
        return findings, StateError.exit_code
    fault = any(finding.level == "fault" for finding in findings)
    return findings, examination.exit_code if fault else 0
