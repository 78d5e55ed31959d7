"""Find the content of a host name with DNSLink. A TXT record of `_dnslink.HOST` holds the path of the content.

The specification: https://dnslink.dev. These records are not signed, so the operator of a DNS server decides what a
name shows. The blocks are still hashed.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterable

from publisher.dag.cid import Cid
from publisher.errors import ConfigError, NameEndless, NameUnusable, NamingError, RpcError
from publisher.fast_dataclass import dataclass

WHO = "DNSLink"
DEEPEST = 8
"""The largest number of DNSLinks that `follow` looks up for one host name."""

SOONEST, LATEST = 60.0, 3600.0
"""An answer is stored for at least SOONEST and at most LATEST seconds, whatever its time to live is."""

PATIENCE = 10.0
"""The number of seconds in which `follow` has to resolve a name and all names that its DNSLinks point to."""

_PREFIX = "dnslink="
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_LONGEST = 253 - len("_dnslink.")


@dataclass(frozen=True, slots=True)
class TxtAnswer:
    """The TXT records of a name, and their time to live in seconds."""

    texts: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class DnsLink:
    """The content path of a host name."""

    path: str
    """`/ipfs/CID/...`, or `/ipns/NAME/...` for an IPNS key or an ENS name, or "" if the host has no DNSLink."""
    seconds: float
    """The number of seconds for which the path may be stored."""


QueryTxt = Callable[[str, float], TxtAnswer]
"""A function that returns the TXT records of a name. The second argument is its time limit in seconds.

It raises NamingError if the name is bad or the servers do not answer.
"""


def txt_resolver(server: tuple[str, int] | None = None) -> QueryTxt:
    """Return a function that queries the DNS server `server` (address, port), or the system's servers if it is None.

    Several threads may call the function. It reads the system's list of servers for every query, because a laptop may
    change its network.
    """

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
    """Return our error for an exception of dnspython.

    The error is NameUnusable if `name` is bad, and RpcError if the answer is missing or bad.
    """
    import dns.exception
    import dns.name
    import dns.resolver

    no_name = (dns.exception.SyntaxError, dns.name.NameTooLong, dns.name.IDNAException, UnicodeError)
    if isinstance(error, no_name):
        return NameUnusable(name[:80], "this is no DNS name", hint="correct the spelling")
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return RpcError(WHO, "this machine has no DNS server configured", hint="start the gateway with --dns ADDRESS")
    if isinstance(error, dns.exception.Timeout):
        return RpcError(
            WHO, f"no DNS server answered for {name}", hint="run again, or name another server with --dns ADDRESS"
        )
    return RpcError(
        WHO, f"the DNS servers refuse to answer for {name}", hint="run again, or name another server with --dns ADDRESS"
    )


def follow(host: str, query: QueryTxt, clock: Callable[[], float] = time.monotonic) -> DnsLink:
    """Return the content path of a host name. Follow DNSLinks from name to name.

    Raises NameUnusable if a name is bad, NameEndless if the DNSLinks form a circle or exceed DEEPEST, and RpcError if
    `query` raises it.
    """
    until = clock() + PATIENCE
    name, rest, seconds = plain(host), "", LATEST
    passed: list[str] = []
    while name not in passed:
        if len(passed) == DEEPEST:
            raise NameEndless(
                host,
                f"the chain of DNSLinks from this name is longer than {DEEPEST}",
                hint="correct the DNSLink record of this name",
            )
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
    raise NameEndless(
        host, f"the DNSLink of this name leads back to {name}", hint="correct the DNSLink record of this name"
    )


def choose(texts: Iterable[str]) -> str:
    """Return the first well-formed DNSLink path among the TXT records of a name, or "" if there is none.

    DNS records have no order, so the paths are sorted. /ipfs/ comes before /ipns/. Malformed records are skipped.
    """
    paths = [text.removeprefix(_PREFIX).rstrip("/") for text in texts if text.startswith(_PREFIX)]
    return next((path for path in sorted(paths) if _is_link(path)), "")


def plain(host: str) -> str:
    """Return a host name in the form that DNS uses: lower case, with labels in other scripts as xn--.

    Raises NameUnusable if `host` is not a host name.
    """
    name = host.rstrip(".").lower()
    if not name.isascii():
        import dns.exception
        import dns.name

        try:
            name = dns.name.from_text(name, None, dns.name.IDNA_2008_Practical).to_text()
        except (dns.exception.DNSException, UnicodeError) as error:
            raise translate(error, host) from error
    if len(name) > _LONGEST or not _HOST.fullmatch(name):
        raise NameUnusable(host[:80], "this is no DNS name", hint="correct the spelling")
    return name


def server(text: str) -> tuple[str, int]:
    """Parse `192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:53` into an address and a port.

    The port is 53 if `text` has none. Raises ConfigError if `text` has another form.
    """
    match = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?|([0-9.]+)(?::([0-9]{1,5}))?|([0-9A-Fa-f:.]+)", text)
    parts = [part for part in match.groups() if part] if match else []
    try:
        address, port = str(ipaddress.ip_address(parts[0])), int(parts[1]) if len(parts) > 1 else 53
        if not 0 < port < 65536:
            raise ValueError
    except (ValueError, IndexError):
        hint = "write it as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53"
        raise ConfigError("--dns", f"{text!r} is not the address of a DNS server", hint=hint) from None
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
    """Return whether `target` is a DNS name. IPNS keys and ENS names are not looked up in DNS."""
    return "." in target and not target.rstrip(".").lower().endswith(".eth")
