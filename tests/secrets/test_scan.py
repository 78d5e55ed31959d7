"""What is a secret and what is ordinary text: both sides of each line."""

import json
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.secrets.file_names import secret_name
from publisher.secrets.scan import AT_ONCE, SHAPES, FoundSecret, Pieces, SecretSearch
from publisher.secrets.values import SecretValue, credentials, values_of
from tests.secrets.samples import AGE, JWK, KEY, KEYSTORE, PASSWORD, PUTTY, TOKEN, pem

FIELDS = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,2D9C\n\n"
VALIDATOR = (
    '{"crypto": {"kdf": {"function": "scrypt", "params": {"dklen": 32}, "message": ""}, "checksum": {"function":'
    ' "sha256", "params": {}, "message": "d2"}, "cipher": {"function": "aes-128-ctr", "params": {"iv": "26"},'
    ' "message": "06ae"}}, "path": "m/12381/3600/0/0/0", "version": 4}'
)
TEXTS = {
    "pkcs8": pem(),
    "rsa": pem("RSA PRIVATE KEY"),
    "ec": pem("EC PRIVATE KEY", 90),
    "dsa": pem("DSA PRIVATE KEY"),
    "ed25519": pem(size=48),
    "encrypted": pem("ENCRYPTED PRIVATE KEY"),
    "with fields": pem("RSA PRIVATE KEY", fields=FIELDS),
    "openssh": pem("OPENSSH PRIVATE KEY"),
    "pgp": pem("PGP PRIVATE KEY BLOCK", fields="Version: GnuPG v2\n\n"),
    "ssh2": pem().replace("-----BEGIN PRIVATE KEY-----", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"),
    "putty": PUTTY,
    "age": AGE,
    "keystore": KEYSTORE,
    "keystore in lines": json.dumps(json.loads(KEYSTORE), indent=8),
    "keystore backwards": json.dumps(dict(reversed(json.loads(KEYSTORE).items()))),
    "jwk": JWK,
    "a validator's keystore": VALIDATOR,
}
WAYS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "after a BOM": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 LE": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: text.encode("utf-16-be"),
    "behind 64 KB": lambda text: (b"words, and more of them\n" * 9000) + text.encode(),
    "in JSON": lambda text: json.dumps({"about": [1, 2], "value": text}).encode(),
    "in JSON in JSON": lambda text: json.dumps(json.dumps({"value": text})).encode(),
    "quoted": lambda text: "".join(f"> {line}\n" for line in text.splitlines()).encode(),
    "indented": lambda text: "".join(f"      {line}\n" for line in text.splitlines()).encode(),
    "in comments": lambda text: "".join(f"// {line}\n" for line in text.splitlines()).encode(),
    "with numbers of lines": lambda text: "".join(
        f"{n:4}: {line}\n" for n, line in enumerate(text.splitlines())
    ).encode(),
    "put together in code": lambda text: " .\n".join(json.dumps(f"{line}\n") for line in text.splitlines()).encode(),
    "with line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "in UTF-16 behind 64 KB": lambda text: ("words\r\n" * 20_000 + text).encode("utf-16-le"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_key_is_found_however_it_is_written(text: str, way: str) -> None:
    data = WAYS[way](TEXTS[text])
    assert len(SHAPES.file(data)) == 1
    pieces = Pieces(SHAPES)
    for at in range(0, len(data), 1000):
        pieces(data[at : at + 1000])
    assert pieces.found.keys() == {one.what for one in SHAPES.file(data)}


PAGE = "<!doctype html><title>Keys</title>\n<pre>%s</pre>\n"


@pytest.mark.parametrize("text", [text for text in TEXTS if text not in ("jwk",) and "keystore" not in text])
def test_a_key_is_found_in_a_page(text: str) -> None:
    assert SHAPES.file((PAGE % escape(TEXTS[text])).encode())
    lines = "\n".join(f'<span class="line">{line}</span>' for line in TEXTS[text].splitlines())
    assert SHAPES.file((PAGE % lines).encode())


BINARY = {
    "pkcs1": bytes.fromhex("3082025c02010030"),
    "encrypted pkcs8": bytes.fromhex("308202dd305706092a864886f70d01050d304a"),
    "pkcs12": bytes.fromhex("30820a2c0201033082"),
    "jks": bytes.fromhex("feedfeed00000002"),
    "jceks": bytes.fromhex("cececece00000002"),
    "keepass": bytes.fromhex("03d9a29a67fb4bb5"),
    "zeros and a key": bytes(100_000) + pem().encode(),
    "a picture and a key": b"\x89PNG" + bytes(range(256)) * 400 + pem().encode(),
}


@pytest.mark.parametrize("name", BINARY)
def test_a_store_of_keys_is_known_by_its_beginning_and_no_line_is_told_of_it(name: str) -> None:
    (found,) = SHAPES.file(BINARY[name])
    assert found.what in ("a private key", "a store of keys or passwords")
    assert found.line in ({0} if len(BINARY[name]) > 1000 else {0, 1})


OPENSSH = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
)
RSA = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAwJ7x0TCeZLwz4iZ3mS0bQxLwUuLwDqVqEKzH9wYb3m7E4bJt\n"
ORDINARY = {
    "a header alone": "A key begins with\n\n    -----BEGIN PRIVATE KEY-----\n\nand then comes base64.\n",
    "dots": "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n",
    "cut short": "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\n",
    "cut short by one sign": "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC…\n",
    "cut short after a line": f"{OPENSSH}...\n-----END OPENSSH PRIVATE KEY-----\n",
    "cut short after two lines": f"{RSA}xq3V7QmJq0yX0R7p0m4wC1p1m8o8E5z6d6mQ0m8h5q3xYz6n3kQJ8K1v2l0V8l0T\n[...]\n",
    "cut short in brackets": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC [snip]\n",
    "cut short by a tag": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC &lt;truncated&gt;\n",
    "cut short in Chinese": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC（省略）\n",
    "crosses": f"-----BEGIN PRIVATE KEY-----\n{'x' * 64}\n{'x' * 64}\n-----END PRIVATE KEY-----\n",
    "words in capitals": "-----BEGIN PRIVATE KEY-----\nYOURPRIVATEKEYGOESHEREINBASE64\n-----END PRIVATE KEY-----\n",
    "a path": "-----BEGIN PRIVATE KEY-----\n/usr/local/share/documentation/openssl/keys\n",
    "a long name": '"-----BEGIN PRIVATE KEY-----",\n"thisIsTheNameOfTheVariableForIt"\n',
    "a long word": "- `-----BEGIN PRIVATE KEY-----`\n- Donaudampfschifffahrtsgesellschaft\n",
    "a line drawn below": f"-----BEGIN PRIVATE KEY-----\n{'=' * 70}\n",
    "a placeholder": "-----BEGIN PRIVATE KEY-----\n<your key>\n-----END PRIVATE KEY-----",
    "nothing between": "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    "in a sentence": "What stands below `-----BEGIN OPENSSH PRIVATE KEY-----` is `openssh-key-v1` in base64.\n",
    "a certificate": pem("CERTIFICATE"),
    "a public key": pem("PUBLIC KEY"),
    "a public key of PGP": pem("PGP PUBLIC KEY BLOCK"),
    "of age": "A secret key of age begins with AGE-SECRET-KEY-1, a public one with age1. AGE-SECRET-KEY-1...\n",
    "of PuTTY": "It begins with PuTTY-User-Key-File-3: ssh-ed25519, then Encryption: none, then Private-Lines: 1.\n",
    "of keystores": 'A keystore has "crypto": {"ciphertext": "...", "kdf": "scrypt"} in it.\n',
    "a ciphertext to put in": '{"crypto": {"ciphertext": "YOUR_CIPHERTEXT", "kdf": "scrypt"}}',
    "a ciphertext that is cut short": '{"crypto": {"ciphertext": "abc...", "kdf": "scrypt"}}',
    "what a keystore is made of": '{"crypto": {"ciphertext": "string", "kdf": "string"}}',
    "the number of a JWK to put in": json.dumps({"kty": "EC", "crv": "P-256", "d": "x" * 43}),
    "of age, to put in": f"AGE-SECRET-KEY-1{'X' * 58}\n",
    "of age, the alphabet": "AGE-SECRET-KEY-1ABCDEFGHIJKLMNOPQRSTUVWXYZ...\n",
    "words of keystores": "crypto, ciphertext, kdf {}",
    "a public JWK": '{"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "d": 1}',
    "a digest": f"{KEY}\n",
    "a digest in JSON": json.dumps({"transaction": f"0x{KEY}"}),
    "sums": "".join(f"{KEY}  file-{n}\n" for n in range(9)),
    "nothing": "",
}


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("way", ["as it is", "after a BOM", "UTF-16", "in JSON", "quoted"])
def test_what_only_speaks_of_keys_is_ordinary_text(name: str, way: str) -> None:
    assert SHAPES.file(WAYS[way](ORDINARY[name]), copied=False) == ()
    assert SHAPES.file((PAGE % ORDINARY[name]).encode()) == ()


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49\n...\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n...\n",
        f"{OPENSSH}{'QyNTUxOQ' * 8}\n{'AQ7Lx2bd' * 8}\n...\n",
        f"{RSA}{'QyNTUxOQ' * 8}\n{'AQ7Lx2bd' * 8}\n{'AQ7Lx2bd' * 8}\n[...]\n",
    ],
)
def test_lines_that_hold_a_secret_themselves_are_no_example_whatever_follows(text: str) -> None:
    assert SHAPES.file(text.encode(), copied=False) == (FoundSecret("a private key", 1),)


