"""The doctor: what it finds on this machine, in publish.toml and at the services, and that it leaves all as it was."""

import fcntl
import io
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from publisher.cache.store import Cache
from publisher.cli.text.doctor import broken, lines
from publisher.dag.cid import Cid, Codec, Get, sha256
from publisher.doctor import machine
from publisher.doctor.run import EMPTY, Examination, examine, gateways, outside
from publisher.errors import BlockMissing, ConfigError, PublishError, StateError, StoreRefused
from publisher.findings import Finding, clocks, spell
from publisher.journal.events import Event, Finished, Mined, Sending, Settled, Signed, Unmined, Wanted
from publisher.journal.log import Journal
from publisher.report import Report
from publisher.stores.kubo.errors import MORE, RIGHTS
from tests.cli.test_cli import call
from tests.services.chain import OWNER, Anvil
from tests.services.kubo import Node, prepare

Captured = pytest.CaptureFixture[str]

# The corridor


def found(level: str, who: str = "x") -> Finding:
    return Finding(who, level, "something")  # type: ignore[arg-type]


def raising(error: PublishError) -> Iterator[Finding]:
    yield found("ok")
    raise error


def test_findings_are_told_in_the_order_of_the_patients_and_the_first_fault_says_how_it_ends() -> None:
    patients = [
        Examination("a", 2, lambda: [found("ok", "a"), found("warning", "a")]),
        Examination("b", 4, lambda: [found("fault", "b")]),
        Examination("c", 5, lambda: [found("fault", "c"), found("note", "c")]),
    ]
    diagnosis = examine(patients)
    assert [finding.who for finding in diagnosis.findings] == ["a", "a", "b", "c", "c"]
    assert (diagnosis.exit_code, diagnosis.count("fault")) == (4, 2)


@pytest.mark.parametrize("level", ["ok", "note", "warning"])
def test_what_stops_no_publish_ends_well(level: str) -> None:
    assert examine([Examination("a", 4, lambda: [found(level)])]).exit_code == 0


def test_what_a_patient_raises_is_a_fault_of_this_one_and_the_others_are_looked_at() -> None:
    patients = [
        Examination("a", 4, lambda: raising(StoreRefused("a", "says no", hint="do this"))),
        Examination("b", 5, lambda: raising(ConfigError("publish", "PUBLISH_X is not set"))),
        Examination("c", 4, lambda: raising(StoreRefused("elsewhere", "says no"))),
        Examination("d", 4, lambda: [found("ok", "d")]),
    ]
    diagnosis = examine(patients)
    assert diagnosis.findings[1] == Finding("a", "fault", "says no", "do this")
    assert diagnosis.findings[3].what == "PUBLISH_X is not set"
    assert diagnosis.findings[5].what == "elsewhere: says no"
    assert diagnosis.findings[6].who == "d"
    assert diagnosis.exit_code == 4
    assert examine(patients[1:]).exit_code == 2


def test_a_file_that_may_not_be_read_is_a_fault_of_this_patient_and_the_others_are_looked_at() -> None:
    def unreadable() -> list[Finding]:
        raise PermissionError(13, "Permission denied", ".publish/cache")

    diagnosis = examine([Examination("a", 4, unreadable), Examination("b", 4, lambda: [found("ok", "b")])])
    first, second = diagnosis.findings
    assert (first.who, first.level, first.what) == ("a", "fault", ".publish/cache: Permission denied")
    assert first.fix
    assert (second.who, diagnosis.exit_code) == ("b", 7)


def reader(has: bool, *, down: bool = False) -> Callable[[], Get]:
    """Opens a gateway that has every block, or none."""

    def get(cid: Cid) -> bytes:
        if down:
            raise StoreRefused("g", "it has ended", hint="run again")
        if not has:
            raise BlockMissing("g", f"no {cid}")
        return b""

    return lambda: get


