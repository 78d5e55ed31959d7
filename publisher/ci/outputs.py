"""Write the outputs of a step, which later steps and jobs of a pipeline read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = ("root", "url", "name-changed", "transaction", "car", "diff", "now")
"""The outputs of a step, which action.yml passes on."""


def outputs_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return each output of a step. `data` is the JSON object of the command. An output without a value is empty.

    No output contains a text that the author of an article wrote, because workflows put outputs into scripts.
    """
    names = [row for row in data.get("names", ()) if isinstance(row, Mapping)]
    moved = [row for row in names if row.get("outcome") == "moved"]
    urls = data.get("urls") or [""]
    return {
        "root": str(data.get("root", "")),
        "url": str(urls[-1]),
        "name-changed": "true" if moved else "false",
        "transaction": next((str(row["transaction"]) for row in moved if row.get("transaction")), ""),
        "car": str(data.get("car", "")),
        "diff": str(data.get("diff", "")),
        "now": str(data.get("now", "")),
    }


def outputs_text(outputs: Mapping[str, str], delimiter: str) -> str:
    """Return the lines for the file that `GITHUB_OUTPUT` names.

    `delimiter` ends each value. It is a new random text, so no value can end itself and add another output. The format
    is described at https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
    """
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in outputs.items())
