"""publish.toml: every fault at once, with its line and the nearest right key."""

import subprocess
import sys
from pathlib import Path

import pytest

from publisher.config import Config, load, parse
from publisher.errors import ConfigError, ConfigProblems

WHOLE = """
[site]
title = "Example"
language = "zh"
per-page = 5

[build]
output = "out"

[deploy]
copies = 1

[stores.local]
kind = "kubo"
api = "/ip4/127.0.0.1/tcp/5001"
token-env = "PUBLISH_KUBO_TOKEN"

[names.main]
kind = "ens"
name = "例子.eth"
rpc = ["http://127.0.0.1:8545"]
chain-id = 31337
signer = "env:PUBLISH_KEY"
max-fee-gwei = 5
"""


def read(text: str) -> Config:
    return parse(text.encode(), Path("site"), Path("publish.toml"))


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_every_setting_reaches_its_room() -> None:
    settings = read(WHOLE)
    assert (settings.site.title, settings.site.language, settings.site.per_page) == ("Example", "zh", 5)
    assert settings.build.output == "out"
    assert settings.deploy.copies == 1
    assert (settings.stores[0].label, settings.stores[0].settings.token_env) == ("local", "PUBLISH_KUBO_TOKEN")
    assert settings.names[0].settings.chain_id == 31337
    assert settings.names[0].settings.max_fee_gwei == 5.0


def test_permalinks_and_markdown_reach_the_site_and_are_shown_with_their_lines() -> None:
    settings = read("[permalinks]\nposts = '/:year/:slug/'\n'' = '/p/:slug/'\n[markdown]\nwikilinks = true\n")
    assert settings.site.permalinks == (("", "/p/:slug/"), ("posts", "/:year/:slug/"))
    assert settings.site.markdown.wikilinks
    shown = {row.key: row.origin for row in settings.rows}
    assert (shown["permalinks.posts"], shown["permalinks."], shown["markdown.wikilinks"]) == (
        "publish.toml:2",
        "publish.toml:3",
        "publish.toml:5",
    )


def test_an_empty_file_is_a_site_on_the_own_node() -> None:
    settings = read("")
    assert [(place.label, place.kind) for place in settings.stores] == [("local", "kubo")]
    assert settings.names == ()


def test_the_canonical_address_is_made_from_the_first_eth_name() -> None:
    assert read('[names.a]\nkind="ens"\nname="a.eth"\nrpc=["http://x"]').site.url == "https://a.eth.limo/"
    assert read('[names.a]\nkind="ens"\nname="a.com"\nrpc=["http://x"]').site.url == ""
    assert read('[site]\nurl = "https://own.example"').site.url == "https://own.example/"


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("ALPHA.ETH", "https://alpha.eth.limo/"),
        ("Alpha.eth", "https://alpha.eth.limo/"),
        ("a.B.eth", "https://a.b.eth.limo/"),
        ("-a-.eth", "https://-a-.eth.limo/"),
        ("🦄.eth", "https://xn--3s9h.eth.limo/"),
        ("❤️.eth", "https://xn--qei.eth.limo/"),
        ("RaFFY🚴‍♂️.eTh", "https://xn--raffy-1t3b967bw605g.eth.limo/"),
        ("博客.文章.eth", "https://xn--9krq6q.xn--7dv288b.eth.limo/"),
        ("Straße.eth", "https://xn--strae-oqa.eth.limo/"),
        ("_dmarc.a.eth", "https://_dmarc.a.eth.limo/"),
        ("a" * 63 + ".eth", "https://" + "a" * 63 + ".eth.limo/"),
        ("a" * 64 + ".eth", ""),
        ("A.COM", ""),
        ("eth.example", ""),
    ],
)
def test_a_name_however_it_is_written_has_the_address_that_browsers_find_it_at(name: str, url: str) -> None:
    assert read(f'[names.a]\nkind="ens"\nname="{name}"\nrpc=["http://x"]').site.url == url


@pytest.mark.parametrize("name", ["Ni\u200dck.eth", "a..eth", "bad_name.eth", "p\u0430ypal.eth", "eth", "", "a b.eth"])
def test_what_is_no_name_is_told_with_its_line(name: str) -> None:
    found = faults(f'[site]\n[names.a]\nkind = "ens"\nrpc = ["http://x"]\nname = "{name}"')
    assert len(found) == 1
    assert found[0].startswith("publish.toml:5: names.a: name: ")