def test_a_file_that_ends_with_a_header_is_a_key_that_was_cut_off_but_an_article_is_not() -> None:
    data = b"\n  -----BEGIN PRIVATE KEY-----\nMIIE\n"
    assert SHAPES.file(data) == (FoundSecret("a private key", 2),)
    assert SHAPES.file(data, copied=False) == ()


def test_the_line_is_that_of_the_header() -> None:
    assert SHAPES.file(b"one\ntwo\n" + pem().encode()) == (FoundSecret("a private key", 3),)
    pieces = Pieces(SHAPES)
    pieces(b"line\n" * 100_000)
    pieces(b"line\n" * 100_000 + pem().encode())
    assert list(pieces.found.values()) == [FoundSecret("a private key", 200_001)]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(1, 700))
def test_a_border_between_two_pieces_hides_nothing(cut: int) -> None:
    data = KEYSTORE.encode() + b"\n" + f"{TOKEN}\n".encode() + pem(size=200).encode()
    search = SecretSearch(tuple(values_of("PUBLISH_TOKEN", "secret", TOKEN)))
    pieces = Pieces(search)
    pieces(b" " * AT_ONCE + data[:cut])
    pieces(data[cut:] + b" " * 100_000)
    assert pieces.found.keys() == {"a keystore", "a private key", "the value of PUBLISH_TOKEN"}


