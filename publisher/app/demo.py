"""Run a whole publish with an embedded store and an embedded chain."""

from __future__ import annotations

import io
import json
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.app.context import Session
from publisher.app.preview import blocks
from publisher.errors import ConfigError, ContentError
from publisher.fast_dataclass import dataclass
from publisher.report import Report
from publisher.secrets.own_files import CONFIG_FILE
from publisher.site.file_names import is_markdown

if TYPE_CHECKING:
    from publisher.devnet import Devnet
    from publisher.gateway.message import Respond
    from publisher.gateway.serve.server import Server

NAME = "demo.eth"
KEY = "PUBLISH_DEMO_KEY"
SAMPLE = {
    "posts/hello.md": "---\ntitle: Hello\ndate: 2026-01-01\ntags: [first]\n---\n\nSee [about](../about.md).\n",
    "posts/ni-hao.md": "---\ntitle: 你好\ndate: 2026-01-02\nlanguage: zh\ntags: [first]\n---\n\n这是一个演示。\n",
    "about.md": "---\ntitle: About\n---\n\nA site that was made for a demonstration.\n",
}


@dataclass(frozen=True, slots=True)
class DemoListener:
    """The functions that a demonstration calls with its results."""

    published: Callable[[list[dict[str, Any]]], None]
    """The demonstration calls this function with the JSON objects of the two publishes."""
    bound: Callable[[str], None]
    """The demonstration calls this function with the address of the server before the server answers requests."""


def demo(
    session: Session, publish: Callable[[Session], None], listener: DemoListener, *, once: bool, host: str, port: int
) -> None:
    """Publish a copy of the site to an embedded store and chain, edit the copy, publish it again, and serve it.

    Without a site, a sample takes its place. `publish` runs a whole publish on a session and asks no questions. With
    `once`, every page is visited once, and then the server stops. Raises ConfigError if a library is missing or there
    is no article, ContentError for faults in the site, and VerifyError if a visited page is wrong.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="publish-demo-")))
        chain = stack.enter_context(_chain())
        article = _copy_site(session, folder, chain)
        publishes = [_publish(session, folder, chain, "first", publish)]
        with article.open("a", encoding="utf-8") as file:
            file.write("\nThis sentence was added by the demonstration.\n")
        session.report.say(f"\nedited {article.relative_to(folder)}, so publish again")
        publishes.append(_publish(session, folder, chain, "second", publish))
        listener.published(publishes)
        _serve(session, folder, chain, publishes[-1]["root"], listener, once=once, host=host, port=port)


def _chain() -> AbstractContextManager[Devnet]:
    try:
        from publisher.devnet import devnet

        return _ready(devnet((NAME,)))
    except ImportError as error:
        # The hint names the folder. With a name alone, pip would install whatever package a registry has of that name.
        hint = "run `pip install --constraint constraints.txt '.[devnet]'` in a checkout of the project"
        raise ConfigError("publish demo", "the embedded chain is not installed", hint=hint) from error


def _ready(chain: AbstractContextManager[Devnet]) -> AbstractContextManager[Devnet]:
    import eth_tester  # noqa: F401  (raises if it is missing, before anything begins)

    return chain


def _copy_site(session: Session, folder: Path, chain: Devnet) -> Path:
    """Copy the site into `folder`, or write a sample. Return the path of the article that the demonstration edits."""
    content = folder / "content"
    table = '[site]\ntitle = "Demonstration"\n'
    if session.has_site():
        settings = session.settings()
        _copy(session.site / settings.build.content, content, settings.build.content)
        others = {"templates": settings.build.templates, "static": settings.build.static, "data": settings.build.data}
        for name, where in others.items():
            if (session.site / where).is_dir():
                _copy(session.site / where, folder / name, where)
        table = site_tables(settings.file)
    else:
        for name, text in SAMPLE.items():
            (content / name).parent.mkdir(parents=True, exist_ok=True)
            (content / name).write_text(text, encoding="utf-8")
    names = f'name = "{NAME}"\nrpc = ["{chain.url}"]\nchain-id = {chain.chain_id}\nsigner = "env:{KEY}"'
    (folder / CONFIG_FILE).write_text(
        f'{table}\n[stores.embedded]\nkind = "embedded"\n\n[names.main]\nkind = "ens"\n{names}\n', encoding="utf-8"
    )
    articles = sorted(path for path in content.glob("**/*") if is_markdown(path.name))
    articles.sort(key=lambda path: path.relative_to(content).parts[0] != "posts")
    if not articles:
        raise ConfigError("publish demo", "there is no article to publish", hint="run `publish new TITLE` to make one")
    return articles[0]


def _copy(folder: Path, target: Path, label: str) -> None:
    """Copy the files that a build reads, without following symbolic links.

    Raises ContentError for a file that a build would refuse.
    """
    from publisher.regular_files import chunks
    from publisher.site.content.scan import scan

    scanned = scan(folder, label)
    if scanned.problems:
        raise ContentError("publish demo", scanned.problems, hint="correct these, then run again; nothing was copied")
    for found in scanned.files:
        place = target / found.path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.writelines(chunks(found.place))


def site_tables(file: Path) -> str:
    """Return the tables of a publish.toml that say how its site is built, as TOML. Leave out `url` of `[site]`.

    `file` may be missing.
    """
    from publisher.config import OF_SITE

    given = tomllib.loads(file.read_text(encoding="utf-8-sig")) if file.exists() else {}
    given.get("site", {}).pop("url", None)
    return "".join(f"{name} = {_toml(given[name])}\n" for name in (*OF_SITE, "check") if name in given)


def _toml(value: Any) -> str:
    """Return a value of a TOML file as TOML in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, date | time):
        return value.isoformat()
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(text, text)


