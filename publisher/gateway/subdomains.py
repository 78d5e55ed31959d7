"""Write and read CIDs, IPNS keys and names as one DNS label, as in `LABEL.ipfs.HOST` and `LABEL.ipns.HOST`.

See "DNS label limits" and `Host` in https://specs.ipfs.tech/http-gateways/subdomain-gateway/.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from publisher.dag import multibase
from publisher.dag.cid import IDENTITY, SHA2_256, Cid
from publisher.gateway.message import ResponseReady, plain

MAX_LABEL = 63
"""The largest number of characters of a label (RFC 1035). A longer CID cannot have a separate origin."""

MAX_NAME = 253
"""The largest number of characters of a host name (RFC 1035)."""

FOREIGN = "xn--"
_KEY = b"\x01\x72"
_LONGEST_KEY = 128
_LONGEST_CID = 300
_HYPHENS = re.compile("-+")
_NAME = re.compile(r"[a-z0-9_$-]+(?:\.[a-z0-9_$-]+)*")
"""Matches host names. `$` is allowed because ENS names may have it."""
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""Matches hosts that browsers read as IPv4 addresses. Their last label is a decimal, octal or hexadecimal number."""


_OTHER_BASES: Mapping[str, tuple[str, Callable[[str], bytes]]] = {
    "f": (r"[0-9a-f]+", bytes.fromhex),
    "F": (r"[0-9A-F]+", bytes.fromhex),
    "K": (r"[0-9A-Z]+", lambda text: multibase.decode36(text.lower())),
    "m": (r"[A-Za-z0-9+]+", lambda text: base64.b64decode(text + "=" * (-len(text) % 4))),
    "u": (r"[A-Za-z0-9_-]+", lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))),
}
"""Maps the prefix of each base that Cid.parse does not read to a pattern of its digits and to its decoder."""


@lru_cache(maxsize=1024)  # all pages of a site have the same CID in their URLs
def parsed(text: str) -> Cid:
    """Return the CID for its text, in any base that can be in a path. Raises ValueError if `text` is not a CID."""
    digits, decode = _OTHER_BASES.get(text[:1], ("", None))
    if decode is None or len(text) > _LONGEST_CID or not re.fullmatch(digits, text[1:]):
        return Cid.parse(text)
    try:
        cid = Cid.from_bytes(decode(text[1:]))
    except ValueError as error:
        raise ValueError(f"not a CID: {text!r}: {error}") from None
    if cid.version == 0:
        raise ValueError(f"not a CID: {text!r}: a CID of version 0 begins with Qm and has no base prefix")
    return cid


def cid(text: str) -> Cid:
    """Return the CID for its text. Raises ResponseReady with 400 if `text` is not a CID."""
    try:
        return parsed(text)
    except ValueError as error:
        raise ResponseReady(plain(400, str(error))) from error


@lru_cache(maxsize=1024)
def of_cid(root: Cid) -> str:
    """Return the label of a root, which is the CID in base32. Raises ResponseReady with 400 if it is too long."""
    return fitting(str(root.to_v1()), "CID")


def name(text: str) -> str:
    """Return a DNS or ENS name in lower case, without its final dot.

    Raises ResponseReady with 400 if `text` cannot be a host name. Such a text must not get into a Location header or a
    DNS query.
    """
    said = text.lower().removesuffix(".")
    if len(in_ascii(said)) > MAX_NAME:
        raise ResponseReady(plain(400, f"a name of more than {MAX_NAME} characters"))
    if not is_name(said):
        what = "a name has only letters, digits, `_`, `$`, hyphens and dots, and its last label is not a number"
        raise ResponseReady(plain(400, f"{text!r} is no name of a host: {what}"))
    return said


def is_name(text: str) -> bool:
    """Return whether a text can be a host name. A text whose last label is a number is an IPv4 address instead."""
    ascii_form = in_ascii(text)
    return bool(_NAME.fullmatch(ascii_form)) and not _NUMBER.fullmatch(ascii_form)


def of_name(name: str) -> str:
    """Return a name as one label, because a certificate for *.ipns.HOST covers only one label.

    A name that begins with xn-- keeps its labels, because browsers would misread the single label. Raises ResponseReady
    with 400 if a label is too long.
    """
    name = in_ascii(name)
    if name.startswith(FOREIGN):
        return ".".join(fitting(label, "name") for label in name.split("."))
    return fitting(name.replace("-", "--").replace(".", "-"), "name")


def in_ascii(name: str) -> str:
    """Return a name in the form for host names: labels in other scripts become xn-- labels (RFC 3492)."""
    if name.isascii():
        return name
    labels = unicodedata.normalize("NFC", name).split(".")
    return ".".join(label if label.isascii() else FOREIGN + label.encode("punycode").decode() for label in labels)


def names(label: str) -> tuple[str, ...]:
    """Return the names that a label may mean: the name that is encoded in it, and the label itself."""
    if "." in label or "-" not in label:
        return (label,)
    name = _HYPHENS.sub(lambda run: "-" * (len(run[0]) // 2) + "." * (len(run[0]) % 2), label)
    return (name, label)


def key(text: str) -> Cid | None:
    """Return the IPNS key for a text, or None if the text is a name.

    A key may be written as a CID of any codec, or as a multihash in base58.
    """
    if "." in text or len(text) > _LONGEST_KEY:
        return None
    try:
        raw = multibase.decode58(text) if text.startswith(("1", "Qm")) else parsed(text).to_v1().raw
        if text.startswith(("1", "Qm")):
            found = Cid.from_bytes(_KEY + raw)
            return found if found.hash_code in (IDENTITY, SHA2_256) else None
        codec = Cid(raw).codec
        start = 2 if codec < 128 else 3
        return Cid.from_bytes(_KEY + raw[start:])
    except ValueError:
        return None


def fitting(label: str, what: str) -> str:
    """Return `label` unchanged. Raises ResponseReady with 400 if it is too long. `what` names it in the message."""
    if len(label) > MAX_LABEL:
        said = f"{what} incompatible with DNS label length limit of {MAX_LABEL}: {label[:MAX_LABEL]}..."
        raise ResponseReady(plain(400, said))
    return label
