"""The tables of `content/posts/errors.md` and of its Chinese page, made from the texts of the program.

`make errors` writes the tables of both pages anew. `tests/test_errors.py` fails if a page differs from the result of
this module. The sentences around the tables are written by hand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from publisher import errors
from publisher.site.markdown.headings import slug
from tests.error_classes_in_chinese import DONE, SENTENCES
from tests.error_texts import HOME, ErrorText, collected, says_something


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one language: its file, the heads of its tables, and the words that are no text of the program."""

    path: Path
    overview: str
    messages: str
    as_hint: str
    as_message: str
    done: str
    sentences: Mapping[str, str] = field(default_factory=dict)
    """English sentence about a class -> the same sentence in the language of the page."""

    @property
    def table(self) -> re.Pattern[str]:
        """A pattern that finds each table of the page."""
        heads = "|".join(re.escape(head) for head in (self.overview, self.messages))
        return re.compile(rf"^(?:{heads})\n(?:\|.*\n)*", re.MULTILINE)

    def translated(self, sentence: str) -> str:
        """Return a sentence about a class in the language of the page. Without a translation, it stays English."""
        return self.sentences.get(sentence, sentence)


ENGLISH = Page(
    HOME / "content/posts/errors.md",
    "| code | class | what it means | what to do | `retry` |",
    "| message | what to do |",
    "do what the hint of the message says",
    "do what the message says",
    "the command did what it was asked to do",
)
CHINESE = Page(
    HOME / "content/posts/错误与对策.md",
    "| 退出码 | 类 | 含义 | 怎么办 | `retry` |",
    "| 错误信息 | 怎么办 |",
    "按错误信息的 hint 去做",
    "按错误信息去做",
    DONE,
    SENTENCES,
)
PAGES = (ENGLISH, CHINESE)
HEADING = re.compile(r"^### (.*)$", re.MULTILINE)
HEADING_ID = re.compile(r" \{#([\w-]+)\}$")


@dataclass(frozen=True, slots=True)
class Group:
    """One table: a heading of the page, a class, and the folders whose texts it has; without folders, all others."""

    heading: str
    kind: str
    folders: tuple[str, ...] = ()

    def takes(self, text: ErrorText) -> bool:
        """Whether a text belongs here, if no earlier group has taken it."""
        return self.kind == text.kind and (not self.folders or text.path.startswith(self.folders))


SHORTCODES = ("site/markdown/shortcodes/", "site/templates/shortcodes.py", "build/shortcodes.py")

GROUPS = (
    Group("A fault of the program", "PublishError"),
    Group("publish.toml", "Problem", ("config/",)),
    Group("A store in publish.toml", "ConfigError", ("stores/", "http/", "retrieval/")),
    Group("A name in publish.toml, and its key", "ConfigError", ("names/",)),
    Group("A folder of the build", "ConfigError", ("build/", "app/building.py")),
    Group("The command line", "ConfigError"),
    Group("A secret that is not sent", "SecretWithheld"),
    Group("Front matter, and names of files", "Problem", ("site/content/",)),
    Group("Links and addresses", "Problem", ("site/links/", "site/structure/", "build/site_problems.py")),
    Group("A call of a shortcode", "Problem", SHORTCODES),
    Group("Markdown and templates", "Problem", ("site/", "build/make_page.py")),
    Group("Files and secrets", "Problem"),
    Group("StoreUnreachable", "StoreUnreachable"),
    Group("StoreRefused, by a Kubo node", "StoreRefused", ("stores/kubo/",)),
    Group("StoreRefused, by a cluster or a pinning service", "StoreRefused", ("stores/", "http/")),
    Group("StoreRefused, by a gateway", "StoreRefused", ("retrieval/",)),
    Group("StoreRefused, of a root or a CAR file", "StoreRefused"),
    Group("CidMismatch", "CidMismatch"),
    Group("BlockMissing", "BlockMissing"),
    Group("StoreError", "StoreError"),
    Group("RpcError", "RpcError"),
    Group("NameUnusable", "NameUnusable"),
    Group("NameEndless", "NameEndless"),
    Group("NotAuthorised", "NotAuthorised"),
    Group("RecordMoved", "RecordMoved"),
    Group("FeeTooHigh", "FeeTooHigh"),
    Group("TransactionFailed", "TransactionFailed"),
    Group("VerifyError", "VerifyError"),
    Group("StateError", "StateError"),
    Group("Unfinished", "Unfinished"),
    Group("Interrupted", "Interrupted"),
)


