"""Which secret may go to which host: what a server is really sent, whatever publish.toml says."""

import json
import os
import pty
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from publisher.cli import main
from publisher.errors import ConfigError, SecretWithheld, StateError
from publisher.journal.log import make_folder
from publisher.secrets.hosts import Host, HostRecord, Secrets, host_of, parse_hosts
from publisher.stores.kubo.address import address
from publisher.stores.pinning.presets import PRESETS
from tests.services.git import git
from tests.stores.fakeweb import FakeWeb, fake_web

Captured = pytest.CaptureFixture[str]

KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
PASSWORD = "correct horse battery staple"
TOKEN = "token-of-the-store"

NAMED = '[names.main]\nkind = "ens"\nname = "demo.eth"\nrpc = ["http://127.0.0.1:1"]\nsigner = "env:PUBLISH_KEY"\n'
KEYSTORE = NAMED.replace("env:PUBLISH_KEY", "keystore:key.json") + 'password-env = "PUBLISH_PASSWORD"\n'
FORMS = {
    "kubo": 'token-env = "{}"',
    "cluster": 'user-env = "PUBLISH_USER"\npassword-env = "{}"',
    "pinning": 'token-env = "{}"',
}
ROOT = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
COMMANDS = (
    ["--yes", "--skip-name"],
    ["status"],
    ["doctor"],
    ["verify", ROOT],
    ["prune", "--yes"],
    ["gateway", "--port", "0"],
)


def store(kind: str, url: str, variable: str = "PUBLISH_TOKEN") -> str:
    return f'[stores.far]\nkind = "{kind}"\napi = "{url}"\ntimeout = 2\n{FORMS[kind].format(variable)}\n'


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with fake_web() as one:
        yield one


@pytest.fixture
def other() -> Iterator[FakeWeb]:
    with fake_web() as one:
        yield one


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("PUBLISH_", "GITHUB_")):
            monkeypatch.delenv(name)
    values = {"PUBLISH_KEY": KEY, "PUBLISH_TOKEN": TOKEN, "PUBLISH_USER": "anna", "PUBLISH_PASSWORD": PASSWORD}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert call("init", ".") == 0
    return tmp_path


def configure(here: Path, *tables: str) -> None:
    (here / "publish.toml").write_text("\n".join(['[site]\ntitle = "A"', *tables]), encoding="utf-8")


def sent(web: FakeWeb) -> set[str]:
    """Every secret that a server was sent, basic authentication taken apart."""
    found = set()
    for asked in web.asked:
        kind, _, value = (asked.authorization or "").partition(" ")
        found |= set(b64decode(value).decode().split(":", 1)) if kind == "Basic" else {value} if value else set()
    return found


def recorded(here: Path) -> dict[str, list[str]]:
    known: dict[str, list[str]] = json.loads((here / ".publish/hosts.json").read_text())
    return known


# what signs


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_key_that_is_named_as_a_token_reaches_no_server(
    here: Path, web: FakeWeb, kind: str, words: Sequence[str], capsys: Captured
) -> None:
    configure(here, store(kind, web.url, "PUBLISH_KEY"), NAMED)
    assert call(*words) == 2
    assert not web.asked
    said = capsys.readouterr()
    assert "PUBLISH_KEY signs for names.main" in said.err + said.out
    assert KEY not in said.err + said.out


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        ([store("kubo", "http://127.0.0.1:1", "PUBLISH_PASSWORD"), KEYSTORE], "stores.far.token-env: PUBLISH_PASSWORD"),
        (['[stores.far]\nkind = "kubo"\napi = "env:PUBLISH_KEY"', NAMED], "stores.far.api: PUBLISH_KEY"),
        ([NAMED.replace('"http://127.0.0.1:1"', '"env:PUBLISH_KEY"')], "names.main.rpc: PUBLISH_KEY"),
        ([KEYSTORE.replace("keystore:key.json", "env:PUBLISH_PASSWORD")], "names.main.password-env: PUBLISH_PASSWORD"),
        (
            [NAMED, KEYSTORE.replace("main", "two").replace('"PUBLISH_PASSWORD"', '"PUBLISH_KEY"')],
            "names.two.password-env: PUBLISH_KEY",
        ),
    ],
)
def test_a_variable_that_signs_serves_nothing_else(here: Path, tables: list[str], fault: str, capsys: Captured) -> None:
    configure(here, *tables)
    assert call("check") == 2
    assert f"{fault} signs for names." in capsys.readouterr().err