def test_searching_takes_time_by_the_length_whatever_stands_there() -> None:
    import time

    values = tuple(values_of("PUBLISH_PASSWORD", "secret", PASSWORD))
    for text in (
        b"-----BEGIN PRIVATE KEY-----\n",
        b'{"ciphertext":',
        b'{"kty"',
        b"PRIVATE KEY",
        b"battery {",
        b"&#&#x",
    ):
        data = text * (2_000_000 // len(text))
        for way in (data, b" " + data.decode().encode("utf-16-le")):
            start = time.process_time()
            SecretSearch(values).file(way)
            assert time.process_time() - start < 10, text


# Values

SPELT: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "in HTML": escape,
    "in an address": lambda text: quote(text, safe=""),
    "with plus signs": lambda text: quote(text, safe="").replace("%20", "+"),
    "in JSON": json.dumps,
    "in Markdown": lambda text: "".join(rf"\{char}" if char in "_&*-." else char for char in text),
    "over two lines": lambda text: text.replace(" ", "\n"),
    "as numbers": lambda text: "".join(f"&#{ord(char)};" if not char.isalnum() else char for char in text),
}


@pytest.mark.parametrize("value", [TOKEN, PASSWORD, 'quotes "and" \\ slashes/', "пароль из многих слов", "密码" * 8])
@pytest.mark.parametrize("way", SPELT)
def test_a_value_is_found_however_it_is_written(value: str, way: str) -> None:
    search = SecretSearch(tuple(values_of("PUBLISH_X", "secret", value)))
    text = f"# Words\n\nand {SPELT[way](value)} among them\n"
    assert search.file(text.encode()) == (FoundSecret("the value of PUBLISH_X", 3, True),)
    assert search.file(f"<p>{text}".encode())
    assert search.file(f"# Words\n\nand {SPELT[way](value[:-1])} among them\n".encode()) == ()
    if way == "as it is":
        for form in ("utf-16", "utf-16-le", "utf-16-be"):
            assert search.file(f"# Words, and more words\n{text}".encode(form)), form


