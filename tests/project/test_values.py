"""Values do not change: a dataclass that other modules use is frozen, unless the list here says why it is not."""

import ast
from pathlib import Path

import publisher

HOME = Path(publisher.__file__).parent

CHANGING = {
    "app.context.Session": "opens stores, names and cache when they are first needed",
    "app.repairing_get.RepairingGet": "remembers what it fetched",
    "app.status_report.StatusReport": "is filled while stores and names answer",
    "build.articles.ArticleOutcome": "is filled while articles are read",
    "build.articles.Stage": "is filled while articles are read",
    "build.inputs.Folders": "is filled while folders are read",
    "build.pages.PageStage": "is filled while pages are made",
    "build.plan_values.BuiltPage": "is filled while a page is made",
    "config.reader.ConfigReader": "collects problems while tables are read",
    "diff.sequence.Effort": "counts the steps that are left",
    "diff.standalone.Root": "remembers the files that were read",
    "gateway.serve.asgi.Application": "counts the requests that wait",
    "gateway.serve.asgi.StartedResponse": "counts the bytes that were sent",
    "gateway.serve.fairness.FairQueue": "is a queue",
    "intake.scan.FolderScan": "is filled while a folder is read",
    "names.ens.transport.EndPoint": "remembers what the end point refused",
    "report.Report": "collects what is printed",
    "retrieval.fetch.BlockSearch": "is the state of a search",
    "retrieval.fetch.BlockSource": "counts its blocks, and remembers its last failure",
    "site.content.frontmatter.interpret.Front": "collects problems while keys are read",
    "site.embeds.Embeds": "counts the texts that a page may still show",
}
"""Public dataclasses that can change, and why."""

PARSERS = ("site.markdown.",)
"""Rooms whose parsers fill their own dataclasses while they read a text."""


def dataclasses() -> dict[str, bool]:
    """Each public dataclass by its dotted name below `publisher`, and whether it is frozen."""
    found: dict[str, bool] = {}
    for path in sorted(HOME.rglob("*.py")):
        module = ".".join(path.relative_to(HOME).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            made = [ast.unparse(each) for each in node.decorator_list if ast.unparse(each).startswith("dataclass")]
            if made:
                found[f"{module}.{node.name}"] = "frozen=True" in made[0]
    return found


def test_values_do_not_change() -> None:
    changing = {name for name, frozen in dataclasses().items() if not frozen and not name.startswith(PARSERS)}
    assert changing == set(CHANGING)