def test_two_names_may_be_signed_with_one_key(here: Path) -> None:
    configure(here, NAMED, NAMED.replace("main", "two").replace("demo", "other"))
    assert call("check") == 0


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("value", [KEY, KEY[2:].upper(), f" {KEY[2:]}\n", f"Bearer {KEY}"])
def test_the_value_of_a_key_is_sent_nowhere_whatever_variable_it_came_from(
    here: Path, web: FakeWeb, kind: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("PUBLISH_TOKEN", value)
    monkeypatch.setenv("PUBLISH_TOKEN_HOST", str(host_of(web.url)))
    configure(here, store(kind, web.url), NAMED)
    for words in (["status"], ["doctor"]):
        assert call(*words) == 2
        assert "signs with" in "".join(capsys.readouterr())
    assert not web.asked


def test_the_password_of_a_keystore_is_sent_nowhere(
    here: Path, web: FakeWeb, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("PUBLISH_TOKEN", PASSWORD)
    configure(here, store("cluster", web.url), KEYSTORE)
    assert call("status") == 2
    assert not web.asked


@pytest.mark.parametrize("addressed", [True, False])
def test_the_key_of_a_keystore_is_known(
    here: Path, web: FakeWeb, addressed: bool, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    keystore = Account.encrypt(bytes.fromhex(KEY.removeprefix("0x")), PASSWORD, kdf="pbkdf2", iterations=2)
    if not addressed:
        del keystore["address"]
    (here / "key.json").write_text(json.dumps(keystore))
    monkeypatch.setenv("PUBLISH_TOKEN", KEY)
    monkeypatch.setenv("PUBLISH_TOKEN_HOST", str(host_of(web.url)))
    configure(here, store("kubo", web.url), KEYSTORE)
    assert call("status") == 2
    assert "signs with" in capsys.readouterr().err
    assert not web.asked


def test_an_end_point_whose_address_holds_the_key_is_not_asked(
    here: Path, web: FakeWeb, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("PUBLISH_RPC", f"{web.url}/{KEY[2:]}")
    configure(here, NAMED.replace('"http://127.0.0.1:1"', '"env:PUBLISH_RPC"'))
    assert call("status", "--no-build") == 2
    assert not web.asked
    assert KEY[2:] not in "".join(capsys.readouterr())


def test_a_key_whose_signer_is_gone_from_publish_toml_is_sent_nowhere(here: Path, web: FakeWeb) -> None:
    """As in a pipeline, where no journal says what the variable was before."""
    configure(here, store("kubo", web.url, "PUBLISH_KEY"))
    assert call("status") == 2
    assert not web.asked


def test_a_password_that_opened_a_keystore_here_is_no_token_later(tmp_path: Path) -> None:
    secrets = opened(tmp_path)
    assert secrets.signer("PUBLISH_PASSWORD") == PASSWORD
    with pytest.raises(SecretWithheld, match="this variable contained a signing key of this site earlier"):
        secrets.credential("PUBLISH_PASSWORD", "https://evil.example")


def test_a_keystore_whose_signer_is_gone_is_sent_only_to_a_host_that_is_listed(tmp_path: Path) -> None:
    keystore = json.dumps(Account.encrypt(bytes.fromhex(KEY[2:]), PASSWORD, kdf="pbkdf2", iterations=10))
    for value in (keystore, keystore.replace('"crypto"', '"Crypto"'), f" \n{keystore}"):
        secrets = opened(tmp_path, PUBLISH_TOKEN=value)
        with pytest.raises(SecretWithheld, match="looks like a private key"):
            secrets.credential("PUBLISH_TOKEN", "https://evil.example")


@pytest.mark.parametrize("variable", ["PUBLISH_PASSWORD", "PUBLISH_TOKEN"])
@pytest.mark.parametrize("form", FORMS)
def test_in_a_pipeline_no_host_of_publish_toml_is_the_first_one(
    here: Path, web: FakeWeb, form: str, variable: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merged change removed the signer from publish.toml. Now a store has the keystore's password as its token."""
    for name, value in {
        "CI": "true",
        "PUBLISH_PASSWORD": PASSWORD,
        "PUBLISH_TOKEN": TOKEN,
        "PUBLISH_USER": "me",
    }.items():
        monkeypatch.setenv(name, value)
    configure(here, store(form, web.url, variable))
    monkeypatch.setenv("PUBLISH_USER_HOST", str(host_of(web.url)))
    assert call("--yes", "--skip-name") == 2
    assert not sent(web)
    said = capsys.readouterr().err
    host = host_of(web.url)
    assert f"{variable}: this secret is not sent to {host}: a pipeline needs a list of the hosts" in said
    assert f"set {variable}_HOST={host}" in said
    monkeypatch.setenv(f"{variable}_HOST", str(host))
    call("--yes", "--skip-name")
    assert sent(web)


def test_a_runner_that_keeps_its_folder_keeps_its_hosts(tmp_path: Path) -> None:
    opened(tmp_path).credential("PUBLISH_TOKEN", "https://a.example")
    pipeline = replace(opened(tmp_path), keeps_record=False)
    assert pipeline.credential("PUBLISH_TOKEN", "https://a.example") == TOKEN
    with pytest.raises(SecretWithheld, match="the secret belongs to"):
        pipeline.credential("PUBLISH_TOKEN", "https://evil.example")


# hosts


@pytest.mark.parametrize("kind", FORMS)
def test_the_first_host_is_recorded_and_told_once(here: Path, web: FakeWeb, kind: str, capsys: Captured) -> None:
    configure(here, store(kind, web.url))
    call("status")
    assert f"PUBLISH_TOKEN is sent to {host_of(web.url)}" in capsys.readouterr().err
    assert TOKEN in sent(web)
    assert recorded(here)["PUBLISH_TOKEN"] == [host_of(web.url).url]
    assert TOKEN not in (here / ".publish/hosts.json").read_text()
    call("status")
    assert "PUBLISH_TOKEN is sent to" not in capsys.readouterr().err


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_another_host_than_the_first_is_sent_nothing(
    here: Path, web: FakeWeb, other: FakeWeb, kind: str, words: Sequence[str], capsys: Captured
) -> None:
    configure(here, store(kind, web.url))
    call("status")
    configure(here, store(kind, other.url))
    capsys.readouterr()
    assert call(*words, "--json") == 2
    assert not other.asked
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    told = json.dumps(answer)
    assert str(host_of(web.url)) in told
    assert str(host_of(other.url)) in told
    assert "PUBLISH_TOKEN_HOST" in told or "PUBLISH_USER_HOST" in told


@pytest.mark.parametrize("kind", FORMS)
def test_the_list_beside_the_secret_wins(
    here: Path, web: FakeWeb, other: FakeWeb, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    for name in ("PUBLISH_TOKEN", "PUBLISH_USER"):
        monkeypatch.setenv(f"{name}_HOST", f"node.example.org, {host_of(web.url)}")
    configure(here, store(kind, web.url))
    call("status")
    assert TOKEN in sent(web)
    assert not (here / ".publish/hosts.json").exists()
    configure(here, store(kind, other.url))
    capsys.readouterr()
    assert call("status") == 2
    assert not other.asked
    assert "names node.example.org:443, " in capsys.readouterr().err


@pytest.mark.parametrize("listed", ["", " , "])
def test_a_list_without_a_host_allows_none(
    here: Path, web: FakeWeb, listed: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("PUBLISH_TOKEN_HOST", listed)
    configure(here, store("kubo", web.url))
    assert call("status") == 2
    assert "names no host" in capsys.readouterr().err
    assert not web.asked


def on_terminal(here: Path, answer: str, *words: str) -> tuple[int, str]:
    """The real program on a terminal, with one answer typed; its exit code and what the terminal showed."""
    terminal, end = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", "from publisher.cli import main; main()", *words],
        cwd=here,
        stdin=end,
        stdout=end,
        stderr=end,
        close_fds=True,
    )
    os.close(end)
    os.write(terminal, f"{answer}\n".encode())
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # how Linux says that nobody has the other end open any more
        pass
    finally:
        os.close(terminal)
    return run.wait(30), shown.decode()


def test_a_person_is_asked_on_a_terminal(here: Path, web: FakeWeb, other: FakeWeb) -> None:
    configure(here, store("kubo", web.url))
    call("status")
    configure(here, store("kubo", other.url))
    code, shown = on_terminal(here, "n", "status")
    assert code == 2
    assert f"Send it to {host_of(other.url)} too?" in shown
    assert not other.asked
    code, shown = on_terminal(here, "y", "status")
    assert TOKEN in sent(other)
    assert recorded(here)["PUBLISH_TOKEN"] == sorted([host_of(web.url).url, host_of(other.url).url])


# the rules, one by one


def opened(folder: Path, signing: tuple[str, ...] = (), **env: str) -> Secrets:
    given = {"PUBLISH_KEY": KEY, "PUBLISH_PASSWORD": PASSWORD, "PUBLISH_TOKEN": TOKEN, **env}
    return Secrets(given, HostRecord(folder / ".publish", make_folder), signing)


@pytest.mark.parametrize(
    ("first", "then", "allowed"),
    [
        ("https://a.example", "https://a.example:443/other/path", True),
        ("https://a.example", "https://A.Example.", True),
        ("https://a.example", "https://a.example:444", False),
        ("https://a.example", "https://sub.a.example", False),
        ("https://a.example", "https://a.example.evil.example", False),
        ("https://a.example", "http://a.example:443", False),
        ("http://a.example", "https://a.example:80", True),
        ("http://127.0.0.1:5001", "http://localhost:5001", True),
        ("http://127.0.0.1:5001", "http://127.0.0.2:5001", False),
        ("https://bücher.example", "https://xn--bcher-kva.example", True),
        ("https://[2001:db8::1]:9094", "https://[2001:db8::1]:9094/x", True),
    ],
)
def test_a_host_is_its_name_and_its_port(tmp_path: Path, first: str, then: str, allowed: bool) -> None:
    secrets = opened(tmp_path)
    secrets.credential("PUBLISH_TOKEN", first)
    if allowed:
        assert secrets.credential("PUBLISH_TOKEN", then) == TOKEN
    else:
        with pytest.raises(SecretWithheld):
            secrets.credential("PUBLISH_TOKEN", then)


def test_the_hosts_of_a_known_service_count_as_one(tmp_path: Path) -> None:
    first, *others = PRESETS["pinata"].hosts
    assert others
    secrets = opened(tmp_path)
    secrets.credential("PUBLISH_TOKEN", first, PRESETS["pinata"].hosts)
    assert secrets.credential("PUBLISH_TOKEN", others[0], PRESETS["pinata"].hosts) == TOKEN
    with pytest.raises(SecretWithheld):  # an address in publish.toml beside `service` is no host of the service
        secrets.credential("PUBLISH_TOKEN", "https://evil.example", PRESETS["pinata"].hosts)


@pytest.mark.parametrize("value", [KEY, KEY[2:], KEY.upper().replace("0X", "0x"), "https://rpc.example/secret-key"])
def test_what_looks_like_a_key_or_an_address_goes_only_to_a_host_that_is_listed(tmp_path: Path, value: str) -> None:
    with pytest.raises(SecretWithheld, match="looks like"):
        opened(tmp_path, PUBLISH_TOKEN=value).credential("PUBLISH_TOKEN", "https://a.example")
    listed = opened(tmp_path, PUBLISH_TOKEN=value, PUBLISH_TOKEN_HOST="a.example")
    assert listed.credential("PUBLISH_TOKEN", "https://a.example") == value


def test_a_short_password_that_stands_in_another_text_by_chance_is_no_reason_to_withhold_it(tmp_path: Path) -> None:
    for length, withheld in ((15, False), (16, True)):
        own = "abcdefghijklmnop"[:length]
        secrets = opened(tmp_path, ("PUBLISH_PASSWORD",), PUBLISH_PASSWORD=own, PUBLISH_TOKEN=f"x{own}x")
        if withheld:
            with pytest.raises(SecretWithheld):
                secrets.credential("PUBLISH_TOKEN", "https://a.example")
        else:
            assert secrets.credential("PUBLISH_TOKEN", "https://a.example") == f"x{own}x"


def test_what_is_not_set_is_told(tmp_path: Path) -> None:
    secrets = Secrets({}, HostRecord(tmp_path, make_folder))
    for read in (secrets.signer, secrets.address, lambda name: secrets.credential(name, "https://a.example")):
        with pytest.raises(ConfigError, match="PUBLISH_TOKEN is not set"):
            read("PUBLISH_TOKEN")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"PUBLISH_TOKEN": "x"}', '{"PUBLISH_TOKEN": ["x"]}', "null"])
def test_a_damaged_record_is_told_and_no_secret_is_sent(tmp_path: Path, content: str) -> None:
    (tmp_path / ".publish").mkdir()
    (tmp_path / ".publish/hosts.json").write_text(content)
    with pytest.raises(StateError, match=r"hosts\.json"):
        opened(tmp_path).credential("PUBLISH_TOKEN", "https://a.example")


def test_two_runs_that_record_at_once_forget_nothing(tmp_path: Path) -> None:
    names = [f"PUBLISH_TOKEN_{number}" for number in range(40)]
    record = HostRecord(tmp_path / ".publish", make_folder)
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda name: record.add(name, Host("a.example", 443)), names))
    assert [record.hosts(name) for name in names] == [(Host("a.example", 443),)] * len(names)


def test_the_record_is_for_its_owner_alone_and_stays_out_of_git(tmp_path: Path) -> None:
    opened(tmp_path).credential("PUBLISH_TOKEN", "https://a.example")
    assert (tmp_path / ".publish").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".publish/hosts.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / ".publish/.gitignore").read_bytes() == b"*\n"


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("a.example", (Host("a.example", 443),)),
        ("a.example:9094", (Host("a.example", 9094, secure=False),)),
        ("https://a.example:9094/", (Host("a.example", 9094),)),
        ("[::1]:5001, A.example.,", (Host("localhost", 5001, secure=False), Host("a.example", 443))),
    ],
)
def test_a_list_of_hosts(text: str, hosts: tuple[Host, ...]) -> None:
    assert parse_hosts(text) == hosts


@pytest.mark.parametrize(
    "text", ["https://", "a.example/path", "a.example:x", "a.example:99999", "u@a.example", "ftp://a"]
)
def test_what_is_no_host_allows_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretWithheld, match="is no host"):
        opened(tmp_path, PUBLISH_TOKEN_HOST=text).credential("PUBLISH_TOKEN", "https://a.example")