@pytest.mark.parametrize(
    ("readers", "level", "words"),
    [
        ({}, "note", "gateways is empty"),
        ({"a": reader(True), "b": reader(True)}, "ok", "a, b found"),
        ({"a": reader(True), "b": reader(False)}, "note", "b: no"),
        ({"a": reader(False), "b": reader(True, down=True)}, "warning", "b: it has ended"),
    ],
)
def test_the_root_that_was_published_last_is_looked_for_at_every_gateway(
    readers: dict[str, Callable[[], Get]], level: str, words: str
) -> None:
    (finding,) = outside("outside", EMPTY, readers)
    assert (finding.who, finding.level, words in finding.what) == ("outside", level, True)


def test_a_gateway_that_has_ended_is_told_with_what_to_put_in_its_place() -> None:
    (examination,) = gateways({"g": reader(True, down=True)})
    (finding,) = examination.check()
    assert (finding.level, "of people you know" in finding.fix) == ("fault", True)


def test_a_gateway_that_does_not_find_what_all_have_is_a_warning_and_one_that_refuses_a_fault() -> None:
    def reading(error: PublishError | None) -> Callable[[], Get]:
        def get(cid: Cid) -> bytes:
            if error:
                raise error
            return b""

        return lambda: get

    openers = {
        "g1": reading(None),
        "g2": reading(BlockMissing("g2", "not here")),
        "g3": reading(StoreRefused("g3", "HTTP 403")),
    }
    diagnosis = examine(list(gateways(openers)))
    assert [(f.who, f.level) for f in diagnosis.findings] == [("g1", "ok"), ("g2", "warning"), ("g3", "fault")]
    assert diagnosis.exit_code == 4
    assert all(f.fix for f in diagnosis.findings[1:])


# Clocks


NOON = "Sun, 22 Nov 2026 12:00:00 GMT"
AT_NOON = 1795348800.0


@pytest.mark.parametrize("seconds", [-60.0, 0.0, 60.0])
def test_clocks_may_differ_by_a_minute(seconds: float) -> None:
    assert clocks("x", NOON, AT_NOON + seconds) is None


@pytest.mark.parametrize(("seconds", "words"), [(61.0, "61 seconds ahead of"), (-7200.0, "2 hours behind")])
def test_clocks_that_differ_by_more_are_told_with_the_direction(seconds: float, words: str) -> None:
    finding = clocks("x", NOON, AT_NOON + seconds)
    assert finding is not None
    assert words in finding.what


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 22 Nov 2026 12:00:00", "99999"])
def test_what_is_no_date_says_nothing_and_one_without_a_zone_is_of_greenwich(date: str) -> None:
    assert clocks("x", date, AT_NOON) is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 seconds"), (89, "89 seconds"), (91, "2 minutes"), (7199, "2 hours"), (9e5, "10 days")]
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert spell(seconds) == text


# This machine


def levels(findings: Iterator[Finding]) -> list[str]:
    return [finding.level for finding in findings]


def test_versions_that_matter_are_those_of_our_own_requirements() -> None:
    with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as file:
        required = tomllib.load(file)["project"]["dependencies"]
    for package, first, end, _ in machine.MATTERS:
        wanted = next(line for line in required if re.match(rf"{package}\b", line))
        text = {f">={machine._text(first)}" if first else "", f"<{machine._text(end)}" if end else ""} - {""}
        exact = {"==0.7.0"} if package == "ipfshttpclient" else text
        assert set(wanted.removeprefix(package).split(",")) == exact


@pytest.mark.parametrize(
    ("package", "version", "fault"),
    [
        ("pyunormalize", "17.0.0", False),
        ("pyunormalize", "18.0.0", True),
        ("web3", "7.16.0", True),
        ("web3", "8.0.0b3", False),
        ("web3", "9.0", True),
        ("urllib3", "3.0.0", True),
    ],
)
def test_a_package_of_a_version_that_will_not_do_is_a_fault(package: str, version: str, fault: bool) -> None:
    told = list(machine.python(lambda name: version if name == package else metadata.version(name)))
    assert [f.level for f in told] == ["ok", *(["fault"] if fault else [])]
    assert all(package in f.what and package in f.fix for f in told[1:])


def test_a_package_that_is_not_there_is_a_fault() -> None:
    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    assert levels(machine.python(none)) == ["ok"] + ["fault"] * len(machine.MATTERS)


