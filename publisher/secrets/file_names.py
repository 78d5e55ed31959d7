"""Find files that are never published because of their names: keys, keystores, environment files."""

import re

from publisher.secrets.own_files import STATE

_KEPT = "a file that keys or passwords are kept in"

_NAMES = re.compile(
    r"(?s)\.env(?:rc|\..*)?|.*\.env|env|id_[^.]*|utc--.*"
    r"|[._](?:netrc|npmrc|pypirc|pgpass|htpasswd)|\.(?:git-credentials|dockercfg|boto|s3cfg|vault-token)"
)
_FIRST = frozenset("._eiu")
"""The first characters of all names above, except those that end with .env."""

_ENDINGS = (".env", ".ppk", ".kdbx", ".kdb", ".jks", ".jceks", ".keystore", ".p12", ".pfx")

_KEPT_BACK = frozenset({".git", ".hg", ".svn", ".bzr", STATE, ".ssh", ".gnupg", ".aws", ".DS_Store"})
"""These hidden names are never part of a site. They are files of a repository, of a tool, or of this program."""

_FOLDERS = (".ssh/", ".gnupg/", ".aws/")
"""The beginnings of paths in those hidden folders that contain keys."""


def kept_back(name: str) -> bool:
    """Return whether a file or folder with this name is left out, also if other hidden names are included."""
    return name in _KEPT_BACK


def secret_name(path: str) -> str:
    """Return the kind of secret that the name of a file shows, or an empty string if it shows none."""
    name = path[path.rfind("/") + 1 :].lower()
    if name.endswith(_ENDINGS) or (name[:1] in _FIRST and _NAMES.fullmatch(name)):
        return _KEPT
    if "/." in path or path[:1] == ".":
        inside = f"/{path}"
        return _KEPT if any(f"/{folder}" in inside for folder in _FOLDERS) else ""
    return ""