# what only looks like the author's word


def test_a_record_that_came_with_a_pull_sends_no_secret_anywhere(
    here: Path, web: FakeWeb, other: FakeWeb, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(here, store("kubo", web.url))
    git(here, "init", "-q")
    git(here, "add", "-A")
    git(here, "commit", "-qm", "the site")
    call("status")
    assert TOKEN in sent(web)
    theirs = here.parent / "theirs"
    git(here.parent, "clone", "-q", str(here), str(theirs))
    configure(theirs, store("kubo", other.url))
    (theirs / ".publish").mkdir()
    (theirs / ".publish/hosts.json").write_text(json.dumps({"PUBLISH_TOKEN": [host_of(other.url).url]}))
    git(theirs, "add", "-A", "-f")
    git(theirs, "commit", "-qm", "a small change")
    git(here, "pull", "-q", str(theirs), "main")  # git writes over what it was told to ignore
    assert recorded(here)["PUBLISH_TOKEN"] == [host_of(other.url).url]
    capsys.readouterr()
    assert call("status") == 2
    assert not other.asked
    assert "hosts.json is in git" in capsys.readouterr().err
    monkeypatch.setenv("PUBLISH_TOKEN_HOST", str(host_of(other.url)))
    assert call("status") == 0
    assert TOKEN in sent(other)


def test_a_token_goes_to_the_socket_at_which_it_was_used_and_to_no_other(tmp_path: Path) -> None:
    secrets = opened(tmp_path)
    for _ in range(2):
        assert secrets.credential("PUBLISH_TOKEN", address("node", "/unix/run/kubo.sock").url) == TOKEN
    with pytest.raises(SecretWithheld, match=r"unix:///tmp/other\.sock.*unix:///run/kubo\.sock"):
        secrets.credential("PUBLISH_TOKEN", address("node", "/unix/tmp/other.sock").url)
    listed = opened(tmp_path, PUBLISH_TOKEN_HOST="unix:///tmp/other.sock")
    assert listed.credential("PUBLISH_TOKEN", address("node", "/unix/tmp/other.sock").url) == TOKEN


@pytest.mark.parametrize(
    ("own", "then"),
    [("https://fass.example", "https://faß.example"), ("https://good.example", "https://ｇood.example")],
)
def test_no_letter_of_a_host_is_taken_for_another(tmp_path: Path, own: str, then: str) -> None:
    secrets = opened(tmp_path)
    secrets.credential("PUBLISH_TOKEN", own)
    with pytest.raises(SecretWithheld):
        secrets.credential("PUBLISH_TOKEN", then)


@pytest.mark.parametrize("own", [KEY, KEY[2:], f"0X{KEY[2:].upper()}"])
@pytest.mark.parametrize("value", [KEY, KEY[2:], f"0X{KEY[2:]}"])
def test_a_key_is_known_in_every_spelling(tmp_path: Path, own: str, value: str) -> None:
    env = {"PUBLISH_KEY": own, "PUBLISH_TOKEN": value, "PUBLISH_TOKEN_HOST": "a.example"}
    with pytest.raises(SecretWithheld, match="signs with"):
        opened(tmp_path, ("PUBLISH_KEY",), **env).credential("PUBLISH_TOKEN", "https://a.example")


@pytest.mark.parametrize(
    "text", ["https://anna:pass-word@a.example", "https://a.example/pass-word", "a.example?pass-word", TOKEN]
)
def test_a_list_that_holds_a_secret_is_not_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretWithheld) as withheld:
        opened(tmp_path, PUBLISH_TOKEN_HOST=text).credential("PUBLISH_TOKEN", "https://a.example")
    for secret in ("pass-word", TOKEN):
        assert secret not in str(withheld.value) + withheld.value.hint


