"""Decide which secret may be sent to which host.

A secret is the value of an environment variable that publish.toml names. Somebody else may change this file, for
example in a pull request. So the file alone never decides where a secret is sent:

- A value that signs is never sent. It is a private key or the password of a keystore.
- Every other secret is bound to hosts. If the variable `PUBLISH_X_HOST` is set, it lists the hosts for `PUBLISH_X`.
  Otherwise the secret is bound to the host at which it was first used. The folder of the journal records this host, and
  a person has to confirm any other host. A pipeline loses this folder, so it needs the list.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from publisher.errors import ConfigError, SecretWithheld, StateError
from publisher.fast_dataclass import dataclass

SUFFIX = "_HOST"
"""For the secret in the variable PUBLISH_X, the variable PUBLISH_X_HOST lists the hosts."""

FILE = "hosts.json"
"""The name of the record in the journal's folder. It contains {"PUBLISH_X": ["https://host:443"]}.

A variable that signs has an empty list.
"""

PORTS = {"http": 80, "https": 443}

SOCKET = "unix://"
"""The prefix of the path of a Unix socket."""

LONG = 16
"""A signing secret with at least this many characters is also searched for inside other values.

A shorter secret could be a part of any value by chance.
"""

HEX_KEY = 64
"""The number of hexadecimal digits in a private key."""

_THIS_MACHINE = {"127.0.0.1": "localhost", "::1": "localhost"}


@dataclass(frozen=True, slots=True)
class Host:
    """A host and port. For a Unix socket, `name` is its path and `port` is 0.

    `secure` is False if the connection is not encrypted.
    """

    name: str
    port: int
    secure: bool = True

    def __str__(self) -> str:
        if self.name.startswith("/"):
            return f"{SOCKET}{self.name}"
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"

    @property
    def url(self) -> str:
        """Return the host with its scheme, as the record has it."""
        return str(self) if self.name.startswith("/") else f"{'https' if self.secure else 'http'}://{self}"

    def covers(self, other: Host) -> bool:
        """Return whether a secret for this host may be sent to `other`.

        Both must have the same name and port. If this host is secure, `other` must be secure too.
        """
        return (self.name, self.port) == (other.name, other.port) and (other.secure or not self.secure)


Use = Literal["signing", "secret", "user", "address"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A key of publish.toml that names an environment variable."""

    name: str
    path: tuple[str, ...]
    """The keys of publish.toml that lead to the name of the variable, such as ("stores", "node", "token-env")."""
    use: Use
    """The use of the value. With "signing", it is a key or the password of a key, and is never sent."""

    @property
    def signs(self) -> bool:
        """Return whether the value is a signing key, or the password of one."""
        return self.use == "signing"


def host_of(url: str) -> Host:
    """Return the host of a URL. Raises ValueError if it has no host, or a scheme other than http, https and unix."""
    if url.startswith(f"{SOCKET}/"):
        return Host(url.removeprefix(SOCKET), 0)
    place = urlsplit(url)
    if place.scheme not in PORTS or not place.hostname:
        raise ValueError(f"not the URL of a host: {url}")
    return Host(_normal(place.hostname), place.port or PORTS[place.scheme], place.scheme == "https")


def parse_hosts(text: str) -> tuple[Host, ...]:
    """Return the hosts in the value of a `PUBLISH_X_HOST` variable: `name`, `name:port` or `unix:///path`.

    Commas separate the hosts. A name alone means port 443 with TLS. For a name with a port, connections without TLS are
    allowed too. Raises ValueError for an entry that is not a host.
    """
    return tuple(_listed(part.strip()) for part in text.split(",") if part.strip())


def variables_of(settings: Any, path: tuple[str, ...], signing: Iterable[str] = ()) -> Iterator[Variable]:
    """Yield the variables that a table of publish.toml names in a field `..._env` or in a text `env:PUBLISH_X`.

    `settings` is the dataclass of the table, and `path` has the keys that lead to the table. `signing` has the fields
    whose variables sign.
    """
    for each in dataclasses.fields(settings):
        value = getattr(settings, each.name)
        for text in value if isinstance(value, tuple) else (value,):
            if not isinstance(text, str):
                continue
            if not text.startswith("env:") and not (text and each.name.endswith("_env")):
                continue
            use: Use = "address" if text.startswith("env:") else "user" if each.name == "user_env" else "secret"
            use = "signing" if each.name in signing else use
            yield Variable(text.removeprefix("env:"), (*path, each.name.replace("_", "-")), use)


