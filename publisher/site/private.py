"""What is never published, whatever folder it lies in: keys, keystores, environment files."""

import re

HEAD = 64 << 10
"""Bytes of a file that are looked at: keys are short, and a bundle begins with its own."""

_NAMES = re.compile(
    r"(?s).*\.env|\.env\..*|env|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|utc--.*"
    r"|\.(?:netrc|npmrc|pypirc|pgpass|htpasswd|git-credentials)"
)
_FIRST = frozenset(".eiu")
"""How all names above begin, but those that end with .env."""

_PEM = re.compile(rb"(?m)^\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
_DER = re.compile(rb"(?s)0(?:[\x00-\x7f]|\x81.|\x82..|\x83...)\x02\x01[\x00\x01\x03][\x02\x04\x30]")
"""A sequence that begins with a version: PKCS #1, #8 and #12, SEC 1. Certificates begin with another sequence."""

_STORES = (b"\xfe\xed\xfe\xed", b"\x03\xd9\xa2\x9a")
"""How a Java keystore and a KeePass database begin."""

_BARE = re.compile(rb"\s*(?:0x)?[0-9a-fA-F]{64}\s*")
_KEYSTORE = (re.compile(rb'(?i)"crypto"\s*:'), re.compile(rb'"ciphertext"\s*:'), re.compile(rb'(?i)"kdf"\s*:'))


_KEPT_BACK = frozenset({".git", ".hg", ".svn", ".bzr", ".publish", ".ssh", ".gnupg", ".aws", ".DS_Store"})
"""Hidden names that are no part of any site: what a repository, a tool or this program keeps beside it."""

_KEY = b"PRIVATE KEY"
"""What every key in PEM has. Its letters V, Y and K are rare, and to look for a letter takes a seventh of the time."""

_CIPHER = b"ciphertext"
"""What every keystore has: looked for first, in a sixth of the time."""


def kept_back(name: str) -> bool:
    """Whether a file or folder of this name is left out even where hidden names are wanted."""
    return name in _KEPT_BACK


def secret_name(path: str) -> str:
    """What kind of secret a file is by its name; empty when the name says nothing."""
    name = path[path.rfind("/") + 1 :].lower()
    if name[:1] not in _FIRST and not name.endswith(".env"):  # nearly all names there are
        return ""
    return "a file that keys or passwords are kept in" if _NAMES.fullmatch(name) else ""


def secret(data: bytes) -> str:
    """What kind of secret a file looks like by its first bytes; empty when it looks like none."""
    head = data[:HEAD]
    if b"V" in head and b"Y" in head and b"K" in head and _KEY in head and _PEM.search(head):
        return "a private key"
    if head.startswith(b"<"):  # a page; to search each to its end for a keystore would take most of the time
        return ""
    if _DER.match(head):
        return "a private key"
    if head.startswith(_STORES):
        return "a store of keys or passwords"
    if _BARE.fullmatch(head):
        return "64 hexadecimal digits and nothing else, like a private key"
    if _CIPHER in head and all(part.search(head) for part in _KEYSTORE):
        return "a keystore"
    return ""
