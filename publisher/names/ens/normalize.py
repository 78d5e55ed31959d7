"""Names as they are normalised, hashed and encoded: ENSIP-15, EIP-137, and the labels of DNS.

Loading the tables of ENSIP-15 takes longer than asking the chain, so plain names, which the tables do not change, skip
them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.errors import NameUnusable
from publisher.names.ens.abi import keccak

# "--" as third and fourth character is reserved for xn-- and its like, which ENSIP-15 refuses.
_PLAIN = re.compile(r"(?:(?!..--)[a-z0-9-]+)(?:\.(?!..--)[a-z0-9-]+)*")

LONGEST = 63
"""Characters of a label in DNS: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4."""


@dataclass(frozen=True, slots=True)
class Name:
    """A normalised name, in the forms that contracts take."""

    text: str

    @property
    def labels(self) -> list[str]:
        """The labels, the outermost last."""
        return self.text.split(".")

    @property
    def node(self) -> bytes:
        """The namehash (EIP-137): 32 bytes by which the registry and resolvers know the name."""
        node = bytes(32)
        for label in reversed(self.labels):
            node = keccak(node + keccak(label.encode()))
        return node

    @property
    def dns(self) -> bytes:
        """Each label after its length in bytes, then a zero: the form for the Universal Resolver."""
        return b"".join(bytes([len(label.encode())]) + label.encode() for label in self.labels) + b"\0"

    def parent_at(self, offset: int) -> str:
        """Return the ancestor that begins at this byte of the DNS form."""
        place, labels = 0, self.labels
        while labels and place < offset:
            place += len(labels.pop(0).encode()) + 1
        return ".".join(labels)


def normalise(text: str) -> Name:
    """Return the normalised form of any ENS name, not only .eth. Raises NameUnusable that says what is wrong."""
    small = text.lower() if text.isascii() else ""
    plain = small if _PLAIN.fullmatch(small) else _by_the_tables(text)
    name = Name(plain)
    if any(len(label.encode()) > 255 for label in name.labels):
        raise NameUnusable(text[:80], "a part of the name is longer than 255 bytes", hint="write a shorter name")
    if len(name.labels) < 2:
        raise NameUnusable(text, "this is a top-level name", hint="write the whole name, such as example.eth")
    return name


def as_host(name: str) -> str:
    """Return a name as browsers send it: labels in other scripts as xn--, which ENS itself does not know."""
    labels = (label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in name.split("."))
    return ".".join(labels)


def as_url(name: str) -> str:
    """Return the address at which a browser without IPFS finds a normalised name, or an empty string.

    A gateway serves .eth names below its own host, where a label has at most 63 characters.
    """
    host = as_host(name)
    if not host.endswith(".eth") or any(len(label) > LONGEST for label in host.split(".")):
        return ""
    return f"https://{host}.limo/"


def from_host(host: str) -> str:
    """Return the name that a browser's host means: the inverse of `as_host`. Raises NameUnusable."""
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