class HostRecord:
    """The record of the hosts to which each secret may be sent. It is a file in the folder of the journal."""

    def __init__(
        self, folder: Path, prepare: Callable[[Path], None], is_tracked: Callable[[Path], bool] = lambda file: False
    ) -> None:
        """Use the record in `folder`. `prepare` creates the folder before the first write.

        `is_tracked` returns whether git tracks a file. Anyone who commits to the repository can write such a file, so
        such a record is not used.
        """
        self._path = folder / FILE
        self._prepare = prepare
        self._is_tracked = is_tracked

    def hosts(self, variable: str) -> tuple[Host, ...] | None:
        """Return the hosts of a variable. Return () if the variable signs, and None if the record lacks it.

        Raises StateError if the record cannot be read, and SecretWithheld if git tracks it.
        """
        found = self._read().get(variable)
        return None if found is None else tuple(map(host_of, found))

    def add(self, variable: str, host: Host | None) -> None:
        """Add a host to the record of a variable. If `host` is None, record that the variable signs.

        Raises StateError if the record cannot be written, and SecretWithheld if git tracks it.
        """
        with self._errors():
            self._prepare(self._path.parent)
            with _locked(self._path.parent):
                known = self._read()
                known[variable] = sorted({*known.get(variable, []), host.url}) if host is not None else []
                fresh = self._path.with_suffix(".new")
                fresh.unlink(missing_ok=True)  # The file may be a symbolic link to another file.
                with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                    json.dump(known, file, indent=1, sort_keys=True)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(fresh, self._path)

    def _read(self) -> dict[str, list[str]]:
        with self._errors():
            try:
                data = json.loads(self._path.read_bytes())
            except FileNotFoundError:
                return {}
            if self._is_tracked(self._path):
                hint = f"run `git rm {self._path}`, or set PUBLISH_X{SUFFIX} beside each secret"
                what = f"{self._path} is in git, where other people may have changed it, so no secret is sent"
                raise SecretWithheld("secrets", what, hint=hint)
            for hosts in data.values():
                for each in hosts:
                    host_of(each)
            return dict(data)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        hint = f"set PUBLISH_X{SUFFIX} beside each secret, or correct .publish/{FILE}"
        try:
            yield
        except OSError as error:
            what = f"cannot use {FILE}: {error.strerror or type(error).__name__}"
            raise StateError("secrets", what, hint=hint) from error
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            raise StateError("secrets", f"{FILE} does not hold lists of hosts", hint=hint) from error


@dataclass(frozen=True, slots=True)
class Secrets:
    """Reads the variables that publish.toml names, and withholds each secret from hosts that were not confirmed."""

    env: Mapping[str, str]
    record: HostRecord
    signing: tuple[str, ...] = ()
    """The variables with which the site signs, for all its names."""
    is_signer: Callable[[bytes], bool] = lambda key: False
    """Returns whether a keystore of the site has this private key of 32 bytes."""
    confirm: Callable[[str], bool] | None = None
    """Asks a person a question and returns whether the answer is yes. It is None if no person can be asked."""
    log: Callable[[str], None] = lambda text: None
    keeps_record: bool = True
    """Whether the next run finds what this run records. If not, no new host gets the secret unless a list names it."""

    def read(self, variable: str) -> str:
        """Return the value of a variable. Raises ConfigError if it is not set."""
        value = self.env.get(variable, "")
        if not value:
            hint = f"export {variable}=… and run again"
            raise ConfigError("publish", f"the environment variable {variable} is not set", hint=hint)
        return value

    def signer(self, variable: str) -> str:
        """Return the value of a variable that signs. From then on, the record says that the value is never sent.

        Raises ConfigError if the variable is not set.
        """
        value = self.read(variable)
        # Without a usable record, a secret is sent only to the hosts that its PUBLISH_X_HOST lists, and a value that
        # signs is sent to no host. So this error can be ignored.
        with contextlib.suppress(StateError):
            if self.record.hosts(variable) != ():
                self.record.add(variable, None)
        return value

    def address(self, variable: str) -> str:
        """Return the address in a variable.

        Raises ConfigError if the variable is not set, and SecretWithheld if its value contains a signing key.
        """
        value = self.read(variable)
        if self._signs(value):
            raise _is_key(variable, "the host that the variable names")
        return value

    def credential(self, variable: str, url: str, also: Iterable[str] = ()) -> str:
        """Return the value of a variable that will be sent to the host of `url`. The first use records this host.

        `also` has the URLs of other hosts of the same service. If the secret may be sent to one of them, it may be sent
        to all. Raises ConfigError if the variable is not set, SecretWithheld if its value may not be sent to the host,
        and StateError if the host cannot be recorded.
        """
        value = self.read(variable)
        host, others = host_of(url), tuple(map(host_of, also))
        same = (host, *others) if host in others else (host,)
        if self._signs(value):
            raise _is_key(variable, str(host))
        if (listed := self.env.get(variable + SUFFIX)) is not None:
            self._check_listed(variable, value, listed, host, same)
            return value
        bound = self.record.hosts(variable)
        if bound == ():
            hint = (
                f"name another variable in publish.toml; if this one holds a token now, remove it from .publish/{FILE}"
            )
            raise SecretWithheld(
                variable,
                f"this variable contained a signing key of this site earlier, so it is not sent to {host}",
                hint=hint,
            )
        if bound is not None and any(one.covers(each) for one in bound for each in same):
            return value
        if _like_key_or_address(value):
            hint = f"if the value is a token of that host, set {variable}{SUFFIX}={host}"
            what = f"the value looks like a private key, a keystore or an address, so it is not sent to {host}"
            raise SecretWithheld(variable, what, hint=hint)
        if bound is not None:
            self._ask(variable, host, bound)
        elif not self.keeps_record:
            hint = f"if {host} is right, set {variable}{SUFFIX}={host} where the secret is kept"
            what = f"this secret is not sent to {host}: a pipeline needs a list of the hosts that may receive it"
            raise SecretWithheld(variable, what, hint=hint)
        self.record.add(variable, host)
        self.log(f"{variable} is sent to {host}, and from now on to no other host unless you confirm it")
        return value

    def _check_listed(self, variable: str, value: str, listed: str, host: Host, same: tuple[Host, ...]) -> None:
        """Raise SecretWithheld if the list `listed`, which overrides the record, does not allow the host."""
        if len(value) >= LONG and value.strip() in map(str.strip, listed.split(",")):
            hint = f"set {variable}{SUFFIX} to hosts, such as node.example.org"
            raise SecretWithheld(
                variable + SUFFIX, f"this variable holds the value of {variable}, not its hosts", hint=hint
            )
        try:
            hosts = parse_hosts(listed)
        except ValueError as error:
            hint = 'write "node.example.org" or "node.example.org:5001", separated by commas'
            raise SecretWithheld(variable + SUFFIX, str(error), hint=hint) from error
        if not any(one.covers(each) for one in hosts for each in same):
            known = f"names {', '.join(map(str, hosts))}" if hosts else "names no host"
            hint = f"correct the address in publish.toml, or set {variable}{SUFFIX} where the secret is kept"
            raise SecretWithheld(variable, f"this secret is not sent to {host}: {variable}{SUFFIX} {known}", hint=hint)

    def _ask(self, variable: str, host: Host, bound: tuple[Host, ...]) -> None:
        before = ", ".join(map(str, bound))
        question = f"{variable} was sent to {before} until now. Send it to {host} too?"
        if self.confirm is None:
            both = ",".join(map(str, (host, *bound)))  # The list overrides the record. So it needs all hosts in use.
            hint = f"if the new host is right, run on a terminal and confirm, or set {variable}{SUFFIX}={both}"
            what = f"this secret is not sent to {host}, which publish.toml names: the secret belongs to {before}"
            raise SecretWithheld(variable, what, hint=hint)
        if not self.confirm(question):
            raise SecretWithheld(
                variable,
                f"this secret is not sent to {host}: you did not confirm that host",
                hint="correct publish.toml",
            )

    def _signs(self, value: str) -> bool:
        """Return whether a value contains a key or a password with which the site signs."""
        plain = _plain(value)
        for variable in self.signing:
            own = _plain(self.env.get(variable, ""))
            if own and (own == plain or (len(own) >= LONG and own in plain)):
                return True
        return _is_hex_key(plain) and self.is_signer(bytes.fromhex(plain))