@pytest.mark.parametrize("host", [r"good\\evil", "a b", "a%2fb", "a^b", "a..b", ".", "a" * 64])
@pytest.mark.parametrize("kind", FORMS)
def test_an_address_whose_host_is_none_is_told_with_its_line(
    here: Path, kind: str, host: str, capsys: Captured
) -> None:
    configure(here, store(kind, f"http://{host}:5001"))
    assert call("status") == 2
    assert "publish.toml:5: stores.far: api: the address names no host" in capsys.readouterr().err


@pytest.mark.parametrize("host", [r"127.0.0.1\\@localhost", "localhost:1#", "x@localhost", "localhost?"])
def test_a_multiaddress_whose_host_is_none_is_told_with_its_line(here: Path, host: str, capsys: Captured) -> None:
    configure(here, store("kubo", f"/dns4/{host}/tcp/5001/http"))
    assert call("status") == 2
    assert "publish.toml:5: stores.far: api: the address names no host" in capsys.readouterr().err


def test_a_token_of_two_stores_goes_where_the_hint_says(
    here: Path, web: FakeWeb, other: FakeWeb, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    configure(here, store("pinning", web.url), store("pinning", other.url).replace("far", "near"))
    assert call("status") == 2
    hint = capsys.readouterr().err.partition("PUBLISH_TOKEN_HOST=")[2].split()[0]
    monkeypatch.setenv("PUBLISH_TOKEN_HOST", hint)
    assert call("status") == 0
    assert sent(web) == sent(other) == {TOKEN}


def test_the_record_is_written_through_no_link(tmp_path: Path) -> None:
    (tmp_path / ".publish").mkdir()
    (tmp_path / "own").write_text("own")
    (tmp_path / ".publish/hosts.new").symlink_to(tmp_path / "own")
    opened(tmp_path).credential("PUBLISH_TOKEN", "https://a.example")
    assert (tmp_path / "own").read_text() == "own"
    assert recorded(tmp_path) == {"PUBLISH_TOKEN": ["https://a.example:443"]}