def test_a_plain_name_brings_no_tables() -> None:
    text = '[names.a]\nkind="ens"\nname="my-name.eth"\nrpc=["http://x"]'
    code = (
        f"import pathlib, sys; from publisher.config import parse; parse({text.encode()!r}, *[pathlib.Path('x')] * 2)"
    )
    names = "print(sorted({'ens', 'web3', 'publisher.names.ens.normalize'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", f"{code}; {names}"], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[site]\ntitel = 'x'", 2, "did you mean title?"),
        ("[sites]\n", 1, "did you mean site?"),
        ("[site]\ntitle = 5", 2, "must be a text in quotes, not a whole number"),
        ("[site]\nper-page = '5'", 2, "must be a whole number"),
        ("[site]\nper-page = true", 2, "must be a whole number, not true or false"),
        ("[site]\nper-page = 0", 2, "must be 1 or more"),
        ("[site]\nurl = 'example.eth'", 2, "must be a whole address"),
        ("[stores.a]\napi = 'x'", 0, "stores.a.kind: is missing"),
        ("[stores.a]\nkind = 'kubu'", 2, "did you mean kubo?"),
        ("[stores.a]\nkind = 'kubo'\napii = 'x'", 3, "did you mean api?"),
        ("[stores.a]\nkind = 'kubo'\ntoken-env = 'AWS_SECRET'", 3, "begins with PUBLISH_"),
        ("[stores.a]\nkind = 'kubo'\ntoken-env = 'PUBLISH_'", 3, "begins with PUBLISH_"),
        ("[names.a]\nkind = 'ens'\nname = 'a.eth'\nrpc=['x']\nsigner = 'env:GITHUB_TOKEN'", 5, "begins with PUBLISH_"),
        ("[names.a]\nkind = 'ens'\nname = 'a.eth'\nrpc=['env:RPC']", 4, "begins with PUBLISH_"),
        ("[stores.a]\nkind = 'kubo'\napi = 'env:KUBO'", 3, "begins with PUBLISH_"),
        ("[names.a]\nkind = 'ens'\nrpc=['x']", 0, "names.a.name: is missing"),
        ("[permalinks]\nposts = '/:yaer/:slug/'", 2, "permalinks.posts: there is no token :yaer"),
        ("[permalinks]\nposts = ':slug/'", 2, "does not begin with a slash"),
        ("[permalinks]\nposts = '/../:slug/'", 2, "has a part that is `.` or `..`"),
        ("[permalinks]\nposts = 5", 2, "must be a text in quotes"),
        ("[permalinks]\n'a/b' = '/:slug/'", 2, "must be the name of one folder, without a slash"),
        ("[markdown]\nwikilink = true", 2, "did you mean wikilinks?"),
        ("[math]\nbracket = true", 2, "did you mean brackets?"),
        ("[math]\nmacros = 3", 2, "must be a table"),
        ("[math.macros]\nR2 = 'x'", 2, "is not a name that a TeX command can have"),
        ("[math.macros]\nR = 3", 2, "must be a text in quotes"),
        ("[markdown]\nflavour = 'gfm'", 2, "must be one of python, commonmark"),
        ("[markdown]\nflavour = true", 2, "must be a text in quotes"),
        ("[deploy]\ncopies = 2", 2, "must be from 1 to 1"),
        ("[deploy]\ncopies = 0", 2, "must be from 1 to 1"),
        ("[build]\noutput = 'content/out'", 2, "must not overlap with content"),
        ("[build]\noutput = '.'", 2, "must not overlap with"),
        ("[build]\nprofile = 'unixfs-v2'", 2, "must be one of"),
        ("site = 5", 1, "must be a table"),
        ("stores = {a = 3}", 1, "stores.a: must be a table"),
        ('\nstores = { node = { kind = "kubo", apii = 1 } }', 2, "did you mean api?"),
        ('# top\nsite.titel = "x"', 2, "did you mean title?"),
        ('[stores]\nnode.kind = "kubo"\nnode.apii = 1', 3, "did you mean api?"),
        ('[site]\n"titel" = "x"', 2, "did you mean title?"),
        ("['stores'.\"本 地\"]\nkind = 'kubo'\n'apii' = 1", 3, "stores.本 地.apii: unknown key"),
        ('[site]\ntitle = """\ntitel = 1\n[build]\n"""\ntitel = "x"', 6, "did you mean title?"),
        ("[site]\ntitle = '''\nper-page = 0\n'''\nper-page = 0", 5, "must be 1 or more"),
    ],
)
def test_a_fault_says_where_it_is_and_what_is_right(text: str, line: int, says: str) -> None:
    found = faults(text)
    assert len([fault for fault in found if says in fault]) >= 1, found
    where = f"publish.toml:{line}: " if line else "publish.toml: "
    assert any(fault.startswith(where) for fault in found), found


