"""Write the summary of a job in Markdown: what was published, what changed, who holds it, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from publisher.ci.escaping import code, markdown
from publisher.formatting import count, ether

MOST = 50
"""At most this many problems of the site are listed."""
LONGEST = 2000
"""At most this many characters of one value are in a table. GitHub refuses a summary above 1 MiB."""


def table(data: Mapping[str, Any]) -> str:
    """Return the JSON object `data` of a command as a table, for a command that has no summary in words."""
    rows = [f"| {markdown(key)} | {code(_text(value))} |" for key, value in data.items()]
    return "\n".join(["### publish", "", "| | |", "| --- | --- |", *rows, "", ""])


def summary(data: Mapping[str, Any], title: str, changes: Sequence[str] = ()) -> str:
    """Return the summary of a step. `data` is the JSON object of the command.

    `title` is the name or the title of the site, and `changes` has the Markdown lines of the changes.
    """
    return "\n".join([f"### {_headline(data, title)}", "", *_lines(data, changes), ""])


def _headline(data: Mapping[str, Any], title: str) -> str:
    outcomes = {str(row.get("outcome")) for row in data.get("names", ())}
    shown = markdown(title)
    if "error" in data:
        return f"{shown}: not finished" if data["error"].get("retry") else f"{shown}: failed"
    if data.get("left_out"):
        return f"{shown}: built and checked, not published"
    if "moved" in outcomes:
        return f"{shown} shows a new root"
    if "superseded" in outcomes:
        return f"{shown}: a newer commit will be published"
    if "unchanged" in outcomes:
        return f"{shown} shows this root already"
    return f"{shown}: stored" if data.get("stores") else f"{shown}: no errors"


def _lines(data: Mapping[str, Any], changes: Sequence[str]) -> Iterator[str]:
    yield from _error(data.get("error"))
    if left_out := data.get("left_out"):
        yield f"Left out: {markdown(left_out['steps'])}, because {markdown(left_out['why'])}."
        yield ""
    yield from _facts(data)
    if changes:
        yield from ("#### What changed", "", *changes, "")
    yield from _stores(data)
    yield from _problems(data.get("problems", ()))
    for warning in data.get("warnings", ()):
        yield f"- warning: {markdown(warning)}"


def _facts(data: Mapping[str, Any]) -> Iterator[str]:
    rows = [("Root", code(data["root"]))] if data.get("root") else []
    rows += [("Address", _address(url)) for url in data.get("urls", ()) if not str(url).startswith("ipfs:")]
    rows += [("Built for", markdown(data["now"]))] if data.get("now") else []
    for row in data.get("names", ()):
        why = f": {markdown(row['why'])}" if row.get("why") else ""
        rows.append((code(row["name"]), f"{markdown(row['outcome'])}{why}"))
        rows += [("Transaction", code(row["transaction"]))] if row.get("transaction") else []
        rows += [("Cost", ether(row["fee_wei"]))] if row.get("fee_wei") else []
    for row in data.get("plan", ()) if "names" not in data else ():
        rows += [("Cost at most", ether(row["max_wei"]))] if row.get("max_wei") else []
    if rows:
        yield from ("| | |", "| --- | --- |", *(f"| {key} | {value} |" for key, value in rows), "")


def _stores(data: Mapping[str, Any]) -> Iterator[str]:
    rows = [f"| {code(row['name'])} | {markdown(row['status'])} |" for row in data.get("stores", ())]
    rows += [
        f"| {code(row['by'])} | {'returned the right bytes' if row['ok'] else markdown(row.get('why', ''))} |"
        for row in data.get("verified", ())
    ]
    if rows:
        yield from ("#### Who holds it", "", "| | |", "| --- | --- |", *rows, "")


def _problems(problems: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not problems:
        return
    yield from ("#### Problems of the site", "")
    for row in problems[:MOST]:
        place = f"{row['path']}:{row['line']}" if row["line"] else row["path"]
        hint = f"; {row['hint']}" if row["hint"] else ""
        yield f"- {markdown(row['level'])}: {code(place)} {markdown(row['what'] + hint)}"
    if len(problems) > MOST:
        yield f"- … and {count(len(problems) - MOST, 'further problem')}"
    yield ""


def _error(error: Mapping[str, Any] | None) -> Iterator[str]:
    if error is not None:
        yield f"**{markdown(error['kind'])}**: {markdown(error['who'])}: {markdown(error['message'])}"
        yield ""
        if error["hint"]:
            yield from (f"What to do: {markdown(error['hint'])}", "")


def _address(url: str) -> str:
    """Return a link to `url`. It is only text if `url` could end the link or is not an address of the web."""
    plain = url.startswith(("https://", "http://")) and not any(char in url for char in "<>()[]\\\"'` \n\t|")
    return f"<{url}>" if plain else code(url)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
