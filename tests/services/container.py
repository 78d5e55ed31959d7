"""Run the steps of a Containerfile in a root file system of Debian, without a container program.

The root is a tar file that `make services` makes with mmdebstrap, from the Debian that the file names. The steps run as
root of namespaces of their own. So they see their own root, their own processes, and the network of this machine.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.install import DEBIAN, cache

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CERTIFICATES = "/etc/test-certificates.pem"


@dataclass(frozen=True)
class Step:
    """One instruction of a Containerfile, such as `RUN` with its words."""

    name: str
    words: str


def steps(text: str) -> Iterator[Step]:
    """The instructions of a Containerfile; one that continues on the next line is one."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, words = line.partition(" ")
            yield Step(name, words.strip())


def debian_root() -> Path:
    """The tar file; the test is skipped where there is none, and fails with GAZETH_REQUIRE_SERVICES=1."""
    made = cache() / f"{DEBIAN}.tar"
    if made.exists():
        return made
    what = f"{made.name} is missing: install mmdebstrap, then run `make services`"
    if os.environ.get("GAZETH_REQUIRE_SERVICES") == "1":
        pytest.fail(what)
    pytest.skip(what)


def entrypoint(text: str) -> str:
    """The words of the last instruction ENTRYPOINT, as a shell reads them."""
    (words,) = (step.words for step in steps(text) if step.name == "ENTRYPOINT")
    return shlex.join(json.loads(words))


def script(containerfile: str, checkout: Path, base: Path, root: Path, env: Mapping[str, str]) -> str:
    """A shell script that unpacks `base` into the folder `root`, runs every step there, and then the entry point.

    The folder is empty at the end.
    `env` are variables for the steps: what a builder hands to them from outside, such as certificates of a proxy.
    """
    place, folder, variables = shlex.quote(str(root)), "/", {"PATH": PATH, "HOME": "/root", **env}
    lines = [
        "set -eu",
        # A folder of this machine that is still mounted there must not be emptied.
        f"trap 'umount -R {root}/dev {root}/proc && rm -rf --one-file-system {root}' EXIT",
        f"tar -x -f {shlex.quote(str(base))} -C {place} --exclude='./dev/*'",
        f"mount --rbind /dev {place}/dev",
        f"mount -t proc proc {place}/proc",
        f"cp /etc/resolv.conf {place}/etc/resolv.conf",
    ]
    lines += [f"cp {shlex.quote(file)} {place}{CERTIFICATES}" for file in {certificates()} - {""}]
    for step in steps(containerfile):
        if step.name == "WORKDIR":
            folder = step.words
            lines.append(f"mkdir -p {place}{folder}")
        elif step.name == "COPY":
            *sources, target = shlex.split(step.words)
            one = len(sources) == 1 and (checkout / sources[0]).is_dir()
            to = f"{place}{folder}/{target}"
            lines += [f"mkdir -p {to}"]
            lines += [f"cp -R {shlex.quote(str(checkout / each))}{'/.' if one else ''} {to}" for each in sources]
        elif step.name == "ENV":
            name, _, value = step.words.partition("=")
            variables[name] = value
        elif step.name == "RUN":
            given = " ".join(f"{name}={shlex.quote(value)}" for name, value in sorted(variables.items()))
            inside = shlex.quote(f"cd {folder}; {step.words}")
            lines.append(f"chroot {place} /usr/bin/env -i {given} /bin/sh -c {inside}")
        elif step.name not in ("FROM", "ENTRYPOINT"):
            raise AssertionError(f"the test does not know {step.name}")
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in sorted(variables.items()))
    inside = shlex.quote(f"cd {folder}; {entrypoint(containerfile)} --version")
    return "\n".join([*lines, f"chroot {place} /usr/bin/env -i {given} /bin/sh -c {inside}"]) + "\n"


def certificates() -> str:
    """The certificates that pip is told to trust on this machine, or "" if it trusts its own."""
    told = subprocess.run(["pip", "config", "get", "global.cert"], capture_output=True, text=True, check=False)
    return os.environ.get("PIP_CERT") or told.stdout.strip()


def build(containerfile: Path, base: Path, root: Path, seconds: float) -> "subprocess.CompletedProcess[str]":
    """Run every step. The result has what the steps printed."""
    env = {"PIP_CERT": CERTIFICATES} if certificates() else {}
    env |= {
        name: value for name, value in os.environ.items() if re.fullmatch(r"(?i)(https?|no)_proxy|PIP_INDEX_URL", name)
    }
    text = script(containerfile.read_text(), containerfile.parent, base, root, env)
    users = [] if os.geteuid() == 0 else ["--map-root-user", "--map-auto"]
    command = ["unshare", *users, "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", text]
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False
    )


def may_unshare() -> bool:
    """Whether this user may make namespaces of his own."""
    if not shutil.which("unshare"):
        return False
    users = [] if os.geteuid() == 0 else ["--map-root-user", "--map-auto"]
    return not subprocess.run(["unshare", *users, "--mount", "true"], capture_output=True, check=False).returncode
