"""DNSLink: a host name that shows content, by a TXT record of `_dnslink.HOST`: https://dnslink.dev.

Nothing of it is signed: whoever answers for DNS decides what a name shows. The blocks are hashed all the same.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from publisher.dag.cid import Cid
from publisher.errors import ConfigError, NameEndless, NameUnusable, NamingError, RpcError

WHO = "DNSLink"
DEEPEST = 8
"""Names that lead on to a name, one after the other."""

SOONEST, LATEST = 60.0, 3600.0
"""Seconds for which an answer counts, whatever its own time to live says."""

PATIENCE = 10.0
"""Seconds until a name has to be found, with all that it leads on to."""

_PREFIX = "dnslink="
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_LONGEST = 253 - len("_dnslink.")


@dataclass(frozen=True, slots=True)
class TxtAnswer:
    """The TXT records of a name, and for how many seconds they may be kept."""

    texts: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class DnsLink:
    """Where a name leads to."""

    path: str
    """`/ipfs/CID/...`; `/ipns/NAME/...` where NAME is a key of IPNS or a name of ENS; empty for nothing."""
    seconds: float
    """For how long that counts."""


QueryTxt = Callable[[str, float], TxtAnswer]
"""The TXT records of a name, looked up within so many seconds. Raises a NamingError."""


def txt_resolver(server: tuple[str, int] | None = None) -> QueryTxt:
    """Ask a name server, or those of the system, which are read anew each time: a laptop moves. For several threads."""

    def ask(name: str, seconds: float) -> TxtAnswer:
        import dns.exception
        import dns.resolver

        try:
            resolver = dns.resolver.Resolver(configure=server is None)
            if server is not None:
                resolver.nameservers, resolver.port = [server[0]], server[1]
            answer = resolver.resolve(name, "TXT", raise_on_no_answer=False, lifetime=seconds, search=False)
        except dns.resolver.NXDOMAIN:
            return TxtAnswer((), SOONEST)
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise translate(error, name) from error
        texts = tuple(b"".join(record.strings).decode("latin-1") for record in answer.rrset or ())
        return TxtAnswer(texts, answer.chaining_result.minimum_ttl)

    return ask


def translate(error: Exception, name: str) -> NamingError:
    """Ours for dnspython's: NameUnusable for what is no name, RpcError for who did not answer, or not as one should."""
    import dns.exception
    import dns.name
    import dns.resolver

    no_name = (dns.exception.SyntaxError, dns.name.NameTooLong, dns.name.IDNAException, UnicodeError)
    if isinstance(error, no_name):
        return NameUnusable(name[:80], "no name of DNS", hint="is it written right?")
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return RpcError(WHO, "this system names no server of DNS", hint="start the gateway with --dns ADDRESS")
    if isinstance(error, dns.exception.Timeout):
        return RpcError(WHO, f"no server of DNS answered for {name}", hint="try again; another one: --dns ADDRESS")
    return RpcError(WHO, f"the servers of DNS do not tell about {name}", hint="try again; another one: --dns ADDRESS")


def follow(host: str, query: QueryTxt, clock: Callable[[], float] = time.monotonic) -> DnsLink:
    """What a name shows. NameUnusable for what is no name, NameEndless for a circle; RpcError, as `query` raises it."""
    until = clock() + PATIENCE
    name, rest, seconds = plain(host), "", LATEST
    passed: list[str] = []
    while name not in passed:
        if len(passed) == DEEPEST:
            raise NameEndless(host, f"it leads on more than {DEEPEST} times", hint="its DNSLink has to be corrected")
        passed.append(name)
        found = query(f"_dnslink.{name}", max(0.1, until - clock()))
        seconds = max(SOONEST, min(seconds, found.seconds))
        path = choose(found.texts)
        if not path:
            return DnsLink("", SOONEST)
        _, space, target, *below = path.split("/", 3)
        rest = "".join(f"/{each}" for each in below) + rest
        if space == "ipfs" or not _leads_on(target):
            return DnsLink(f"/{space}/{target}{rest}", seconds)
        name = plain(target)
    raise NameEndless(host, f"it leads back to {name}", hint="its DNSLink has to be corrected")


def choose(texts: Iterable[str]) -> str:
    """The path that counts among the texts of a name; empty where none is a DNSLink that can be shown.

    The order of DNS means nothing, so they are sorted: /ipfs/ before /ipns/. What is not well formed is passed over.
    """
    paths = [text.removeprefix(_PREFIX).rstrip("/") for text in texts if text.startswith(_PREFIX)]
    return next((path for path in sorted(paths) if _is_link(path)), "")


def plain(host: str) -> str:
    """A host name as DNS knows it: in lower case, other scripts as xn--. NameUnusable for what is none."""
    name = host.rstrip(".").lower()
    if not name.isascii():
        import dns.exception
        import dns.name

        try:
            name = dns.name.from_text(name, None, dns.name.IDNA_2008_Practical).to_text()
        except (dns.exception.DNSException, UnicodeError) as error:
            raise translate(error, host) from error
    if len(name) > _LONGEST or not _HOST.fullmatch(name):
        raise NameUnusable(host[:80], "no name of DNS", hint="is it written right?")
    return name


def server(text: str) -> tuple[str, int]:
    """Address and port of a name server, from `192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:53`. ConfigError."""
    match = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?|([0-9.]+)(?::([0-9]{1,5}))?|([0-9A-Fa-f:.]+)", text)
    parts = [part for part in match.groups() if part] if match else []
    try:
        address, port = str(ipaddress.ip_address(parts[0])), int(parts[1]) if len(parts) > 1 else 53
        if not 0 < port < 65536:
            raise ValueError
    except (ValueError, IndexError):
        hint = "write it as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53"
        raise ConfigError("--dns", f"{text!r} is no address of a name server", hint=hint) from None
    return address, port


def _is_link(path: str) -> bool:
    if not path.isascii() or not path.isprintable():
        return False
    _, space, target = (*path.split("/")[:3], "", "", "")[:3]
    if space == "ipns":
        return bool(target)
    return space == "ipfs" and _is_cid(target)


def _is_cid(text: str) -> bool:
    try:
        Cid.parse(text)
    except ValueError:
        return False
    return True


def _leads_on(target: str) -> bool:
    """Whether a name is to be asked of DNS: not a key, nor a name of ENS."""
    return "." in target and not target.rstrip(".").lower().endswith(".eth")