@pytest.mark.parametrize(
    ("free", "level"),
    [(99_999_999, "fault"), (100_000_000, "warning"), (999_999_999, "warning"), (1_000_000_000, "ok")],
)
def test_a_disk_that_is_nearly_full_is_told_before_it_is(tmp_path: Path, free: int, level: str) -> None:
    assert levels(machine.state(tmp_path, lambda path: free)) == [level]


@pytest.mark.parametrize(("mode", "level"), [(0o700, "ok"), (0o750, "warning"), (0o704, "warning")])
def test_a_state_folder_that_others_may_look_into_is_told(tmp_path: Path, mode: int, level: str) -> None:
    (tmp_path / ".publish").mkdir(mode=mode)
    (tmp_path / ".publish").chmod(mode)
    first, *_ = machine.state(tmp_path)
    assert (first.level, "chmod 700" in first.fix) == (level, level == "warning")


def test_the_cache_is_told_by_its_size(tmp_path: Path) -> None:
    (tmp_path / ".publish" / "cache").mkdir(mode=0o700, parents=True)
    (tmp_path / ".publish").chmod(0o700)
    (tmp_path / ".publish/cache/cache.sqlite").write_bytes(bytes(2_500_000))
    assert any("2.5 MB" in finding.what for finding in machine.state(tmp_path))


def journal_of(*events: Event) -> list[Finding]:
    return list(machine.journal(Path("/nowhere"), lambda: events))


def test_a_run_that_did_not_end_and_a_transaction_that_was_not_seen_mined_are_told() -> None:
    wanted = Wanted(1, "bafyroot")
    assert [f.level for f in journal_of(wanted, Finished(1, "bafyroot"))] == ["ok"]
    assert "bafyroot" in journal_of(wanted)[1].what
    assert "bafynew" in journal_of(wanted, Finished(1, "bafyroot"), Wanted(2, "bafynew"))[1].what
    sent = Signed(1, "0xme", 7, 1, "example.eth", "", "ipfs://a", 2, 1, "0xaa", ""), Sending("0xaa")
    assert "0xaa" in journal_of(*sent)[1].what
    assert len(journal_of(sent[0])) == 1
    mined = Mined("0xaa", 1, "0xb", 1, 1, True)
    assert len(journal_of(*sent, mined)) == 1
    assert "0xaa" in journal_of(*sent, mined, Unmined("0xaa"))[1].what
    assert len(journal_of(*sent, Settled("0xaa", "dead"))) == 1


def test_a_journal_that_cannot_be_read_is_a_fault() -> None:
    def broken_journal() -> list[Event]:
        raise StateError("journal", "line 3 is not an event", hint="repair it")

    (finding,) = machine.journal(Path("/nowhere"), broken_journal)
    assert (finding.level, finding.fix) == ("fault", "repair it")


def test_a_lock_that_another_process_holds_is_told_and_not_taken(tmp_path: Path) -> None:
    (tmp_path / ".publish").mkdir()
    lock = tmp_path / ".publish/deploy.lock"
    assert "another run" not in "".join(f.what for f in machine.journal(tmp_path, tuple))
    handle = os.open(lock, os.O_RDWR | os.O_CREAT)
    try:
        assert "another run" not in "".join(f.what for f in machine.journal(tmp_path, tuple))
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "another run" in next(machine.journal(tmp_path, tuple)).what
        assert machine._held(lock)
    finally:
        os.close(handle)
    assert not machine._held(lock)


# As it is told


def told(findings: list[Finding], encoding: str = "utf-8") -> list[str]:
    report = Report(io.TextIOWrapper(io.BytesIO(), encoding=encoding), io.StringIO())
    return list(lines(findings, 0, utf8=report.utf8))


def test_each_level_has_a_sign_that_the_stream_can_write() -> None:
    findings = [found("ok"), found("note"), found("warning"), found("fault")]
    assert [line[:2] for line in told(findings)] == ["✓ ", "· ", "! ", "✗ "]
    assert "".join(told(findings, "ascii")).isascii()
    assert len({line[0] for line in told(findings, "ascii")}) == 4


def test_what_to_do_stands_below_and_nothing_that_a_terminal_would_obey() -> None:
    assert told([Finding("家", "fault", "a\x1b[2Jb", "do\nthis")]) == ["✗ 家: a\\x1b[2Jb", "    do\\nthis"]