def _inner(session: Session, folder: Path, chain: Devnet) -> Session:
    """Return a session for the copy of the site in `folder`. Its results are not printed."""
    report = Report(io.StringIO(), session.report.err, session.env, quiet=session.report.quiet)
    return Session({**session.env, KEY: chain.key}, folder, None, report)


def _publish(
    session: Session, folder: Path, chain: Devnet, which: str, publish: Callable[[Session], None]
) -> dict[str, Any]:
    """Run `publish --yes` on the copy and return its JSON object. `which` names the publish: `first` or `second`."""
    session.report.say(f"-- the {which} publish")
    inner = _inner(session, folder, chain)
    try:
        publish(inner)
    finally:
        inner.close()
    return inner.report.data


def _serve(
    session: Session,
    folder: Path,
    chain: Devnet,
    root: str,
    listener: DemoListener,
    *,
    once: bool,
    host: str,
    port: int,
) -> None:
    """Serve the site that the name shows. With `once`, visit it and stop."""
    from publisher.dag.uri import root_of
    from publisher.gateway.context import Gateway, PlainReader
    from publisher.gateway.preview.privacy import private, refuse
    from publisher.gateway.respond import respond
    from publisher.gateway.serve.server import Server, ServerOptions
    from publisher.names.ens.resolver import lookup
    from publisher.names.ens.rpc import Chain

    @contextmanager
    def opening() -> Iterator[Respond]:
        cache = _inner(session, folder, chain).cache_folder
        with blocks(cache) as get, closing(Chain([chain.url], chain.chain_id)) as asked:
            gateway = Gateway(PlainReader(get), lambda name: root_of(lookup(asked, name)), home=NAME, name_seconds=0)
            yield private(lambda request: respond(request, gateway))  # Others must not read an unpublished site.

    server = Server(opening, host, port, log=session.report.say, options=ServerOptions(refuse=refuse))
    url = server.named(NAME)
    listener.bound(url)
    if once:
        _visit_once(session.report, server, root)
    else:
        session.report.say(f"{NAME} is looked up on the chain at each request; Ctrl-C stops the server")
        server.run()


def _visit_once(report: Report, server: Server, root: str) -> None:
    """Visit the site under its name and by its root on a path gateway. Raises VerifyError if a page is wrong."""
    from publisher.app.visit import visit

    server.start()
    try:
        named = visit(server.host, server.port, f"{NAME}.localhost:{server.port}", "/", root)
        by_root = visit(server.host, server.port, f"127.0.0.1:{server.port}", f"/ipfs/{root}/", root)
    finally:
        server.stop()
    report.add("visited", {"name": named, "path": by_root})
    report.say(f"visited {named} addresses under the name and {by_root} below /ipfs/: every one is from {root}")
