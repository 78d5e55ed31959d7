"""To add X, the files that CONTRIBUTING.md names are enough: a sample of each kind is added to a copy of the package.

A sample changes nothing but what its row names, and then the program itself is asked whether it knows the new kind.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.build.site import article, write
from tests.test_contributing import TO_ADD, paths

HOME = Path(__file__).resolve().parents[1]
ROWS = {row[0]: row[1] for row in TO_ADD}
SITE = '[site]\ntitle = "Sample"\nurl = "https://example.org/"\n'
EMBEDDED = '[stores.local]\nkind = "embedded"\n'

BY_HAND = {
    "a gateway answer": "it changes what an answer is, and tests/gateway/test_like_kubo.py compares each with Kubo's",
    "something that `publish diff` shows": "it changes how two texts are compared, which is no list to add to",
    "a room": "tests/test_architecture.py and tests/test_contributing.py refuse a folder that has no row",
}
"""Rows without a sample, and why."""


@dataclass(frozen=True)
class Copy:
    """The package in a folder of its own, and a site beside it."""

    folder: Path
    named: tuple[str, ...]
    """What the row of the table names."""

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def place(self, path: str) -> Path:
        """A file that may be touched: one that the row names, or a new one in a folder that it names."""
        assert any(path == name or (name.endswith("/") and path.startswith(name)) for name in self.named), path
        inside = self.folder / "publisher" / path
        return inside if inside.parent.is_dir() else self.folder / path

    def change(self, path: str, old: str, new: str) -> None:
        place = self.place(path)
        text = place.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        place.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, path: str, text: str) -> None:
        place = self.place(path)
        assert not place.exists()
        place.write_text(text, encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        with self.place(path).open("a", encoding="utf-8") as file:
            file.write(text)

    def settings(self, *tables: str) -> None:
        write(self.site, {"publish.toml": "\n".join([SITE, *tables])})

    def python(self, code: str, *words: str, exit_code: int = 0) -> str:
        env = {key: value for key, value in os.environ.items() if not key.startswith("PUBLISH_")}
        env["PYTHONPATH"] = str(self.folder)
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=self.site,
            env=env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done.stdout

    def publish(self, *words: str, exit_code: int = 0) -> str:
        return self.python("from publisher.cli import main; main()", *words, exit_code=exit_code)

    def config(self) -> dict[str, object]:
        """The settings as `publish config` shows them."""
        return {row["key"]: row["value"] for row in json.loads(self.publish("config", "--json"))["settings"]}

    def built(self) -> Path:
        """The output folder, built now."""
        self.publish("build", "-q")
        return self.site / "_site"


Sample = Callable[[Copy], None]
SAMPLES: dict[str, tuple[Sample, tuple[str, ...]]] = {}


def sample(row: str, *more: str) -> Callable[[Sample], Sample]:
    """The sample of a row. `more` are paths that the row describes and does not name."""

    def keep(function: Sample) -> Sample:
        SAMPLES[row] = (function, more)
        return function

    return keep


@pytest.mark.whole
@pytest.mark.parametrize("row", [pytest.param(row, id=row) for row in ROWS if row not in BY_HAND])
def test_what_the_table_names_is_enough(tmp_path: Path, row: str) -> None:
    function, more = SAMPLES[row]
    shutil.copytree(HOME / "publisher", tmp_path / "publisher")
    shutil.copytree(HOME / "templates", tmp_path / "templates")
    copy = Copy(tmp_path, (*paths(ROWS[row]), *more))
    copy.settings(EMBEDDED)
    write(copy.site, {"content/posts/first.md": article("First", 1)})
    where = copy.python("import publisher; print(publisher.__file__)").strip()
    assert Path(where).is_relative_to(tmp_path)
    function(copy)


def test_every_row_has_a_sample_or_a_reason_why_it_has_none() -> None:
    assert ROWS.keys() == SAMPLES.keys() | BY_HAND.keys()
    assert not SAMPLES.keys() & BY_HAND.keys()


def test_a_sample_cannot_touch_what_its_row_does_not_name(tmp_path: Path) -> None:
    copy = Copy(tmp_path, ("stores/", "stores/base.py"))
    copy.place("stores/shoebox.py")
    for path in ("config/__init__.py", "stores.py", "names/base.py"):
        with pytest.raises(AssertionError):
            copy.place(path)


# Articles, pages, words


@sample("a front matter key")
def front_matter_key(copy: Copy) -> None:
    copy.change("site/content/frontmatter/keys.py", '    "extra",\n', '    "subtitle",\n    "extra",\n')
    copy.change("site/content/frontmatter/interpret.py", '("title", "summary", ', '("title", "subtitle", "summary", ')
    copy.change(
        "site/content/parser.py",
        "        words=body.cjk",
        '        subtitle=values.get("subtitle", ""),\n        words=body.cjk',
    )
    copy.change(
        "site/model.py",
        "    words: int = 0\n    toc",
        '    words: int = 0\n    subtitle: str = ""\n    toc',
    )
    copy.change(
        "site/content/records.py",
        '        "words": article.words,',
        '        "words": article.words,\n        "subtitle": article.subtitle,',
    )
    copy.change(
        "site/content/records.py",
        '        words=rest["words"],',
        '        words=rest["words"],\n        subtitle=rest["subtitle"],',
    )
    copy.change(
        "site/templates/views.py", "    words: int\n    minutes", "    subtitle: str\n    words: int\n    minutes"
    )
    copy.change("site/templates/views.py", "        of.words,", "        of.subtitle,\n        of.words,")
    write(copy.site, {"templates/article.html": "<title>{{ page.title }}</title><h2>{{ page.subtitle }}</h2>"})
    write(copy.site, {"content/posts/first.md": article("First", 1, subtitle="Below it")})
    assert "<h2>Below it</h2>" in (copy.built() / "posts/first/index.html").read_text(encoding="utf-8")
    write(copy.site, {"content/posts/second.md": article("Second", 2)})
    assert "<h2>Below it</h2>" in (copy.built() / "posts/first/index.html").read_text(encoding="utf-8")


@sample("a shortcode of the theme")
def shortcode(copy: Copy) -> None:
    copy.add("templates/shortcodes/sample.html", '<p class="sample">{{ word }}</p>')
    copy.append("templates/assets/style.css", ".sample { color: green }\n")
    write(copy.site, {"content/posts/first.md": article("First", 1, "::sample{word=told}")})
    assert '<p class="sample">told</p>' in (copy.built() / "posts/first/index.html").read_text(encoding="utf-8")


@sample("a Markdown extension")
def markdown_extension(copy: Copy) -> None:
    copy.change(
        "site/markdown/python_markdown/engine.py",
        "            Emoji(),\n",
        '            Emoji(),\n            "pymdownx.progressbar",\n',
    )
    copy.append("templates/assets/style.css", ".progress-bar { background: green }\n")
    write(copy.site, {"content/posts/first.md": article("First", 1, '[=65% "done"]')})
    assert 'class="progress-bar"' in (copy.built() / "posts/first/index.html").read_text(encoding="utf-8")
    assert ".progress-bar" in (copy.site / "_site/assets/style.css").read_text(encoding="utf-8")


@sample("a command for formulas")
def formula_command(copy: Copy) -> None:
    copy.change(
        "site/markdown/math/macros.py",
        '        "\\\\substack":',
        '        "\\\\sample": r"\\frac{#1}{7}",\n        "\\\\substack":',
    )
    copy.change(
        "site/markdown/math/boxes.py",
        '    "\\\\sout": _struck,',
        '    "\\\\sout": _struck,\n    "\\\\samplestrike": _struck,',
    )
    write(copy.site, {"content/posts/first.md": article("First", 1, r"$\sample{x} \samplestrike{y}$")})
    page = (copy.built() / "posts/first/index.html").read_text(encoding="utf-8")
    assert "<mfrac><mi>x</mi><mn>7</mn></mfrac>" in page
    assert "linear-gradient" in page


@sample("a Markdown flavour")
def markdown_flavour(copy: Copy) -> None:
    copy.change("site/settings.py", '("python", "commonmark")', '("python", "commonmark", "plain")')
    copy.add(
        "site/markdown/plain.py",
        "from html import escape\nfrom publisher.site.model import Rendered\n\n\nclass Engine:\n"
        "    def render(self, path, text, line, language):\n"
        "        return Rendered(f'<pre>{escape(text)}</pre>')\n",
    )
    copy.change(
        "site/markdown/renderer.py",
        '        if flavour == "commonmark":\n',
        '        if flavour == "plain":\n            from publisher.site.markdown.plain import Engine as Plain\n\n'
        '            return Plain()\n        if flavour == "commonmark":\n',
    )
    write(copy.site, {"content/posts/first.md": article("First", 1, "*plain*", markdown="plain")})
    assert "<pre>*plain*" in (copy.built() / "posts/first/index.html").read_text(encoding="utf-8")


@sample("a page that every site has")
def page_of_every_site(copy: Copy) -> None:
    missing = 'PlainPage("404", "404.html")]'
    copy.change("site/structure/all_pages.py", missing, missing[:-1] + ', PlainPage("colophon", "colophon/")]')
    copy.change(
        "site/templates/views.py", '    "404": "404.html",', '    "404": "404.html",\n    "colophon": "colophon.html",'
    )
    copy.add("templates/colophon.html", "<title>Colophon</title><p>Made by hand.</p>")
    copy.append(
        "site/feeds.py", '\n\ndef humans(site: SiteSettings) -> bytes:\n    return f"{site.title}\\n".encode()\n'
    )
    copy.change("build/extras.py", 'NAMES = ("_redirects", ', 'NAMES = ("_redirects", "humans.txt", ')
    robots = '    if name == "robots.txt":\n'
    text = (
        '    if name == "humans.txt":\n        from publisher.site.feeds import humans\n\n'
        '        return _Extra(lambda *_: humans(site.settings), (), b"")\n'
    )
    copy.change("build/extras.py", robots, text + robots)
    folder = copy.built()
    assert "Made by hand." in (folder / "colophon/index.html").read_text(encoding="utf-8")
    assert (folder / "humans.txt").read_bytes() == b"Sample\n"


@sample("a UI language")
def language(copy: Copy) -> None:
    block = '    "eo": _block(_NUMBERS, "Salti al la enhavo", *_KEYS[1:-8], "{day} {month} {year}", *_KEYS[-7:]),\n'
    copy.change("site/words_data.py", '    "zh": _block(\n', block + '    "zh": _block(\n')
    write(copy.site, {"publish.toml": SITE + 'language = "eo"\n'})
    assert "Salti al la enhavo" in (copy.built() / "index.html").read_text(encoding="utf-8")


# Stores and names

STORE = '''
"""Blocks as files of a folder."""

from dataclasses import dataclass
from pathlib import Path

from publisher.dag import walk
from publisher.dag.cid import Cid
from publisher.errors import BlockMissing
from publisher.findings import Finding
from publisher.stores.base import Receipt


@dataclass(frozen=True, slots=True)
class ShoeboxSettings:
    folder: str
    """Where the blocks are put."""


SETTINGS = ShoeboxSettings


def check(settings):
    pass


def where(settings):
    return settings.folder


def connect(label, settings, context):
    return Shoebox(label, Path(settings.folder))


@dataclass(frozen=True)
class Shoebox:
    label: str
    folder: Path
    kind: str = "shoebox"

    def _pin(self, root):
        return self.folder / f"{root}.pin"

    def held(self, root):
        return self._pin(root).exists()

    def pins(self, name):
        return frozenset(Cid.parse(pin.stem) for pin in self.folder.glob("*.pin") if pin.read_text() == name)

    def claims(self):
        return {}

    def unpin(self, root, name, sites):
        there = root in self.pins(name)
        self._pin(root).unlink(missing_ok=True)
        return there

    def disclaim(self, root, sites):
        pass

    def examine(self):
        yield Finding(self.label, "ok", "its lid closes")

    def origins(self):
        return ()

    def connect_peers(self, addresses):
        pass

    def put(self, upload, progress):
        self.folder.mkdir(exist_ok=True)
        for block in walk.reachable(upload.get, upload.root):
            (self.folder / str(block.cid)).write_bytes(block.data)
        self._pin(upload.root).write_text(upload.name)
        return Receipt(self.label, self.kind, "pinned", upload.root)

    def pin(self, request):
        self.folder.mkdir(exist_ok=True)
        self._pin(request.root).write_text(request.name)
        return Receipt(self.label, self.kind, "pinned", request.root)

    def reader(self):
        def get(cid):
            try:
                return (self.folder / str(cid)).read_bytes()
            except FileNotFoundError:
                raise BlockMissing(self.label, f"block {cid} is not here")

        return get
'''
PINNER = """

