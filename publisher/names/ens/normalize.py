"""Normalise names (ENSIP-15), hash them (EIP-137), and encode them as DNS labels.

Loading the tables of ENSIP-15 takes longer than a query to the chain. The tables do not change plain names, so plain
names are normalised without them.
"""

from __future__ import annotations

import re

from publisher.errors import NameUnusable
from publisher.fast_dataclass import dataclass
from publisher.names.ens.abi import keccak

# ENSIP-15 refuses labels whose third and fourth characters are "--". DNS reserves such labels, for example for xn--.
_PLAIN = re.compile(r"(?:(?!..--)[a-z0-9-]+)(?:\.(?!..--)[a-z0-9-]+)*")

_KEY = re.compile(r"\s*(?:0x)?[0-9a-fA-F]{64}\s*")
"""Matches a text with as many hexadecimal digits as a private key."""

LONGEST = 63
"""The largest number of characters of a DNS label: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4."""


@dataclass(frozen=True, slots=True)
class Name:
    """A normalised name, in the forms that contracts take."""

    text: str

    @property
    def labels(self) -> list[str]:
        """The labels of the name. The top-level label, such as eth, comes last."""
        return self.text.split(".")

    @property
    def node(self) -> bytes:
        """The namehash (EIP-137). Registries and resolvers identify the name by these 32 bytes."""
        node = bytes(32)
        for label in reversed(self.labels):
            node = keccak(node + keccak(label.encode()))
        return node

    @property
    def dns(self) -> bytes:
        """The name in the DNS wire format, as the Universal Resolver takes it.

        One byte with the length of a label comes before each label, and a zero byte ends the name.
        """
        return b"".join(bytes([len(label.encode())]) + label.encode() for label in self.labels) + b"\0"

    def parent_at(self, offset: int) -> str:
        """Return the parent name that begins at byte `offset` of `dns`."""
        place, labels = 0, self.labels
        while labels and place < offset:
            place += len(labels.pop(0).encode()) + 1
        return ".".join(labels)


def normalise(text: str) -> Name:
    """Return the normalised form of an ENS name, below .eth or below another top-level name.

    Raises NameUnusable, with the cause, if `text` is not a name.
    """
    if _KEY.fullmatch(text):  # No error quotes it.
        raise NameUnusable("name", "this may be a private key, and is no name", hint="write a name such as example.eth")
    small = text.lower() if text.isascii() else ""
    plain = small if _PLAIN.fullmatch(small) else _by_the_tables(text)
    name = Name(plain)
    if any(len(label.encode()) > 255 for label in name.labels):
        raise NameUnusable(text[:80], "a part of the name is longer than 255 bytes", hint="write a shorter name")
    if len(name.labels) < 2:
        raise NameUnusable(text, "this is a top-level name", hint="write the whole name, such as example.eth")
    return name


def as_host(name: str) -> str:
    """Return a name as browsers send it, with labels in other scripts as xn--. ENS itself does not use xn--."""
    labels = (label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in name.split("."))
    return ".".join(labels)


def as_url(name: str) -> str:
    """Return the URL at which a browser without IPFS finds a normalised name, or "" if there is none.

    Only .eth names have such a URL. The gateway uses the name as a part of its host name, so each label may have at
    most 63 characters.
    """
    host = as_host(name)
    if not host.endswith(".eth") or any(len(label) > LONGEST for label in host.split(".")):
        return ""
    return f"https://{host}.limo/"


def from_host(host: str) -> str:
    """Return the name for a host in the form that browsers send. It is the inverse of `as_host`.

    Raises NameUnusable if an xn-- label cannot be decoded.
    """
    try:
        return ".".join(
            label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
            for label in host.split(".")
        )
    except UnicodeError as error:
        raise NameUnusable(
            host[:80], "this is not a name: its xn-- part has no meaning", hint="correct the spelling"
        ) from error


def _by_the_tables(text: str) -> str:
    from ens.exceptions import InvalidName
    from ens.utils import normalize_name

    try:
        plain = str(normalize_name(text))
    except InvalidName as error:
        raise NameUnusable(text[:80], f"this is not a name: {error}", hint="correct it in publish.toml") from error
    if not plain:
        raise NameUnusable("name", "the name is empty", hint="write a name in publish.toml, such as example.eth")
    return plain
