"""The tables of `content/posts/errors.md`, made of the program's own texts.

`make errors` writes them anew; `tests/test_errors.py` fails where the page is not what this module makes. The sentences
around the tables are the page's own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from publisher import errors
from tests.error_texts import HOME, ErrorText, collected, says_something

PAGE = HOME / "content/posts/errors.md"
OVERVIEW = "| code | class | what it means | what to do | `retry` |"
HEAD = "| message | what to do |"
TABLE = re.compile(r"^\| (?:code|message) \|.*\n(?:\|.*\n)*", re.MULTILINE)
HEADING = re.compile(r"^### (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Group:
    """One table: a heading of the page, a class, and the folders whose texts it has; without folders, all others."""

    heading: str
    kind: str
    folders: tuple[str, ...] = ()

    def takes(self, text: ErrorText) -> bool:
        """Whether a text belongs here, if no earlier group has taken it."""
        return self.kind == text.kind and (not self.folders or text.path.startswith(self.folders))


GROUPS = (
    Group("A fault of the program", "PublishError"),
    Group("publish.toml", "Problem", ("config.py",)),
    Group("A store in publish.toml", "ConfigError", ("stores/", "http/", "retrieval/")),
    Group("A name in publish.toml, and its key", "ConfigError", ("names/",)),
    Group("A folder of the build", "ConfigError", ("build/", "app/building.py")),
    Group("The call", "ConfigError"),
    Group("A secret that is not sent", "SecretWithheld"),
    Group("Front matter, and names of files", "Problem", ("site/content/",)),
    Group("Links and addresses", "Problem", ("site/links/", "site/structure/", "build/faults.py")),
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


def sentence(text: str) -> str:
    """A hint as Markdown in a cell: what stands in backticks and what a run fills in is code, the rest is prose."""
    if re.fullmatch(r"\{\w+\}", text):
        return "do what the hint of the message says"
    if not text:
        return "do what the message says"
    parts = re.split(
        r"(`[^`]*`|\{\{.*?\}\}|(?:[#\w=]*\{\w+\}[\w=/]*)+|\[[\w.{}]+\]|[^\s,]*[<*_][^\s,]*|\"[^\"]*\"|ipfs://\S+)", text
    )
    return "".join(code(part.strip("`")) if at % 2 else part for at, part in enumerate(parts))


def table(texts: Iterable[ErrorText]) -> str:
    """The table of one group."""
    rows = [f"| {code(text.message)} | {sentence(text.hint)} |" for text in texts]
    return "\n".join([HEAD, "| --- | --- |", *rows]) + "\n"


def overview() -> str:
    """Every class, from `publisher/errors.py`: its exit code, its docstring, and what the tree there says to do."""
    doc = errors.__doc__ or ""
    todo = dict(re.findall(r"^[| '-]*(\w+) +(?:\d+ +)?(\S.*)$", doc.partition("\n\n")[2], re.MULTILINE))
    rows = ["| 0 | | the command did what it was asked to do | | |"]
    for kind in classes():
        meaning = (kind.__doc__ or "").split("\n")[0].rstrip(".")
        meaning = meaning if meaning.startswith(("DNS", "Ctrl", "`")) else meaning[0].lower() + meaning[1:]
        retry = "yes" if kind.retry else "no"
        rows.append(f"| {kind.exit_code} | `{kind.__name__}` | {meaning} | {todo.get(kind.__name__, '')} | {retry} |")
    return "\n".join([OVERVIEW, "| ---: | --- | --- | --- | --- |", *rows]) + "\n"


def classes() -> Iterator[type[errors.PublishError]]:
    """The classes that a reader can meet, in the order of `publisher/errors.py`."""
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.PublishError) and kind is not errors.Problems:
            yield kind


def written(page: str) -> str:
    """The page with every table made anew. KeyError for a heading of the third level that no group has."""
    tables = {group.heading: table(texts) for group, texts in grouped().items()}
    begin, *rest = HEADING.split(page)
    parts = [TABLE.sub(lambda _: overview(), begin, count=1)]
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        made = tables[heading]
        parts.append(f"### {heading}" + TABLE.sub(lambda _, made=made: made, body, count=1))
    return "".join(parts)


def main() -> None:
    """Write the page anew."""
    Path(PAGE).write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