def connect(label, settings, context):
    return Friend(label, Path(settings.folder))


class Friend(Shoebox):
    def reader(self):
        return None
"""
BOX = '[stores.box]\nkind = "shoebox"\nfolder = "box"\n'


def known_and_held(copy: Copy) -> None:
    """The box is a setting, has a finding, and takes what is published."""
    assert copy.config()["stores.box.folder"] == "box"
    assert "its lid closes" in copy.publish("doctor")
    told = json.loads(copy.publish("--yes", "--json"))
    assert (copy.site / "box" / f"{told['root']}.pin").exists()


@sample("a kind of store")
def store(copy: Copy) -> None:
    copy.add("stores/shoebox.py", STORE.lstrip())
    embedded = '        "embedded": "publisher.stores.embedded",\n'
    copy.change("stores/kinds.py", embedded, embedded + '        "shoebox": "publisher.stores.shoebox",\n')
    copy.settings(EMBEDDED, BOX)
    known_and_held(copy)


@sample("a kind of pinner", "stores/")
def pinner(copy: Copy) -> None:
    copy.add("stores/shoebox.py", STORE.lstrip() + PINNER)
    one = '{"pinning": "publisher.stores.pinning"}'
    copy.change("stores/kinds.py", one, one.replace("}", ', "shoebox": "publisher.stores.shoebox"}'))
    copy.settings(EMBEDDED, BOX)
    known_and_held(copy)


@sample("a known pinning service")
def pinning_service(copy: Copy) -> None:
    row = '"shelf": Preset(api="https://api.example.org/psa", access="at example.org"),\n'
    copy.change("stores/pinning/presets.py", '        "pinata": Preset(\n', f'        {row}        "pinata": Preset(\n')
    copy.settings('[stores.box]\nkind = "pinning"\nservice = "shelf"\ntoken-env = "PUBLISH_TOKEN"\n')
    assert copy.config()["stores.box.service"] == "shelf"
    assert "PUBLISH_TOKEN" in copy.publish("doctor", exit_code=2)


@sample("a service that takes a CAR")
def upload_service(copy: Copy) -> None:
    there = 'upload="https://up.example.org", listing="https://up.example.org", access="a key at example.org"'
    row = f'"shelf": Preset(interface="pinata", {there}),\n'
    copy.change("stores/upload/presets.py", '        "pinata": Preset(\n', f'        {row}        "pinata": Preset(\n')
    copy.settings('[stores.box]\nkind = "upload"\nservice = "shelf"\ntoken-env = "PUBLISH_TOKEN"\n')
    assert copy.config()["stores.box.service"] == "shelf"
    assert "PUBLISH_TOKEN" in copy.publish("doctor", exit_code=2)


NAME = '''
"""A name that is a file: it shows what is written in it."""

from dataclasses import dataclass
from pathlib import Path

from publisher.findings import Finding
from publisher.names.base import NameOutcome, NameState

SIGNING = ()


@dataclass(frozen=True, slots=True)
class SignpostSettings:
    name: str
    """Its file."""


SETTINGS = SignpostSettings


def check(settings):
    pass


def connect(settings, context):
    return Signpost(settings.name, context.folder / settings.name)


def home(settings):
    return ""


def has_signer(settings):
    return True


def high_fee(settings):
    return ""


def signs(settings, folder, key, read):
    return False


@dataclass(frozen=True)
class Signpost:
    name: str
    file: Path
    kind: str = "signpost"

    def observe(self, goal, events):
        return NameState(self.name, self.kind, self.shows(), "", None)

    def move(self, goal, events, record_event, log, before_move=None):
        before = self.shows()
        self.file.write_text(goal.after)
        return NameOutcome(self.name, self.kind, "moved", before, goal.after)

    def shows(self):
        return self.file.read_text() if self.file.exists() else ""

    def history(self):
        return iter(())

    def examine(self):
        yield Finding(self.name, "ok", "its post stands upright")
'''


@sample("a kind of name")
def name(copy: Copy) -> None:
    copy.add("names/signpost.py", NAME.lstrip())
    one = '{"ens": "publisher.names.ens"}'
    copy.change("names/kinds.py", one, one.replace("}", ', "signpost": "publisher.names.signpost"}'))
    copy.settings(EMBEDDED, '[names.main]\nkind = "signpost"\nname = "post.txt"\n')
    assert copy.config()["names.main.name"] == "post.txt"
    assert "its post stands upright" in copy.publish("doctor")
    root = json.loads(copy.publish("--yes", "--json"))["root"]
    assert (copy.site / "post.txt").read_text() == f"ipfs://{root}"


@sample("a kind of pipeline")
def add_a_kind_of_pipeline(copy: Copy) -> None:
    copy.add("ci/files/drone.yml", 'steps: [{name: publish, commands: ["pip install @install@"]}]\n')
    files = '(("drone.yml", ".drone.yml"),), ".drone-constraints.txt"'
    copy.append("ci/kinds.py", f'KINDS["drone"] = PipelineKind("drone", "Drone", {files})\n')
    copy.change("cli/commands/ci/init.py", '"post-receive")', '"post-receive", "drone")')
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=copy.site, check=True)
    copy.publish("ci", "init", "--for", "drone", "--install", "a-program")
    assert "pip install a-program" in (copy.site / ".drone.yml").read_text(encoding="utf-8")


@sample("a way to sign")
def signer(copy: Copy) -> None:
    opens = '    raise ConfigError(\n        "signer",\n        "the setting has an unknown form"'
    sample = (
        '    if kind == "number":\n        key = int(where).to_bytes(32, "big")\n'
        "        return KeySigner(address_of(key), lambda: key)\n"
    )
    copy.change("names/signers/keys.py", opens, sample + opens)
    copy.change("names/ens/__init__.py", 'rf"|env:', 'rf"|number:[0-9]+|env:')
    rpc = 'rpc = ["http://127.0.0.1:9"]\n'
    copy.settings(EMBEDDED, f'[names.main]\nkind = "ens"\nname = "example.eth"\n{rpc}signer = "number:1"\n')
    assert copy.config()["names.main.signer"] == "number:1"
    address = "from publisher.names.signers.keys import open_signer; print(open_signer('number:1', '', None).address)"
    assert copy.python(address).strip() == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


@sample("a doctor's finding")
def finding(copy: Copy) -> None:
    first = '    yield Finding("python", "ok", f"publish'
    copy.change("doctor/machine.py", first, '    yield Finding("kettle", "warning", "it is cold", "heat it")\n' + first)
    assert "it is cold" in copy.publish("doctor")


@sample("a reason to keep a root")
def reason(copy: Copy) -> None:
    wanted = '    because("the newest run is for it"'
    liked = '    because("somebody likes it", _last(dated, settings.roots))\n'
    copy.change("deploy/retention.py", wanted, liked + wanted)
    copy.publish("--yes")
    (kept,) = json.loads(copy.publish("prune", "--dry-run", "--json"))["kept"]
    assert "somebody likes it" in kept["why"]


# Pipelines


@sample("a forge")
def forge(copy: Copy) -> None:
    before = '    if env.get("CI") == "woodpecker":\n'
    new = '    if env.get("KETTLE_CI"):\n        return Pipeline(forge="kettle", repository=env["KETTLE_REPOSITORY"])\n'
    copy.change("ci/pipeline.py", before, new + before)
    env = {"KETTLE_CI": "1", "KETTLE_REPOSITORY": "anna/site"}
    code = f"from publisher.ci.pipeline import read_pipeline; print(read_pipeline({env}))"
    assert "forge='kettle', repository='anna/site'" in copy.python(code)


@sample("an output of the action")
def output(copy: Copy) -> None:
    copy.change("ci/outputs.py", '"car", "diff"', '"car", "pages", "diff"')
    copy.change(
        "ci/outputs.py", '        "diff": str(', '        "pages": str(data.get("pages", "")),\n        "diff": str('
    )
    env = "import os; os.environ.update(GITHUB_ACTIONS='true', GITHUB_OUTPUT='outputs')"
    copy.python(f"{env}; from publisher.cli import main; main()", "ci", "run", "build")
    assert re.search(r"^pages<<(.*)\n[1-9]\d*\n\1$", (copy.site / "outputs").read_text(), re.MULTILINE)


# The command line, the journal, settings

COMMAND = '''
"""`publish greet`: a greeting."""

import click

from publisher.app.greet import greeting
from publisher.app.context import Session
from publisher.cli.options import common, plain
from publisher.cli.text.greet import line


@click.command()
@common
@click.pass_obj
@plain
def command(session: Session, /) -> None:
    """Greet."""
    session.report.result(line(greeting()))
    session.report.finish()
'''


@sample("a command")
def command(copy: Copy) -> None:
    copy.add("cli/commands/greet.py", COMMAND.lstrip())
    copy.add("app/greet.py", 'def greeting() -> str:\n    return "good morning"\n')
    copy.add("cli/text/greet.py", 'def line(text: str) -> str:\n    return f"{text}!"\n')
    copy.change("cli/group.py", '    "doctor": ', '    "greet": "A greeting.",\n    "doctor": ')
    assert copy.publish("greet") == "good morning!\n"
    assert "A greeting." in copy.publish("--help")


@sample("an event")
def event(copy: Copy) -> None:
    kinds = "KINDS: dict[str, type[Event]] = {"
    text = '@dataclass(frozen=True, slots=True)\nclass Greeted(Event):\n    kind = "greeted"\n    who: str\n\n\n'
    copy.change("journal/events.py", kinds, text + kinds)
    copy.change("journal/events.py", "Settled, Named, Verified", "Settled, Greeted, Named, Verified")
    code = """if True:
        from pathlib import Path
        from publisher.journal.events import Greeted
        from publisher.journal.log import Journal
        journal = Journal(Path("journal"))
        with journal.locked():
            journal.append(Greeted("Ada"))
        print(Journal(Path("journal")).events())
    """
    assert copy.python(code) == "(Greeted(who='Ada'),)\n"


@sample("an error")
def error(copy: Copy) -> None:
    copy.append("errors.py", '\n\nclass OutOfCoffee(PublishError):\n    """Brew some."""\n\n    exit_code = 8\n')
    code = """if True:
        from publisher import cli, errors
        from publisher.app.context import Session
        def settings(session):
            raise errors.OutOfCoffee("kettle", "it is empty", hint="brew some")
        Session.settings = settings
        cli.main(["config", "--json"])
    """
    told = json.loads(copy.python(code, exit_code=8))
    assert told["error"]["kind"] == "OutOfCoffee"


@sample("a setting", "site/settings.py")
def setting(copy: Copy) -> None:
    copy.change(
        "site/settings.py", "    feed_items: int = 20\n", '    feed_items: int = 20\n    long_motto: str = "none"\n'
    )
    assert copy.config()["site.long-motto"] == "none"
    write(copy.site, {"publish.toml": SITE + 'long-motto = "Read twice"\n'})
    assert copy.config()["site.long-motto"] == "Read twice"


@sample("a shape of a secret")
def secret(copy: Copy) -> None:
    copy.change(
        "secrets/shapes.py", "_KEYS = (\n", '_KEYS = (\n    _Mark(b"FLUFFY-KEY-", KEY, (rb"FLUFFY-KEY-[0-9]{8}",)),\n'
    )
    copy.change("secrets/file_names.py", '_ENDINGS = (".env", ', '_ENDINGS = (".env", ".fluff", ')
    write(copy.site, {"content/a.txt": "FLUFFY-KEY-1234", "content/b.fluf": "x"})
    copy.publish("check")
    write(copy.site, {"content/a.txt": "FLUFFY-KEY-12345678", "content/b.fluff": "x"})
    told = json.loads(copy.publish("check", "--json", exit_code=3))
    assert {problem["path"] for problem in told["problems"]} == {
        "content/a.txt",
        "content/b.fluff",
    }


@sample("a bench case")
def bench(copy: Copy) -> None:
    shutil.copytree(HOME / "bench", copy.folder / "bench", ignore=shutil.ignore_patterns("peers"))
    copy.add("bench/nap.py", "def nap(bench):\n    return []\n")
    cases = "CASES = {\n"
    copy.change("bench/run.py", cases, f'import nap\n\n{cases}    "nap": Case("a nap / none", nap.nap, 1, 1.0),\n')
    code = """if True:
        import runpy, sys
        sys.argv[1:] = ["--help"]
        sys.path.insert(0, "../bench")
        runpy.run_path("../bench/run.py", run_name="__main__")
    """
    assert "nap" in copy.python(code)
