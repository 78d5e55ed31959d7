"""Every private part of a library that the program touches is in this table, and every line of it is true."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from publisher.gateway.serve import trial
from publisher.http import limits
from publisher.stores.kubo import http_session
from tests.private_parts import HOME, Sources, own_modules

ROOT = Path(__file__).resolve().parents[1]
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
ASKED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


@dataclass(frozen=True)
class Library:
    """A library of which something is used that it does not promise: the versions it was tried with, the oldest and
    the newest of them first and last, and the first version that pyproject.toml must not allow."""

    tried: tuple[str, ...]
    below: str


LIBRARIES: Mapping[str, Library] = {
    "markdown": Library(("3.11.3",), "3.12"),
    "pygments": Library(("2.19.0", "2.20.0", "2.21.0"), "2.22"),
    "pymdown-extensions": Library(("13.0", "13.1", "13.1.2"), "14"),
    "jinja2": Library(("3.1.6",), "3.2"),
    "uvicorn": Library(("0.53.0", "0.54.0"), "0.55"),
    "ipfshttpclient": Library(("0.7.0",), "0.7.1"),
    # No private part: attributes that the library offers are replaced, and it is seen at once whether that worked.
    "urllib3": Library(("2.5.0", "2.6.0", "2.7.0", "2.8.0"), "3"),
    "requests": Library(("2.31.0", "2.32.0", "2.33.0", "2.34.2"), "3"),
}


@dataclass(frozen=True)
class Use:
    """Parts of one library, by their names (see private_parts.py), and what stands in when they are gone."""

    library: str
    instead: str
    parts: frozenset[str]
    test: str = ""
    """The test that takes them away. None is needed for what the library documents."""


def parts(file: str, *names: str) -> frozenset[str]:
    return frozenset(f"{file}: {name}" for name in names)


INLINE = ("applyPattern", "handleInline", "processPlaceholders")
PROTOCOL = """client connection_lost connection_made cycle data_received headers loop on_body on_headers_complete
on_message_begin on_message_complete on_response_complete parser pipeline resume_writing server_state transport url"""

USES = (
    Use(
        "markdown",
        "the library's own inline stage, which tries every pattern",
        parts(
            "site/markdown/python_markdown/inline.py",
            *(f"_InlineProcessor__{name}" for name in INLINE),
            *(f"InlineProcessor._InlineProcessor__{name}" for name in INLINE[1:]),
            "getattr(markdown.treeprocessors.InlineProcessor)",
        ),
        "test_without_the_methods_of_the_inline_stage_articles_are_the_same",
    ),
    Use(
        "markdown",
        "the library's own splitting, which looks at each pipe and backtick of a row",
        parts("site/markdown/python_markdown/tables.py", "_split", "TableProcessor._split"),
        "test_without_the_splitting_of_rows_articles_are_the_same",
    ),
    Use(
        "markdown",
        "nothing: these are documented, and replaced or read on our own Markdown alone",
        parts("site/markdown/python_markdown/blocks.py", "set md.parser.parseBlocks")
        | parts("site/markdown/python_markdown/inline.py", "set md.is_block_level")
        | parts("site/markdown/python_markdown/engine.py", "set _md.serializer", "set _md.toc_tokens"),
    ),
    Use(
        "pygments",
        "the lexer's own get_tokens, which tries one pattern after the other",
        parts("site/markdown/fast_lexer.py", "_tokens"),
        "test_without_the_private_parts_of_lexers_code_is_the_same",
    ),
    Use(
        "pymdown-extensions",
        "the patterns of all five delimiters, compiled at once",
        parts("site/markdown/python_markdown/delimiters.py", "Delimiter._build_patterns"),
        "test_without_the_patterns_of_delimiters_articles_are_the_same",
    ),
    Use(
        "pymdown-extensions",
        "nothing: `run` of a preprocessor and the pattern of an inline stage are documented",
        parts("site/markdown/python_markdown/fences.py", "set stage.run")
        | parts("site/markdown/python_markdown/signs.py", "set keys.compiled_re"),
    ),
    Use(
        "jinja2",
        "no template is kept: each is compiled wherever it is asked for",
        parts("site/templates/environment.py", "Template._get_default_module", "_get_default_module"),
        "test_without_the_private_parts_of_templates_pages_and_what_they_depend_on_are_the_same",
    ),
    Use(
        "uvicorn",
        "nothing: the limits for visitors stand on these, so a server that lost one does not start (serve/trial.py)",
        parts(
            "gateway/serve/protocol.py",
            "import uvicorn.protocols.http.httptools_impl.HttpToolsProtocol",
            "set cycle.keep_alive",
            "set server_state.total_requests",
            *(f"HttpToolsProtocol.{name}" for name in PROTOCOL.split()),
        )
        | parts("gateway/serve/trial.py", "import uvicorn.server.ServerState"),
        "test_without_a_part_that_a_limit_stands_on_nothing_is_served",
    ),
    Use(
        "uvicorn",
        "the library's handling of signals, which hands each on to ours at the end",
        parts("gateway/serve/server.py", "Server.capture_signals"),
        "test_without_a_hook_for_signals_the_server_ends_as_it_did",
    ),
    Use(
        "uvicorn",
        "the end comes after GRACE seconds: who waits for news is told of it no earlier. The flags are documented",
        parts("gateway/serve/server.py", "Server.shutdown")
        | parts(
            "gateway/serve/server.py", "set _server.should_exit", "set server.force_exit", "set server.should_exit"
        ),
    ),
    Use(
        "ipfshttpclient",
        "nothing: limits and care for credentials are set on the session, so no node is asked (kubo/session.py)",
        parts("stores/kubo/http_session.py", "_client", "_session", "import ipfshttpclient.client.Client"),
        "test_without_a_session_that_can_be_limited_no_node_is_asked",
    ),
    Use(
        "ipfshttpclient",
        "nothing: without it an upload ends with an error, and no other bytes are sent",
        parts("stores/kubo/rpc.py", "import ipfshttpclient.multipart"),
    ),
    Use(
        "requests",
        "nothing: an answer without end would fill the memory, so no node is asked",
        parts("stores/kubo/http_session.py", "set raw.stream"),
        "test_without_a_session_that_can_be_limited_no_node_is_asked",
    ),
    Use(
        "requests",
        "nothing: these are documented",
        parts(
            "stores/kubo/http_session.py",
            "set answer.raw",
            "set session.auth",
            "set session.max_redirects",
            "set session.trust_env",
        ),
    ),
    Use(
        "urllib3",
        "nothing: a connection without limits is refused, and so is a way on that nobody looked at",
        parts("http/limits.py", "set pool.pool_classes_by_scheme"),
        "test_a_pool_that_takes_no_other_connections_is_refused",
    ),
    Use(
        "dnspython",
        "nothing: these are documented",
        parts("names/dnslink.py", "set resolver.nameservers", "set resolver.port"),
    ),
)

NOT_THEIRS = {
    "cli/help.py: set error.ctx": "click documents it: the context of a UsageError",
    "cli/values.py: set kind.name": "click documents it: what a type is called",
    "secrets/scan.py: _found": "SecretSearch, in the same file",
    "site/markdown/diagrams/clean.py: set each.attrib": "Python documents it: the attributes of an element of XML",
    "site/markdown/diagrams/clean.py: set root.attrib": "Python documents it: the attributes of an element of XML",
    "site/markdown/python_markdown/callouts.py: set processor.titles": "a processor of our own",
    "site/markdown/python_markdown/formulas.py: set md.ESCAPED_CHARS": "the library documents it for extensions",
    "site/templates/sandbox.py: _inner": "_Function, in the same file",
}
"""What looks like a private part of a library, and whose it is."""

DYNAMIC = {
    "http/limits.py:LimitedConnection": "urllib3.connection.HTTPConnection",
    "http/limits.py:LimitedPool": "urllib3.connectionpool.HTTPConnectionPool",
    "http/limits.py:WatchedConnection": "urllib3.connection.HTTPConnection",
    "http/limits.py:WatchedPool": "urllib3.connectionpool.HTTPConnectionPool",
}
"""Classes of ours whose base is made while the program runs, and what that base is."""


def found(texts: Mapping[str, str], dynamic: Mapping[str, str] = DYNAMIC) -> set[str]:
    return Sources.read(texts, dynamic).private_parts()


@pytest.fixture(scope="module")
def touched() -> set[str]:
    return found({path.relative_to(HOME).as_posix(): path.read_text(encoding="utf-8") for path in own_modules()})


def listed() -> set[str]:
    return {part for use in USES for part in use.parts} | NOT_THEIRS.keys()


def test_no_private_part_is_touched_that_is_not_listed(touched: set[str]) -> None:
    assert touched - listed() == set()


def test_nothing_is_listed_that_is_no_longer_touched(touched: set[str]) -> None:
    assert listed() - touched == set()


def test_no_part_is_listed_twice() -> None:
    assert sum(len(use.parts) for use in USES) + len(NOT_THEIRS) == len(listed())


def test_a_test_takes_away_what_is_not_documented() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    for use in USES:
        assert not use.test or any(f"def {use.test}(" in text for text in texts), use.test


@pytest.mark.parametrize("name", LIBRARIES)
def test_pyproject_allows_the_versions_that_were_tried_and_none_above(name: str) -> None:
    library = LIBRARIES[name]
    asked = next(one for one in map(Requirement, ASKED) if one.name == name)
    assert all(asked.specifier.contains(tried) for tried in library.tried)
    assert not asked.specifier.contains(library.below)
    assert list(library.tried) == sorted(library.tried, key=Version)


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_oldest_version_that_pyproject_allows_was_tried(name: str) -> None:
    asked = next(one for one in map(Requirement, ASKED) if one.name == name)
    oldest = [one.version for one in asked.specifier if one.operator in (">=", "==")]
    assert [Version(one) for one in oldest] == [Version(LIBRARIES[name].tried[0])]


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_pinned_version_was_tried(name: str) -> None:
    pinned = {known.lower(): version for known, version in PINS.items()}
    assert pinned[name] in LIBRARIES[name].tried


def test_every_library_of_the_table_has_its_versions() -> None:
    documented = {"dnspython"}
    assert {use.library for use in USES} == LIBRARIES.keys() | documented


def test_errors_name_the_versions_that_pyproject_allows() -> None:
    wanted = {re.sub(r"\s", "", line) for line in ASKED}
    assert {trial.WORKS, limits.WORKS, http_session.WORKS} <= wanted


SAMPLES = {
    "an attribute of a parameter": ("def f(x): return x._secret", "_secret"),
    "an attribute that is written": ("def f(x): x._secret = 1", "_secret"),
    "an attribute of an attribute of ours": ("class A:\n def f(self): return self.x._secret", "_secret"),
    "a name as text": ("def f(x): return getattr(x, '_secret')", "_secret"),
    "a name as text that is only asked for": ("def f(x): return hasattr(x, '_secret')", "_secret"),
    "a name in a path": ("from operator import attrgetter\nf = attrgetter('a._secret')", "_secret"),
    "a name in a dictionary": ("def f(x): return x.__dict__['_secret'], vars(x)['_other']", "_secret"),
    "a name in vars": ("def f(x): return vars(x)['_other']", "_other"),
    "a mangled name": ("N = '_InlineProcessor__stashNode'", "_InlineProcessor__stashNode"),
    "a name made at run time": (
        "import markdown\ndef f(n): return getattr(markdown.Markdown, n)",
        "getattr(markdown.Markdown)",
    ),
    "an import of a name": ("from pygments.token import _TokenType", "import pygments.token._TokenType"),
    "an import of a module": ("import jinja2._identifier", "import jinja2._identifier"),
    "an import from a module": ("from uvicorn._types import Scope", "import uvicorn._types.Scope"),
    "a module that is not documented": ("from uvicorn.server import ServerState", "import uvicorn.server.ServerState"),
    "a method that is overridden": (
        "from jinja2 import Template\nclass T(Template):\n def _get_default_module(self): ...",
        "Template._get_default_module",
    ),
    "a method that is overridden by its mangled name": (
        "import markdown.treeprocessors as m\nclass T(m.InlineProcessor):\n def _InlineProcessor__stashNode(self): ...",
        "InlineProcessor._InlineProcessor__stashNode",
    ),
    "a method that is overridden by a class of the same name": (
        "import markdown.treeprocessors as m\nclass InlineProcessor(m.InlineProcessor):\n def __stashNode(self): ...",
        "InlineProcessor._InlineProcessor__stashNode",
    ),
    "an attribute that is inherited": (
        "from jinja2 import Environment\nclass T(Environment):\n def f(self): return self._load_template",
        "Environment._load_template",
    ),
    "an attribute of an object that the library sets, by chance": (
        "from markdown.util import Registry\nclass T(Registry):\n def f(self): self._is_sorted = 1",
        "Registry._is_sorted",
    ),
    "a class below one of ours": (
        "from jinja2 import Template\nclass A(Template): ...\nclass B(A):\n def _get_default_module(self): ...",
        "Template._get_default_module",
    ),
    "a part of a class that is not documented": (
        "import uvicorn\nclass S(uvicorn.Server):\n def f(self): return self.servers",
        "Server.servers",
    ),
    "an attribute of a module": ("import yaml\nyaml.SafeLoader.resolve = print", "set yaml.SafeLoader.resolve"),
    "an attribute of a library's object": (
        "from markdown import Markdown\ndef f(md: Markdown): md.parser.run = 1",
        "set md.parser.run",
    ),
    "an attribute of what was made of a library's class": (
        "import requests\ndef f():\n s = requests.Session()\n s.auth = 1",
        "set s.auth",
    ),
    "an attribute of anything": ("from typing import Any\ndef f(x: Any):\n y = x.raw\n y.stream = 1", "set y.stream"),
    "an attribute that is taken away": (
        "import markdown\ndel markdown.Markdown.convert",
        "set markdown.Markdown.convert",
    ),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_private_part_is_found(sample: str) -> None:
    text, part = SAMPLES[sample]
    assert f"a.py: {part}" in found({"a.py": text}, {})


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n def __init__(self): self._x = 1\n def f(self): return self._x",
        "class A:\n def _x(self): ...\nclass B(A):\n def f(self): return super()._x()",
        "def f(t): return t._replace(a=1)",
        "import os\nos._exit(1)",
        "from publisher.a import _b",
        "def f(x): x.__doc__ = ''",
        "from jinja2 import Template\nclass T(Template):\n def _ours(self): return self._ours",
        "class A:\n x: int = 0\ndef f(a: A): a.x = 1",
    ],
)
def test_what_is_ours_or_documented_is_none(text: str) -> None:
    assert found({"a.py": text}, {}) == set()


def test_a_base_that_is_made_at_run_time_has_to_be_named() -> None:
    text = "def f(pool):\n class Line(pool.ConnectionCls):\n  def _new_conn(self): ..."
    with pytest.raises(AssertionError, match="say in DYNAMIC"):
        found({"a.py": text}, {})
    assert found({"a.py": text}, {"a.py:Line": "urllib3.connection.HTTPConnection"}) == {
        "a.py: HTTPConnection._new_conn"
    }