@pytest.mark.parametrize("way", [str.lower, str.upper, str.swapcase, str.title, lambda text: f"0x{text}"])
@pytest.mark.parametrize("key", [KEY, f"0x{KEY.upper()}", "a1" * 32, "f" * 64, f" {KEY}\n"])
def test_a_signers_key_is_found_in_any_case(key: str, way: Callable[[str], str]) -> None:
    search = SecretSearch(tuple(values_of("PUBLISH_KEY", "secret", key)))
    digits = key.strip().removeprefix("0x")
    for text in (f"The hash {way(digits)} of it.", f"<p>{way(digits)}</p>"):
        assert search.file(text.encode()) == (FoundSecret("the value of PUBLISH_KEY", 1, True),)
        assert search.file(text.replace(digits[20:], "0" * 44).encode()) == () or digits[20:] not in text
    assert search.file(way(digits).encode("utf-16-le"))
    assert search.file(KEY[::-1].encode()) == ()


@pytest.mark.parametrize(("length", "found"), [(15, False), (16, True)])
def test_values_of_16_characters_and_more_are_searched_for(length: int, found: bool) -> None:
    value = "Tr0ub4dor&3xkcd9z"[:length]
    search = SecretSearch(tuple(values_of("PUBLISH_X", "secret", value)))
    assert bool(search.file(f"the {value} here".encode())) is found


