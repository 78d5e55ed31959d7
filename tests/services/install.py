"""Build or install the real services that the tests run against, into a cache folder, once a machine.

install.py            Kubo, IPFS Cluster, the Versity S3 gateway, act, actionlint, anvil with the ENS
                      contracts, the contracts of Safe, a root file system of Debian, and Chromium, zsh, fish and
                      mmdebstrap where apt-get may install them
install.py --lint D   actionlint over the workflows in D, where it is at hand
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
GO = {
    "kubo": ("ipfs", "github.com/ipfs/kubo/cmd/ipfs"),
    "cluster": ("ipfs-cluster-service", "github.com/ipfs-cluster/ipfs-cluster/cmd/ipfs-cluster-service"),
    "s3": ("versitygw", "github.com/versity/versitygw/cmd/versitygw"),
    "act": ("act", "github.com/nektos/act"),
    "actionlint": ("actionlint", "github.com/rhysd/actionlint/cmd/actionlint"),
}

DEBIAN = "trixie"
"""The Debian of the Containerfile."""

PACKAGES = ("ca-certificates", "python3-venv")
"""What the Containerfile installs there. With it in the tar file, its test takes less than half of the time."""


def cache() -> Path:
    """The folder of the services: GAZETH_SERVICES, else below the user's cache folder."""
    if chosen := os.environ.get("GAZETH_SERVICES"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazeth" / "services"


def stamp(module: Path) -> str:
    """What a build was made from: another lock file means to build again."""
    return "".join(
        (module / name).read_text() for name in ("go.mod", "go.sum", "package-lock.json") if (module / name).exists()
    )


def fresh(name: str, module: Path) -> bool:
    seen = cache() / f"{name}.made-from"
    return seen.exists() and seen.read_text() == stamp(module)


def made(name: str, module: Path) -> None:
    (cache() / f"{name}.made-from").write_text(stamp(module))


def lacking(what: str) -> None:
    """Say what is missing; where nothing may be skipped it is the end."""
    if os.environ.get("GAZETH_REQUIRE_SERVICES") == "1":
        sys.exit(what)
    print(f"{what}; tests that use it will be skipped")


def build_go(name: str, package: str, module: Path) -> None:
    """One program of a Go module whose version and checksums are committed."""
    target = cache() / name
    if target.exists() and fresh(name, module):
        return
    if not shutil.which("go"):
        lacking(f"{name}: needs Go")
        return
    print(f"{name}: building (a few minutes the first time)", flush=True)
    command = ["go", "build", "-mod=readonly", "-o", str(target), package]
    subprocess.run(command, cwd=module, check=True, stdin=subprocess.DEVNULL)
    made(name, module)


def install_npm(name: str) -> None:
    """Packages from npm, by a lock file: `chain` is anvil and the contracts of ENS, `safe` the contracts of Safe."""
    module, target = HERE / name, cache() / name
    if (target / "node_modules").is_dir() and fresh(name, module):
        return
    if not shutil.which("npm"):
        lacking(f"{name}: needs Node.js with npm")
        return
    target.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(module / file, target / file)
    # The contracts of Safe name ethers as a peer, for scripts that are not run here.
    command = ["npm", "ci", "--legacy-peer-deps", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=target, check=True, stdin=subprocess.DEVNULL)
    made(name, module)


def install_packages() -> None:
    """Chromium with its driver, the shells of the completion, and mmdebstrap.

    They are installed where they are missing and this user may install.
    """
    packages = [] if has_browser() else ["chromium", "chromium-driver", "fonts-noto-cjk"]
    packages += [program for program in ("zsh", "fish", "mmdebstrap") if not shutil.which(program)]
    if not packages:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        lacking(f"browser, shells and mmdebstrap: install {', '.join(packages)}")
        return
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, env=env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def install_debian() -> None:
    """A root file system of the Debian that the Containerfile begins with, as a tar file."""
    target = cache() / f"{DEBIAN}.tar"
    if target.exists():
        return
    if not shutil.which("mmdebstrap"):
        lacking(f"{target.name}: needs mmdebstrap")
        return
    print(f"{target.name}: making (a minute or two)", flush=True)
    part = target.with_suffix(".part.tar")
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}", DEBIAN, str(part)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    part.rename(target)


def has_browser() -> bool:
    return bool(shutil.which("chromedriver") and (shutil.which("chromium") or shutil.which("google-chrome")))


def lint(folder: Path) -> int:
    """Actionlint over the workflows; said, not failed, where it is not installed."""
    program = cache() / "actionlint"
    if not program.exists():
        if os.environ.get("GAZETH_REQUIRE_SERVICES") == "1":
            print("actionlint is missing: run `make services`")
            return 1
        print("workflows not linted: run `make services` to get actionlint")
        return 0
    files = sorted(str(path) for path in folder.glob("*.yml"))
    return subprocess.run([str(program), *files], check=False, stdin=subprocess.DEVNULL).returncode


def main() -> int:
    if sys.argv[1:2] == ["--lint"]:
        return lint(Path(sys.argv[2]))
    cache().mkdir(parents=True, exist_ok=True)
    for module, (name, package) in GO.items():
        build_go(name, package, HERE / module)
    for name in ("chain", "safe"):
        install_npm(name)
    install_packages()
    install_debian()
    print(f"services are in {cache()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
