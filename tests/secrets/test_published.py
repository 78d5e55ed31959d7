"""No command publishes a secret: folders, CAR files and roots are searched as a build is."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Cid
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import LEGACY, MODERN, PROFILES, Link, Profile, add_file, add_symlink
from publisher.errors import ContentError
from publisher.intake.archive import add_car
from publisher.intake.folder import WHOLE, add_folder
from publisher.intake.secret_scan import run_in_child_searched, secrets_below
from publisher.secrets.scan import SecretSearch
from publisher.secrets.values import values_of
from tests.secrets.samples import AGE, KEY, KEYSTORE, PUTTY, TOKEN, pem
from tests.stores.sites import Blocks

TOML = """
[site]
title = "Example"

[stores.node]
kind = "embedded"

[stores.cluster]
kind = "cluster"
user-env = "PUBLISH_USER"
password-env = "PUBLISH_PASSWORD"

[stores.service]
kind = "pinning"
api = "env:PUBLISH_API"
token-env = "PUBLISH_TOKEN"

[names.main]
kind = "ens"
name = "example.eth"
rpc = ["https://rpc.example.org", "env:PUBLISH_RPC"]
signer = "env:PUBLISH_KEY"
"""
ENV = {
    "PUBLISH_USER": "publisher-of-example",
    "PUBLISH_PASSWORD": "correct horse & battery",
    "PUBLISH_API": "https://pins.example.org/psa/0a1b2c3d4e5f60718293",
    "PUBLISH_TOKEN": TOKEN,
    "PUBLISH_RPC": "https://mainnet.example.org/v3/0123456789abcdef0123456789abcdef",
    "PUBLISH_KEY": f"0x{KEY}",
    "PUBLISH_OTHER": "not-named-in-the-configuration",
}
LEAKS = {
    "PUBLISH_PASSWORD": "correct horse &amp; battery",
    "PUBLISH_PASSWORD, as base64": "Authorization: Basic cHVibGlzaGVyLW9mLWV4YW1wbGU6Y29ycmVjdCBob3JzZSAmIGJhdHRlcnk=",
    "PUBLISH_API": "0a1b2c3d4e5f60718293",
    "PUBLISH_TOKEN": f'const token = "{TOKEN}"',
    "PUBLISH_RPC": "https://mainnet.example.org/v3/0123456789abcdef0123456789abcdef",
    "PUBLISH_KEY": KEY.upper(),
}
FINE = {
    "user.html": ENV["PUBLISH_USER"],
    "hosts.html": "https://mainnet.example.org/ https://pins.example.org/psa https://rpc.example.org",
    "other.html": ENV["PUBLISH_OTHER"],
    "hash.txt": f"0x{KEY[::-1]}",
}
KEYS: Mapping[str, str | bytes] = {
    "behind.pem": "text\n" * 20_000 + pem(),
    "bom.pem": pem().encode("utf-8-sig"),
    "wide.pem": pem().encode("utf-16"),
    "border.bin": bytes((1 << 20) - 40) + pem().encode() + bytes(1 << 20),
    "large.bin": bytes(WHOLE + (1 << 20) - 40) + pem().encode(),
    "page.html": f"<p>A key</p><pre>{pem()}</pre>",
    "config.json": json.dumps({"key": pem()}),
    "mine.txt": PUTTY,
    "age.txt": AGE,
    "wallet.json": KEYSTORE,
    "posts/id_work": "x",
    "prod.env": "x",
    "me.ppk": "x",
    ".env": "x",
    ".env.local": "x",
    ".npmrc": "x",
}


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, data in {"index.html": "<h1>hello</h1>", **files}.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def publish(site: Path, *words: str, env: Mapping[str, str] = ENV) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from publisher.cli import main; main()", *words]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PUBLISH_")}
    done = subprocess.run(command, cwd=site, env={**plain, **env}, capture_output=True, text=True)
    for value in env.values():
        assert value not in done.stdout + done.stderr
    assert KEY not in done.stdout + done.stderr
    return done


def root_of(files: Mapping[str, str | bytes], blocks: Blocks, profile: Profile = MODERN) -> Cid:
    """As another tool would make it, which takes everything."""
    links: dict[str, Link | None] = {}
    for name, data in {"index.html": "<h1>hello</h1>", **files}.items():
        links[name] = add_file([data.encode() if isinstance(data, str) else data], profile, blocks.put)
    return add_tree(links, profile, blocks.put).cid


def archive(path: Path, files: Mapping[str, str | bytes], profile: Profile = MODERN) -> Path:
    blocks = Blocks()
    root = root_of(files, blocks, profile)
    path.write_bytes(b"".join(car.write([root], walk.reachable(blocks.get, root))))
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "publish.toml").write_text(TOML)
    return folder


@pytest.mark.parametrize("way", ["add out", "deploy out --skip-name --yes", "add out.car", "deploy out.car --yes"])
@pytest.mark.parametrize("named", LEAKS)
def test_every_value_that_is_configured_is_found_in_folders_and_car_files(site: Path, named: str, way: str) -> None:
    files = {**FINE, "posts/page.html": f"<p>first</p>\n<p>{LEAKS[named]}</p>"}
    write(site / "out", files)
    archive(site / "out.car", files)
    done = publish(site, *way.split())
    assert done.returncode == 3, done.stderr
    assert f"posts/page.html:2: the value of {named} must not be published; remove the value" in done.stderr
    assert done.stderr.count("must not be published") == 1
    kept = b"".join(file.read_bytes() for file in (site / ".publish").rglob("*") if file.is_file())
    assert LEAKS[named].encode() not in kept


def test_what_is_no_secret_is_added_with_all_variables_set_and_with_none(site: Path) -> None:
    write(site / "out", FINE)
    archive(site / "out.car", FINE)
    roots = {publish(site, "add", name, env=env).stdout for name in ("out", "out.car") for env in (ENV, {})}
    assert len(roots) == 1
    assert roots.pop().startswith("bafy")


def test_outside_a_site_shapes_are_found_and_values_are_not_known(tmp_path: Path) -> None:
    write(tmp_path / "out", {"a.html": f"<p>{TOKEN}</p>"})
    assert publish(tmp_path, "add", "out").returncode == 0
    write(tmp_path / "out", {"b.txt": pem()})
    assert "b.txt:1: a private key must not be published" in publish(tmp_path, "add", "out").stderr


def test_a_build_finds_a_value_that_was_set_since_the_last_one(site: Path) -> None:
    write(site, {"content/about.md": f"---\ntitle: About\n---\n\nThe token is {TOKEN}.\n", "out/x": ""})
    (site / "index.html").unlink()
    assert publish(site, "build", "-q", env={}).returncode == 0
    done = publish(site, "build")
    assert done.returncode == 3
    assert "content/about.md:5: the value of PUBLISH_TOKEN must not be published" in done.stderr
    assert publish(site, "check", "--json").returncode == 3
    assert publish(site, "build", "-q", env={}).returncode == 0


def paths(problems: list[str]) -> set[str]:
    return {problem.split(":")[0] for problem in problems}


@pytest.mark.parametrize("profile", PROFILES)
def test_keys_are_found_in_a_car_file_as_in_a_folder(tmp_path: Path, profile: str) -> None:
    with pytest.raises(ContentError) as in_folder:
        add_folder(write(tmp_path / "out", KEYS), PROFILES[profile], Blocks().put, lambda text: None, hidden=True)
    blocks = Blocks()
    with pytest.raises(ContentError) as in_car:
        add_car(archive(tmp_path / "out.car", KEYS, PROFILES[profile]), blocks.put, lambda text: None)
    assert {problem.path for problem in in_folder.value.problems} == KEYS.keys()
    assert in_car.value.problems == in_folder.value.problems
    assert not blocks.data


def test_a_key_that_is_cut_into_blocks_of_a_few_bytes_is_found(tmp_path: Path) -> None:
    blocks = Blocks()
    small = replace(MODERN, chunk_size=7)
    root = root_of({"a": pem(size=60) + TOKEN}, blocks, small)
    found = secrets_below(blocks.get, root, SecretSearch(tuple(values_of("PUBLISH_TOKEN", "secret", TOKEN))))
    assert [problem.what.partition(" must")[0] for problem in found] == ["a private key", "the value of PUBLISH_TOKEN"]


def test_a_file_that_is_linked_often_is_read_once_and_told_under_every_name(tmp_path: Path) -> None:
    blocks = Blocks()
    link = walk.resolve(blocks.get, root_of({"a.txt": pem()}, blocks), "a.txt")
    page = Link(link, 1)
    root = add_tree({f"{n}.txt": page for n in range(50)}, MODERN, blocks.put).cid
    read: list[Cid] = []

    def get(cid: Cid) -> bytes:
        read.append(cid)
        return blocks.get(cid)

    assert len(secrets_below(get, root, SecretSearch())) == 50
    assert read.count(link) == 1


@pytest.mark.parametrize("profile", [MODERN, LEGACY])
def test_a_value_in_the_target_of_a_symlink_or_in_a_name_is_found(tmp_path: Path, profile: Profile) -> None:
    search = SecretSearch(tuple(values_of("PUBLISH_TOKEN", "secret", TOKEN)))
    blocks = Blocks()
    link = add_symlink(f"{TOKEN}.html".encode(), profile, blocks.put)
    page = add_file([b"x"], profile, blocks.put)
    root = add_tree({"link": link, f"{TOKEN}.html": page, f"{TOKEN}/x": page}, profile, blocks.put).cid
    masked = "(the value of PUBLISH_TOKEN)"
    wanted = {"link", f"{masked}.html", f"{masked}/x"}
    assert {problem.path for problem in secrets_below(blocks.get, root, search)} == wanted
    out = write(tmp_path / "out", {f"{TOKEN}.html": "x", f"{TOKEN}/x": "x"})
    (out / "link").symlink_to(f"{TOKEN}.html")
    (out / "beyond").symlink_to(f"../{TOKEN}")
    with pytest.raises(ContentError) as caught:
        add_folder(out, profile, Blocks().put, lambda text: None, search=search)
    assert {problem.path for problem in caught.value.problems} == wanted | {"beyond"}
    assert TOKEN not in repr(caught.value.problems)


def test_a_root_is_searched_before_it_is_deployed_and_once_for_the_same_values(site: Path) -> None:
    write(site, {"content/about.md": f"---\ntitle: About\n---\n\nThe token is {TOKEN}.\n"})
    built = publish(site, "build", env={}).stdout.strip()
    words = ("deploy", built, "--skip-name", "--dry-run")
    done = publish(site, *words)
    assert done.returncode == 3
    assert "about/index.html:" in done.stderr
    assert "the value of PUBLISH_TOKEN must not be published" in done.stderr
    only = {name: value for name, value in ENV.items() if name != "PUBLISH_TOKEN"}
    assert "must not be published" not in publish(site, *words, env=only).stderr


def test_a_page_of_a_file_that_was_let_through_is_deployed_by_its_root(site: Path) -> None:
    write(site, {"content/about.md": f"---\ntitle: About\n---\n\n```\n{pem()}```\n"})
    assert "content/about.md:6: a private key must not be published" in publish(site, "build", env={}).stderr
    (site / "publish.toml").write_text(
        '[site]\ntitle = "x"\n[stores.a]\nkind = "embedded"\n[secrets]\nallow = ["content/about.md"]\n'
    )
    built = publish(site, "build", "--car", "site.car")
    assert built.returncode == 0, built.stderr
    assert publish(site, "deploy", built.stdout.strip(), "--yes").returncode == 0
    refused = publish(site, "deploy", "site.car", "--yes").stderr
    assert "about/index.html:" in refused
    assert 'allow = ["about/index.html"] under [secrets]' in refused


def test_a_file_of_a_folder_that_is_let_through_is_added_and_its_values_are_not(site: Path) -> None:
    (site / "publish.toml").write_text(f'{TOML}\n[secrets]\nallow = ["posts/key.html", "id_x", "large.bin"]\n')
    files: dict[str, str | bytes] = {
        "posts/key.html": f"<pre>{pem()}",
        "id_x": "x",
        "large.bin": bytes(WHOLE) + pem().encode() + bytes(WHOLE),
    }
    write(site / "out", files)
    archive(site / "out.car", files)
    assert publish(site, "add", "out").stdout == publish(site, "add", "out.car").stdout != ""
    write(site / "out", {"posts/key.html": f"<pre>{pem()}{TOKEN}"})
    done = publish(site, "add", "out")
    assert done.returncode == 3
    assert "[secrets] cannot allow a value" in done.stderr


@pytest.mark.parametrize("entry", ["", "/etc/x", "./content/x.md", "content/keys/", "../x"])
def test_an_entry_that_is_no_path_of_a_file_is_a_fault_of_the_configuration(site: Path, entry: str) -> None:
    (site / "publish.toml").write_text(f'{TOML}\n[secrets]\nallow = ["{entry}"]\n')
    done = publish(site, "check")
    assert done.returncode == 2
    assert "secrets.allow" in done.stderr


def test_blocks_are_searched_by_who_takes_them_and_none_is_put_with_a_secret() -> None:
    blocks = Blocks()
    calls: list[bool] = []

    def make(emit: object, watched: bool) -> int:
        calls.append(watched)
        add_file([b"<p>fine"], MODERN, emit)  # type: ignore[arg-type]
        add_file([f"<p>{TOKEN}".encode()], MODERN, emit)  # type: ignore[arg-type]
        return len(calls)

    def put(batch: object) -> None:
        for block in batch:  # type: ignore[attr-defined]
            blocks.put(block)

    search = SecretSearch(tuple(values_of("PUBLISH_TOKEN", "secret", TOKEN)))
    assert run_in_child_searched(make, put, SecretSearch()) == 1
    assert len(blocks.data) == 2
    calls.clear()
    blocks.data.clear()

    def refusing(emit: object, watched: bool) -> int:
        if not watched:
            raise ContentError("out", [])
        return make(emit, watched)

    with pytest.raises(ContentError):
        run_in_child_searched(refusing, put, search)
    assert not any(TOKEN.encode() in data for data in blocks.data.values())