ADDRESSES = {
    "https://rpc.example/v3/0123456789abcdef01234567": (
        ["0123456789abcdef01234567"],
        ["https://rpc.example/v3/", "01234567"],
    ),
    "https://rpc.example/?apikey=abcdefghijklmnopq": (
        ["k=abcdefghijklmnopq"],
        ["https://rpc.example/?apikey=", "apikey="],
    ),
    "https://me:Tr0ub4dor-and-3@rpc.example/": (["Tr0ub4dor-and-3"], ["https://rpc.example/"]),
    "https://rpc.example/mainnet-archive": (
        ["https://rpc.example/mainnet-archive"],
        ["mainnet-archive", "https://rpc.example/"],
    ),
    "https://node.example.org:5001/": ([], ["https://node.example.org:5001/"]),
    "http://127.0.0.1:5001": ([], ["http://127.0.0.1:5001"]),
    "/dns4/node.example.org/tcp/5001": ([], ["/dns4/node.example.org/tcp/5001"]),
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_of_an_address_the_keys_in_it_are_secret_and_the_host_is_not(url: str) -> None:
    url = url.replace("Tr0ub4dor-and-3", "Tr0ub4dor-and-33")
    search = SecretSearch(tuple(values_of("PUBLISH_RPC", "address", url)))
    secret, plain = next(value for key, value in ADDRESSES.items() if key[:25] == url[:25])
    for text in (url, *secret) if secret else ():
        assert search.file(f"see {text.replace('and-3', 'and-33')} there".encode()), text
    for text in plain:
        assert not search.file(f"see {text} there".encode()), text


def test_user_and_password_are_found_as_a_header_has_them() -> None:
    search = SecretSearch(tuple(credentials("PUBLISH_PASSWORD", "publisher", "hunter2")))
    assert search.file(b"curl -H 'Authorization: Basic cHVibGlzaGVyOmh1bnRlcjI='")
    assert not search.file(b"publisher:hunter2")  # too short to be searched for


def test_no_representation_and_no_message_holds_a_value() -> None:
    value = SecretValue("the value of PUBLISH_X", TOKEN)
    search = SecretSearch((value,))
    found = search.file(TOKEN.encode())
    problems = list(search.problems(f"posts/{TOKEN}.txt", (*found, *search.name(f"posts/{TOKEN}.txt"))))
    for shown in (value, search, found, problems, *map(str, problems)):
        assert TOKEN not in f"{shown!r} {shown}"
    assert problems[0].path == "posts/(the value of PUBLISH_X).txt"


def test_a_file_that_is_let_through_may_look_like_a_key_but_hold_no_value() -> None:
    search = SecretSearch(tuple(values_of("PUBLISH_TOKEN", "secret", TOKEN)), frozenset({"keys.md"}))
    assert not list(search.problems("keys.md", search.file(pem().encode())))
    assert list(search.problems("other.md", search.file(pem().encode())))
    (problem,) = search.problems("keys.md", search.file(f"{pem()}{TOKEN}".encode()))
    assert problem.what == "the value of PUBLISH_TOKEN must not be published"
    assert "cannot allow a value" in problem.hint


def test_the_key_tells_searches_apart_and_differs_in_every_cache() -> None:
    one, other = values_of("PUBLISH_A", "secret", TOKEN), values_of("PUBLISH_A", "secret", PASSWORD)
    a, b = tuple(one), tuple(other)
    keys = [
        SecretSearch().key(),
        SecretSearch(allow=frozenset({"x"})).key(),
        SecretSearch(a, salt=b"1").key(),
        SecretSearch(b, salt=b"1").key(),
        SecretSearch((*a, *b), salt=b"1").key(),
        SecretSearch(a, salt=b"2").key(),
    ]
    assert len(set(keys)) == len(keys)
    assert SecretSearch((*b, *a), salt=b"1").key() == SecretSearch((*a, *b), salt=b"1").key()


NAMES = """
.env .env.local .env.production .envrc prod.env PROD.ENV env id_rsa id_dsa id_ecdsa id_ed25519 id_ed25519_sk id_work
ID_RSA UTC--2026-01-01T00-00-00Z--abc .netrc _netrc .npmrc .pypirc .pgpass .htpasswd .git-credentials
me.ppk pass.kdbx store.jks cert.p12 cert.PFX a/b/.env x/id_rsa .ssh/config home/.ssh/known .aws/credentials
"""
FINE = """
index.html environment.txt env.html .envelope id_rsa.pub id.html idea id-card.png identity .env/x.html a.pem a.key
posts/env/index.html utc.html .well-known/x .sshx/y ssh/x netrc.html dotenv.md README prod.env.md
"""


@pytest.mark.parametrize(("names", "secret"), [(NAMES, True), (FINE, False)])
def test_what_is_a_secret_by_its_name(names: str, secret: bool) -> None:
    assert [name for name in names.split() if bool(secret_name(name)) is not secret] == []