def shown(texts: Iterable[ErrorText]) -> tuple[ErrorText, ...]:
    """One text for each message that says something of its own, in the order of the source."""
    found: dict[str, ErrorText] = {}
    for text in sorted(texts, key=lambda text: (text.path, text.line)):
        alike = re.sub(r"\{\w+\}", "{}", text.message)
        short = re.sub(r"( \(\{\}.*\)|[:;,] \{\}.*)$", "", alike)
        if says_something(text.message):
            found.setdefault(short, text)
    kept = [text for text in found.values() if not any(continues(text, other) for other in found.values())]
    return tuple(kept)


def continues(text: ErrorText, other: ErrorText) -> bool:
    """Whether a message is another one and more, with the same thing to do."""
    return text != other and text.hint == other.hint and text.message.startswith(other.message)


def grouped() -> dict[Group, tuple[ErrorText, ...]]:
    """Each group with its texts."""
    every: dict[Group, list[ErrorText]] = {group: [] for group in GROUPS}
    for text in collected():
        if text.kind == "BlockMissing" and not text.hint:
            continue  # of one source: the next is asked, and when none has the block, another text is shown
        if (group := next((group for group in GROUPS if group.takes(text)), None)) is not None:
            every[group].append(text)
    return {group: shown(texts) for group, texts in every.items()}


def code(text: str) -> str:
    """A text as Markdown shows it letter by letter, in a cell of a table."""
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def sentence(text: str, page: Page) -> str:
    """A hint as Markdown in a cell. Text in backticks, calls and values that a run fills in are code."""
    if re.fullmatch(r"\{\w+\}", text):
        return page.as_hint
    if not text:
        return page.as_message
    parts = re.split(
        r"(`[^`]*`|\b[A-Za-z]\w*\([\w{}]+(?:, [\w{}]+)*\)|\{\{.*?\}\}|(?:[#\w=]*\{\w+\}[\w=/]*)+|\[+[\w.{}]+\]+|[^\s,]*[<*_][^\s,]*|\"[^\"]*\"|ipfs://\S+)",
        text,
    )
    return "".join(code(part.strip("`")) if at % 2 else part for at, part in enumerate(parts))


def table(texts: Iterable[ErrorText], page: Page) -> str:
    """The table of one group. The messages and hints are English, as the program prints them."""
    rows = [f"| {code(text.message)} | {sentence(text.hint, page)} |" for text in texts]
    return "\n".join([page.messages, "| --- | --- |", *rows]) + "\n"


def overview(page: Page) -> str:
    """The table of all classes, with the exit code of each class, its meaning and what to do."""
    rows = [f"| 0 | | {page.done} | | |"]
    for kind in classes():
        meaning, advice = meaning_and_advice(kind)
        retry = "yes" if kind.retry else "no"
        cells = (kind.exit_code, f"`{kind.__name__}`", page.translated(meaning), page.translated(advice), retry)
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([page.overview, "| ---: | --- | --- | --- | --- |", *rows]) + "\n"


def meaning_and_advice(kind: type[errors.PublishError]) -> tuple[str, str]:
    """The first line of the docstring of a class, and what the tree in `publisher/errors.py` says to do."""
    doc = errors.__doc__ or ""
    todo = dict(re.findall(r"^[| '-]*(\w+) +(?:\d+ +)?(\S.*)$", doc.partition("\n\n")[2], re.MULTILINE))
    meaning = (kind.__doc__ or "").split("\n")[0].rstrip(".")
    if not meaning.startswith(("DNS", "Ctrl", "`")):
        meaning = meaning[0].lower() + meaning[1:]
    return meaning, todo.get(kind.__name__, "")


def classes() -> Iterator[type[errors.PublishError]]:
    """The classes that a reader can meet, in the order of `publisher/errors.py`."""
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.PublishError) and kind is not errors.Problems:
            yield kind


def written(text: str, page: Page) -> str:
    """The text of a page with every table made anew. KeyError for a heading of the third level that no group has."""
    tables = {slug(group.heading): table(texts, page) for group, texts in grouped().items()}
    begin, *rest = HEADING.split(text)
    parts = [page.table.sub(lambda _: overview(page), begin, count=1)]
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        made = tables[heading_id(heading)]
        parts.append(f"### {heading}" + page.table.sub(lambda _, made=made: made, body, count=1))
    return "".join(parts)


def heading_id(heading: str) -> str:
    """The id of a heading: the one that it gives, as a Chinese heading does, or the slug of its words."""
    given = HEADING_ID.search(heading)
    return given[1] if given else slug(heading)


def main() -> None:
    """Write the tables of both pages anew."""
    for page in PAGES:
        page.path.write_text(written(page.path.read_text(encoding="utf-8"), page), encoding="utf-8")


if __name__ == "__main__":
    main()
