"""What is never published by what it is called, whatever folder it lies in: keys, keystores, environment files."""

import re

from publisher.secrets.own_files import STATE

_KEPT = "a file that keys or passwords are kept in"

_NAMES = re.compile(
    r"(?s)\.env(?:rc|\..*)?|.*\.env|env|id_[^.]*|utc--.*"
    r"|[._](?:netrc|npmrc|pypirc|pgpass|htpasswd)|\.(?:git-credentials|dockercfg|boto|s3cfg|vault-token)"
)
_FIRST = frozenset("._eiu")
"""How all names above begin, but those that end with .env."""

_ENDINGS = (".env", ".ppk", ".kdbx", ".kdb", ".jks", ".jceks", ".keystore", ".p12", ".pfx")

_KEPT_BACK = frozenset({".git", ".hg", ".svn", ".bzr", STATE, ".ssh", ".gnupg", ".aws", ".DS_Store"})
"""Hidden names that are no part of any site: what a repository, a tool or this program keeps beside it."""

_FOLDERS = (".ssh/", ".gnupg/", ".aws/")
"""Of those, the folders that keys are kept in, as they stand in a path."""


def kept_back(name: str) -> bool:
    """Whether a file or folder of this name is left out even where hidden names are wanted."""
    return name in _KEPT_BACK


def secret_name(path: str) -> str:
    """What kind of secret a file is by its name; empty when the name says nothing."""
    name = path[path.rfind("/") + 1 :].lower()
    if name.endswith(_ENDINGS) or (name[:1] in _FIRST and _NAMES.fullmatch(name)):
        return _KEPT
    if "/." in path or path[:1] == ".":
        inside = f"/{path}"
        return _KEPT if any(f"/{folder}" in inside for folder in _FOLDERS) else ""
    return ""
