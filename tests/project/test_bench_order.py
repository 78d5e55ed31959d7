"""bench/order.py reads the order of a collection by itself, and compares it with the order of the finished pages."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
FILES = {
    "book.toml": '[site]\nnav = "SUMMARY.md"\n',
    "book/content/SUMMARY.md": "# B\n\n- [Two](2.md)\n  - [One](1.md)\n",
    "book/content/1.md": "# One\n",
    "book/content/2.md": "# Two\n",
    "docs.yml": "site_name: D\nnav:\n  - index.md\n  - Part:\n    - Z: z.md\n    - https://example.org/\n    - a.md\n",
    "docs.toml": '[site]\nnav = ["index.md", { title = "Part", pages = ["a.md", "z.md"] }]\n',
    "docs/content/index.md": "# Home\n",
    "docs/content/a.md": "# A\n",
    "docs/content/z.md": "# Z\n",
    "guide/content/_index.md": "---\ntitle: Home\n---\n",
    **{
        f"guide/content/{folder}/{name}.md": f"---\ntitle: {title}\nweight: {weight}\n---\n"
        for folder in ("x", "y", "z")
        for name, title, weight in (("_index", "I", 1), ("a", "A", 2), ("b", "B", 1))
    },
}


def test_each_kind_of_order_is_read_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setattr(sys, "argv", ["order.py", str(tmp_path), "--all"])
    program: dict[str, Any] = runpy.run_path(str(BENCH / "order.py"))
    program["main"]()
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| book | 2 | 0 | SUMMARY.md | 1 | 0 |",
        "| docs | 3 | 0 | mkdocs.yml | 1 | 1 |",
        "nav: 3 and 3, first difference at 1: z.md a.md / a.md z.md",
        "| guide | 10 | 0 | weights | 3 | 0 |",
    ]