def test_all_faults_are_told_at_once() -> None:
    assert len(faults("[site]\ntitel = 'x'\nurl = 5\n[build]\noutputs = ''\n[stores.a]\nkind = 'x'")) == 4


def test_broken_toml_is_told_with_line_and_column() -> None:
    assert faults("[site]\ntitle = x\n")[0].startswith("publish.toml:2:9: this is not TOML")
    assert faults("[site]\ntitle = ")[0].startswith("publish.toml:2: this is not TOML")
    for header in ("[stores.本地]", "[stores.a本]", "标题 = 1"):
        assert 'stores."本地"' in faults(f"[site]\ntitle = 'x'\n{header}\n")[0]


def test_bytes_that_are_not_utf8_are_told_with_their_line() -> None:
    with pytest.raises(ConfigProblems) as caught:
        parse(b"[site]\ntitle = '\xff'", Path(), Path("publish.toml"))
    assert str(caught.value.problems[0]).startswith("publish.toml:2: this is not UTF-8")


def test_a_folder_without_a_site_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert "no publish.toml in " in caught.value.message
    assert "publish init" in caught.value.hint
    assert "publish demo" in caught.value.hint


def test_each_setting_knows_its_origin() -> None:
    origins = {row.key: row.origin for row in read(WHOLE).rows}
    assert origins["site.title"] == "publish.toml:3"
    assert origins["site.author"] == "default"
    assert origins["stores.local.api"] == "publish.toml:15"


KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


@pytest.mark.parametrize("value", [KEY, "0x" + KEY, "env:" + KEY, f" 0x{KEY.upper()} "])
def test_a_private_key_in_the_file_is_refused_and_not_repeated(value: str) -> None:
    (fault,) = faults(WHOLE.replace("env:PUBLISH_KEY", value))
    assert "names.main.signer: holds a private key" in fault
    assert KEY not in fault.lower()


def test_of_addresses_that_may_carry_keys_the_host_alone_is_shown() -> None:
    settings = read(WHOLE.replace("http://127.0.0.1:8545", "https://u:p@rpc.example.org/v3/s3cret?k=s3cret"))
    rows = {row.key: row.value for row in settings.rows}
    assert rows["names.main.rpc"] == ("https://rpc.example.org/…",)
    assert settings.names[0].settings.rpc == ("https://u:p@rpc.example.org/v3/s3cret?k=s3cret",)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("max-fee-gwei = 0", "publish.toml:24: names.main: max-fee-gwei must be more than 0"),
        ('rpc = ["ftp://x"]', "publish.toml:21: names.main: rpc must be a list of http:// or https:// addresses"),
        ('rpc = ["http://["]', "publish.toml:21: names.main: rpc must be a list of http:// or https:// addresses"),
        ('rpc = ["http://h:65536"]', "publish.toml:21: names.main: rpc must be a list of http:// or https://"),
        ('api = "nonsense"', "publish.toml:15: stores.local: api: the address is neither a multiaddress nor"),
        ('token-env = "PUBLISH_T"\nuser-env = "PUBLISH_U"', "publish.toml:16: stores.local: token-env and user-env"),
        ('title = "a\\u0000b"', "publish.toml:3: site.title: holds control characters"),
        ('timezone = "Mars/Olympus"', "publish.toml:4: site.timezone: no time zone has this name"),
        ('language = "no such"', "publish.toml:4: site.language: must be a language tag"),
    ],
)
def test_what_a_room_refuses_is_told_with_the_rest_and_its_line(line: str, found: str) -> None:
    key = line.split(" ")[0]
    old = next((each for each in WHOLE.splitlines() if each.startswith(key + " ")), 'language = "zh"')
    assert faults(WHOLE.replace(old, line))[0].startswith(found)


