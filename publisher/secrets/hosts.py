"""Which secret may be sent to which host.

A secret is the value of an environment variable that publish.toml names. The file may change without its author, as in
a pull request. So the file alone never decides where a secret is sent:

- A value that signs, which is a private key or the password of a keystore, is never sent.
- Every other secret is bound to hosts: to those that `PUBLISH_X_HOST` lists beside `PUBLISH_X`, otherwise to the host
  at which it was first used. That host is recorded in the journal's folder, and a person has to confirm another one.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from publisher.errors import ConfigError, SecretWithheld, StateError

SUFFIX = "_HOST"
"""Added to the name of a variable, it names the variable that lists its hosts."""

FILE = "hosts.json"
"""The file in the journal's folder: {"PUBLISH_X": ["https://host:443"]}; an empty list for a variable that signs."""

PORTS = {"http": 80, "https": 443}

SOCKET = "unix://"
"""The prefix of the path of a socket."""

LONG = 16
"""Characters.

A signing secret of at least this length is also sought within other values; shorter ones occur anywhere.
"""

HEX_KEY = 64
"""Hexadecimal digits of a private key."""

_THIS_MACHINE = {"127.0.0.1": "localhost", "::1": "localhost"}


@dataclass(frozen=True, slots=True)
class Host:
    """A host and port; for a socket of this machine its path, and port 0.

    `secure` is False if what is sent there may be read on its way.
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
        """The host with its scheme, as it is recorded."""
        return str(self) if self.name.startswith("/") else f"{'https' if self.secure else 'http'}://{self}"

    def covers(self, other: Host) -> bool:
        """Return whether a secret for this host may go to the other: the same host and port, and no less secure."""
        return (self.name, self.port) == (other.name, other.port) and (other.secure or not self.secure)


Use = Literal["signing", "secret", "user", "address"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A key of publish.toml that names an environment variable."""

    name: str
    path: tuple[str, ...]
    """Where it is named: ("stores", "node", "token-env")."""
    use: Use
    """What its value is. "signing" is a key or the password of one, and is never sent."""

    @property
    def signs(self) -> bool:
        """Whether its value signs, or opens what signs."""
        return self.use == "signing"


def host_of(url: str) -> Host:
    """Return the host that a URL with a scheme leads to. Raises ValueError if it has none."""
    if url.startswith(f"{SOCKET}/"):
        return Host(url.removeprefix(SOCKET), 0)
    place = urlsplit(url)
    if place.scheme not in PORTS or not place.hostname:
        raise ValueError(f"not the URL of a host: {url}")
    return Host(_normal(place.hostname), place.port or PORTS[place.scheme], place.scheme == "https")


def parse_hosts(text: str) -> tuple[Host, ...]:
    """Parse a `PUBLISH_X_HOST` variable: `name`, `name:port` or `unix:///path`, separated by commas.

    A name alone means port 443 over TLS. With a port, connections without TLS are allowed too. Raises ValueError.
    """
    return tuple(_listed(part.strip()) for part in text.split(",") if part.strip())