def _normal(name: str) -> str:
    """Return a host name in the form in which host names are compared: in lower case, with labels in Punycode (xn--).

    No other characters are replaced. An older standard replaced `faß` with `fass`, but now these are two names.
    """
    labels = unicodedata.normalize("NFC", name.lower().rstrip(".")).split(".")
    name = ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
    return _THIS_MACHINE.get(name, name)


def _plain(value: str) -> str:
    """Return a value in the form in which keys are compared: in lower case, without spaces around it and without 0x."""
    return value.strip().lower().removeprefix("0x")


def _listed(text: str) -> Host:
    if text.startswith(f"{SOCKET}/"):
        return host_of(text)
    # The error repeats the text only if it is a host alone. A user, a path or a query may be secret.
    alone = not re.search("[/?#@]", text)
    fault = f"{text!r} is no host" if alone else "one entry is no host: it has a user, a path or a query too"
    try:
        place = urlsplit(text if "://" in text else f"//{text}")
        port = place.port
    except ValueError:
        raise ValueError(fault) from None
    if place.scheme not in ("", *PORTS) or not place.hostname or place.path.strip("/") or place.query or "@" in text:
        raise ValueError(fault)
    secure = place.scheme == "https" or (not place.scheme and port is None)
    return Host(_normal(place.hostname), port or PORTS[place.scheme or "https"], secure)


def _is_hex_key(text: str) -> bool:
    return len(text) == HEX_KEY and all(char in "0123456789abcdef" for char in text)


def _like_key_or_address(value: str) -> bool:
    return _is_hex_key(_plain(value)) or "://" in value or _is_keystore(value)


def _is_keystore(value: str) -> bool:
    """Return whether a value looks like a keystore. Its key `crypto` may begin with a capital letter."""
    text = value.lower()
    return text.lstrip().startswith("{") and '"crypto"' in text


def _is_key(variable: str, where: str) -> SecretWithheld:
    hint = "give the token a variable and a value of its own; if that key was ever sent, use it no longer"
    what = f"this variable holds a key or password that this site signs with, so it is not sent to {where}"
    return SecretWithheld(variable, what, hint=hint)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