def test_the_address_that_comes_from_the_name_is_shown() -> None:
    rows = {row.key: row for row in read(WHOLE).rows}
    assert (rows["site.url"].value, rows["site.url"].origin) == ("https://xn--fsqu00a.eth.limo/", "from the name")


def test_a_place_without_a_site_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"no publish.toml in {tmp_path}"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="there is no folder"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("kind = 'kubo'", "kind = 'kubo'\napi = 'http://localhost:5001'"),
        ("kind = 'kubo'\napi = 'https://n.example/api/v0/'", "kind = 'kubo'\napi = '/dns/n.example/tcp/443/https'"),
        ("kind = 'kubo'\napi = 'env:PUBLISH_A'", "kind = 'kubo'\napi = 'env:PUBLISH_A'"),
        (
            "kind = 'cluster'\napi = 'https://c.example'",
            "kind = 'cluster'\napi = 'https://c.example/'\nreplication = 2",
        ),
        ("kind = 'pinning'\nservice = 'pinata'", "kind = 'pinning'\napi = 'https://api.pinata.cloud/psa/pins'"),
        ("kind = 'embedded'", "kind = 'embedded'"),
    ],
)
def test_one_place_under_two_labels_is_no_second_copy(one: str, two: str) -> None:
    with pytest.raises(ConfigProblems) as error:
        parse(f"[site]\ntitle = 'A'\n[stores.a]\n{one}\n[stores.b]\n{two}\n".encode(), Path(), Path("publish.toml"))
    (problem,) = error.value.problems
    assert "stores.b: has the same address as stores.a" in problem.what


def test_two_accounts_of_a_service_and_two_ports_of_a_machine_are_two_places() -> None:
    text = "[site]\ntitle = 'A'\n"
    for label, key in (("a", "PUBLISH_A"), ("b", "PUBLISH_B")):
        text += f"[stores.{label}]\nkind = 'pinning'\nservice = 'pinata'\ntoken-env = '{key}'\n"
    for port in (5001, 5002):
        text += f"[stores.n{port}]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/{port}'\n"
    assert len(parse(text.encode(), Path(), Path("publish.toml")).stores) == 4


def test_the_settings_for_formulas_reach_the_site_and_are_shown_with_their_lines() -> None:
    settings = read("[math]\nbrackets = true\n[math.macros]\nRR = '\\mathbb{R}'\n\"\\\\norm\" = '\\lVert #1 \\rVert'\n")
    assert settings.site.math.brackets
    assert dict(settings.site.math.macros) == {"RR": r"\mathbb{R}", "norm": r"\lVert #1 \rVert"}
    assert "math.macros.RR" in {row.key for row in settings.rows}


@pytest.mark.parametrize("key", ["gateways", "routers"])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("gateway.example.net", "not an http:// or https:// URL"),
        ("ftp://gateway.example.net", "not an http:// or https:// URL"),
        ("https://anna:secret@gateway.example.net", "credentials in the address are not sent"),
        ("https://gateway.example.net/?token=secret", "no ? or # part"),
        ("https://gateway.example.net:99999", "the address is not a URL"),
        ("", "not an http:// or https:// URL"),
    ],
)
def test_a_wrong_address_of_a_gateway_or_a_router_is_a_fault_of_its_line(key: str, url: str, words: str) -> None:
    text = f"[site]\ntitle = 'A'\n[deploy]\ncopies = 1\n{key} = ['https://good.example', '{url}']\n"
    with pytest.raises(ConfigProblems) as error:
        parse(f"{text}[stores.a]\nkind = 'embedded'\n".encode(), Path(), Path("publish.toml"))
    (problem,) = error.value.problems
    assert (problem.line, problem.what.startswith(f"deploy.{key}: number 2: ")) == (5, True)
    assert words in problem.what
    assert problem.hint
    assert "secret" not in problem.what + problem.hint