def variables_of(settings: Any, path: tuple[str, ...], signing: Iterable[str] = ()) -> Iterator[Variable]:
    """Yield the variables that a table of publish.toml names, by a field `..._env` or a text `env:PUBLISH_X`.

    `settings` is the table as a dataclass, `path` the way to it. `signing` are the fields whose variables sign.
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
    """The hosts at which each secret was first used, as a file in the journal's folder. It holds no secret."""

    def __init__(
        self, folder: Path, prepare: Callable[[Path], None], is_tracked: Callable[[Path], bool] = lambda file: False
    ) -> None:
        """Use the record in `folder`. `prepare` creates that folder before the first write, as the journal does.

        `is_tracked` says whether version control keeps a file: then anyone who commits may have written it.
        """
        self._path = folder / FILE
        self._prepare = prepare
        self._is_tracked = is_tracked

    def hosts(self, variable: str) -> tuple[Host, ...] | None:
        """Return the hosts of a variable: none if it signs, None if it was not used yet.

        Raises StateError if the record cannot be read, and SecretWithheld if git keeps it.
        """
        found = self._read().get(variable)
        return None if found is None else tuple(map(host_of, found))

    def add(self, variable: str, host: Host | None) -> None:
        """Record one more host; None for a variable that signs. Raises StateError if it cannot be written.

        Raises SecretWithheld if git keeps the record.
        """
        with self._errors():
            self._prepare(self._path.parent)
            with _locked(self._path.parent):
                known = self._read()
                known[variable] = sorted({*known.get(variable, []), host.url}) if host is not None else []
                fresh = self._path.with_suffix(".new")
                fresh.unlink(missing_ok=True)  # it may be a link that was put there
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
    """Reads the variables that publish.toml names, and withholds each from hosts that were not confirmed."""

    env: Mapping[str, str]
    record: HostRecord
    signing: tuple[str, ...] = ()
    """The variables that sign, of all names of the site."""
    is_signer: Callable[[bytes], bool] = lambda key: False
    """Returns whether a 32-byte private key is one that the site signs with from a keystore."""
    confirm: Callable[[str], bool] | None = None
    """Asks a person; None if no person can be asked."""
    log: Callable[[str], None] = lambda text: None

    def read(self, variable: str) -> str:
        """Return the value of a variable. Raises ConfigError if it is not set."""
        value = self.env.get(variable, "")
        if not value:
            hint = f"export {variable}=… and run again"
            raise ConfigError("publish", f"the environment variable {variable} is not set", hint=hint)
        return value

    def signer(self, variable: str) -> str:
        """Return the value of a variable that signs; it is never sent from then on.

        Raises ConfigError if it is not set.
        """
        value = self.read(variable)
        with contextlib.suppress(StateError):  # if nothing can be recorded, nothing can be forgotten either
            if self.record.hosts(variable) != ():
                self.record.add(variable, None)
        return value

    def address(self, variable: str) -> str:
        """Return the address in a variable. Raises ConfigError, and SecretWithheld if it holds a signing key."""
        value = self.read(variable)
        if self._signs(value):
            raise _is_key(variable, "the address in it")
        return value

    def credential(self, variable: str, url: str, also: Iterable[str] = ()) -> str:
        """Return the value of a variable that will be sent to the host of a URL.

        `also` are URLs of further hosts of the same service, which count as one. Raises ConfigError if the variable is
        not set, SecretWithheld if its value may not be sent there, and StateError if the host cannot be recorded.
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
                variable, f"this variable signed for this site, so it is not sent to {host}", hint=hint
            )
        if bound is not None and any(one.covers(each) for one in bound for each in same):
            return value
        if _like_key_or_address(value):
            hint = f"if the value is a token of that host, set {variable}{SUFFIX}={host}"
            what = f"the value looks like a private key or an address, so it is not sent to {host}"
            raise SecretWithheld(variable, what, hint=hint)
        if bound is not None:
            self._ask(variable, host, bound)
        self.record.add(variable, host)
        self.log(f"{variable} is sent to {host}, and from now on to no other host unless you confirm it")
        return value

    def _check_listed(self, variable: str, value: str, listed: str, host: Host, same: tuple[Host, ...]) -> None:
        """Check the list of hosts, which overrides the record and publish.toml. Raises SecretWithheld."""
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
            both = ",".join(map(str, (host, *bound)))  # a list wins over the record, so it needs all that are in use
            hint = f"if the new host is right, run on a terminal and confirm, or set {variable}{SUFFIX}={both}"
            what = f"this secret is not sent to {host}, which publish.toml names: it belongs to {before}"
            raise SecretWithheld(variable, what, hint=hint)
        if not self.confirm(question):
            raise SecretWithheld(
                variable,
                f"this secret is not sent to {host}: you did not confirm that host",
                hint="correct publish.toml",
            )

    def _signs(self, value: str) -> bool:
        """Return whether a value, from whatever variable, holds what the site signs with."""
        plain = _plain(value)
        for variable in self.signing:
            own = _plain(self.env.get(variable, ""))
            if own and (own == plain or (len(own) >= LONG and own in plain)):
                return True
        return _is_hex_key(plain) and self.is_signer(bytes.fromhex(plain))


def _normal(name: str) -> str:
    """Return a host in the one form in which hosts are compared, with its labels as xn--.

    No characters are mapped: `faß` was `fass` in an older standard and is a name of its own for clients.
    """
    labels = unicodedata.normalize("NFC", name.lower().rstrip(".")).split(".")
    name = ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
    return _THIS_MACHINE.get(name, name)


def _plain(value: str) -> str:
    """Return a value in the one form in which keys are compared."""
    return value.strip().lower().removeprefix("0x")


def _listed(text: str) -> Host:
    if text.startswith(f"{SOCKET}/"):
        return host_of(text)
    # Quoted only if it is a bare host: a user, a path or a query may hold a secret.
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
    return _is_hex_key(_plain(value)) or "://" in value


def _is_key(variable: str, where: str) -> SecretWithheld:
    hint = "give the token a variable and a value of its own; if that key was ever sent, use it no longer"
    return SecretWithheld(
        variable, f"this variable holds what this site signs with, so it is not sent to {where}", hint=hint
    )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