def test_a_narrow_terminal_gets_lines_that_fit_and_addresses_in_one_piece() -> None:
    text = "✗ local: nothing answers at http://127.0.0.1:5001/a-long-address-of-some-node: connection refused"
    cut = broken(text, "  ", 30)
    assert all(len(line) <= 30 or "http://" in line for line in cut)
    assert any(line.strip() == "http://127.0.0.1:5001/a-long-address-of-some-node:" for line in cut)
    assert all(line.startswith("  ") for line in cut[1:])
    assert broken(text, "  ", 0) == [text]


# The command


SITE = """[site]
title = "Demo"

[stores.local]
kind = "kubo"
api = "{api}"

[names.main]
kind = "ens"
name = "demo.eth"
rpc = ["{rpc}"]
chain-id = 31337
signer = "env:PUBLISH_KEY"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key in list(os.environ):
        if key.startswith(("PUBLISH_", "GITHUB_")):
            monkeypatch.delenv(key)
    monkeypatch.setenv("PUBLISH_KEY", OWNER.key)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def site(here: Path, kubo: Node, chain: Anvil, capsys: Captured) -> Path:
    """A site that was published."""
    assert call("init", ".") == 0
    (here / "publish.toml").write_text(SITE.format(api=kubo.api, rpc=chain.url), encoding="utf-8")
    assert call("--yes", "--json") == 0
    capsys.readouterr()
    return here


def doctor(capsys: Captured, code: int = 0) -> dict[str, Any]:
    assert call("doctor", "--json") == code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def snapshot(folder: Path, kubo: Node, chain: Anvil) -> tuple[object, ...]:
    files = {
        str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }
    config = json.loads(kubo.call("config/show"))
    on_chain = chain.record("demo.eth"), chain.height(), chain.nonce(OWNER.address), chain.pool()
    return files, config, kubo.pins(), kubo.call("refs/local"), kubo.call("key/list"), on_chain


def test_a_site_that_can_be_published_has_no_fault_and_nothing_was_changed(
    site: Path, kubo: Node, chain: Anvil, capsys: Captured
) -> None:
    doctor(capsys)
    before = snapshot(site, kubo, chain)
    answer = doctor(capsys)
    assert snapshot(site, kubo, chain) == before
    assert {row["who"] for row in answer["findings"]} >= {"python", "publish.toml", ".publish", "journal", "local"}
    assert "demo.eth" in {row["who"] for row in answer["findings"]}
    assert all(set(row) == {"who", "level", "what", "fix"} for row in answer["findings"])
    assert "fault" not in {row["level"] for row in answer["findings"]}
    assert "error" not in answer


def test_a_folder_without_a_site_is_looked_at_and_stays_empty(here: Path, capsys: Captured) -> None:
    answer = doctor(capsys, 2)
    assert any("no publish.toml" in row["what"] and row["level"] == "fault" for row in answer["findings"])
    assert answer["error"]["kind"] == "ConfigError"
    assert list(here.iterdir()) == []


def test_every_fault_of_the_configuration_is_a_finding_and_the_machine_is_looked_at(
    here: Path, capsys: Captured
) -> None:
    (here / "publish.toml").write_text("[site]\ntitel = 'x'\n[stores.a]\nkind = 'kub'\n", encoding="utf-8")
    answer = doctor(capsys, 2)
    faults = [row for row in answer["findings"] if row["level"] == "fault"]
    assert {row["who"] for row in faults} >= {"publish.toml:2", "publish.toml:4"}
    assert any("did you mean title" in row["fix"] for row in faults)
    assert {"python", ".publish", "journal"} <= {row["who"] for row in answer["findings"]}


@pytest.mark.parametrize(
    ("broken_part", "code", "kind"),
    [
        ("api", 4, "StoreError"),
        ("rpc", 5, "NamingError"),
        ("variable", 5, "NamingError"),
        ("token", 2, "ConfigError"),
        ("journal", 7, "StateError"),
    ],
)
def test_the_exit_code_is_that_of_the_first_fault(
    here: Path,
    kubo: Node,
    chain: Anvil,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    broken_part: str,
    code: int,
    kind: str,
) -> None:
    nobody = "http://127.0.0.1:1"
    api, rpc = (nobody if broken_part == part else right for part, right in (("api", kubo.api), ("rpc", chain.url)))
    text = SITE.format(api=api, rpc=rpc)
    if broken_part == "token":
        text = text.replace('kind = "kubo"\n', 'kind = "kubo"\ntoken-env = "PUBLISH_ABSENT"\n')
    if broken_part == "variable":
        monkeypatch.delenv("PUBLISH_KEY")
    if broken_part == "journal":
        (here / ".publish").mkdir(mode=0o700)
        (here / ".publish/journal.jsonl").write_text("no event\n", encoding="utf-8")
    (here / "publish.toml").write_text(text, encoding="utf-8")
    answer = doctor(capsys, code)
    assert answer["error"]["kind"] == kind
    (fault,) = [row for row in answer["findings"] if row["level"] == "fault"]
    assert fault["fix"]


def test_a_broken_store_and_a_broken_name_are_both_told(here: Path, capsys: Captured) -> None:
    (here / "publish.toml").write_text(SITE.format(api="http://127.0.0.1:1", rpc="http://127.0.0.1:2"), "utf-8")
    answer = doctor(capsys, 4)
    assert [row["who"] for row in answer["findings"] if row["level"] == "fault"] == ["local", "demo.eth"]


GATEWAYS = """[site]
title = "Demo"
[deploy]
gateways = ["{url}", "http://127.0.0.1:1"]
[stores.local]
kind = "kubo"
api = "http://127.0.0.1:2"
"""


@pytest.mark.parametrize(
    ("url", "proxy", "said"),
    [
        ("https://gateway.example", "socks5://127.0.0.1:1", "the proxy"),
        ("https://gateway.example", "http://[", "the proxy"),
        ("https://gateway.example", "http://proxy.example:99999", "the proxy"),
    ],
)
def test_a_gateway_that_cannot_be_opened_is_one_finding_and_the_others_are_told(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, url: str, proxy: str, said: str
) -> None:
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    (here / "publish.toml").write_text(GATEWAYS.format(url=url), "utf-8")
    faults = [row for row in doctor(capsys, 4)["findings"] if row["level"] == "fault"]
    assert [row["who"].partition(" ")[0] for row in faults] == ["local", "gateway", "gateway"]
    assert said in faults[1]["what"]
    assert not faults[1]["what"].startswith("gateway")
    assert faults[1]["fix"]
    assert faults[2]["who"] == "gateway http://127.0.0.1:1"


EMBEDDED = """[site]
title = "Demo"
[stores.here]
kind = "embedded"
[stores.local]
kind = "kubo"
api = "http://127.0.0.1:2"
"""


def test_a_cache_that_cannot_be_opened_is_one_finding_and_the_others_are_told(here: Path, capsys: Captured) -> None:
    (here / "publish.toml").write_text(EMBEDDED, "utf-8")
    (here / ".publish/cache/cache.sqlite").mkdir(mode=0o700, parents=True)
    (here / ".publish").chmod(0o700)
    faults = [row for row in doctor(capsys, 7)["findings"] if row["level"] == "fault"]
    assert [row["who"] for row in faults] == ["here", "local"]
    assert "unable to open database file" in faults[0]["what"]
    assert faults[0]["fix"]


@pytest.mark.parametrize("damage", ["file", "page"])
def test_a_damaged_cache_is_told_and_stays_as_it_was(here: Path, capsys: Captured, damage: str) -> None:
    (here / "publish.toml").write_text(EMBEDDED, "utf-8")
    file = here / ".publish/cache/cache.sqlite"
    with Cache(file.parent) as cache:
        cache.pin(Cid.make(Codec.RAW, sha256(b"x")), "x")
    whole = file.read_bytes()
    file.write_bytes(
        b"no data base" * 2000 if damage == "file" else whole[: 1 << 14] + bytes([255]) * (len(whole) - (1 << 14))
    )
    before = file.read_bytes()
    answer = doctor(capsys, 4)
    assert file.read_bytes() == before
    (finding,) = [row for row in answer["findings"] if row["who"] == "here"]
    assert finding["level"] == "warning"
    assert "damaged" in finding["what"]
    assert finding["fix"]


@pytest.mark.parametrize("pinner", [False, True])
def test_the_least_rights_are_printed_ready_to_paste(
    here: Path, capsys: Captured, pinner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_FAR", "token-of-the-service")
    more = '[stores.far]\nkind = "pinning"\napi = "http://127.0.0.1:1"\ntoken-env = "PUBLISH_FAR"\n' if pinner else ""
    (here / "publish.toml").write_text(SITE.format(api="http://127.0.0.1:1", rpc="http://127.0.0.1:2") + more, "utf-8")
    answer = doctor(capsys, 4)
    paths = answer["rights"]["local"]["publisher"]["AllowedPaths"]
    assert paths == [f"/api/v0/{right}" for right in (*RIGHTS, *(MORE if pinner else ()))]
    assert call("doctor") == 4
    shown = capsys.readouterr().out
    assert json.loads(shown[shown.index("\n{\n") :]) == answer["rights"]["local"]


def test_no_secret_is_in_any_line(here: Path, kubo: Node, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH_TOKEN", "hunter2-token")
    monkeypatch.setenv("PUBLISH_RPC", "http://user:hunter2@127.0.0.1:1/hunter2?k=hunter2")
    text = SITE.format(api=kubo.api, rpc="env:PUBLISH_RPC").replace(
        'kind = "kubo"\n', 'kind = "kubo"\ntoken-env = "PUBLISH_TOKEN"\ngateway = "http://127.0.0.1:1/hunter2"\n'
    )
    more = '[deploy]\ngateways = ["http://127.0.0.1:1/hunter2"]\n'
    (here / "publish.toml").write_text(more + text, encoding="utf-8")
    assert call("doctor", "-v") == 4
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err
    assert OWNER.key.removeprefix("0x") not in said.out + said.err


def test_quiet_tells_only_what_has_to_be_looked_at(site: Path, capsys: Captured) -> None:
    assert call("doctor", "-q") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "✓" not in said.out
    assert "least rights" not in said.out
    assert "! local" in said.out


def test_a_run_that_stopped_half_way_is_told(site: Path, capsys: Captured) -> None:
    journal = Journal(site / ".publish")
    with journal.locked():
        journal.append(Wanted(9, "bafyhalf"))
    assert any("bafyhalf" in row["what"] for row in doctor(capsys)["findings"])


def test_a_node_with_dead_bootstrap_peers_and_a_dead_gateway_are_told_with_what_to_put_in_their_place(
    here: Path, capsys: Captured
) -> None:
    dead = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGRUVh9nyKRJUMEbaHhdNv1ZfyZ4hKnpqmjqeYpVQyWgM"
    node = prepare(here / "node")
    node.command("config", "--json", "Bootstrap", json.dumps([dead]))
    try:
        node.start()
        assert call("init", "site") == 0
        gateway = '[deploy]\ngateways = ["http://127.0.0.1:1"]\nrouters = ["http://127.0.0.1:1"]\noutside = "never"\n'
        config = f'[site]\ntitle = "x"\n{gateway}[stores.local]\nkind = "kubo"\napi = "{node.api}"\n'
        (here / "site/publish.toml").write_text(config)
        assert call("-C", "site", "--yes", "-q") == 0
        capsys.readouterr()
        assert call("-C", "site", "doctor", "--json") == 4
        rows = json.loads(capsys.readouterr().out)["findings"]
    finally:
        node.stop()
    told = {row["what"]: row for row in rows if row["level"] in ("warning", "fault")}
    (peers,) = [row for what, row in told.items() if "no bootstrap peer of the node answers" in what]
    assert (peers["who"], "Peering.Peers" in peers["fix"]) == ("local", True)
    (gone,) = [row for row in told.values() if row["who"] == "gateway http://127.0.0.1:1"]
    assert "of people you know" in gone["fix"]
    assert any(row["who"] == "outside" and "no gateway finds" in what for what, row in told.items())
    (router,) = [row for row in told.values() if row["who"] == "router http://127.0.0.1:1"]
    assert (router["level"], "[deploy] routers" in router["fix"]) == ("warning", True)
