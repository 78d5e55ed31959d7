"""Write the results of `publish ci preview`, `close` and `sweep`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from publisher.formatting import count

if TYPE_CHECKING:
    from publisher.app.preview_sweep import Swept
    from publisher.app.pull_request_preview import PreviewDone
    from publisher.report import Report


def preview_lines(done: PreviewDone | None) -> Iterator[str]:
    """Yield the address of a preview, or its root if it has no address. Yield nothing if nothing was pinned."""
    if done is not None:
        yield done.address or str(done.root)


def preview_row(done: PreviewDone | None) -> dict[str, Any]:
    """Return the JSON object of a preview. Its `root` is None if nothing was pinned."""
    if done is None:
        return {"root": None}
    stores = [{"name": each.store, "kind": each.kind, "status": each.status} for each in done.receipts]
    return {
        "root": str(done.root),
        "urls": [done.address] if done.address else [],
        "pull_requests": list(done.numbers),
        "stores": stores,
        "comments": list(done.comments),
    }


def report_sweep(report: Report, found: Swept, *, dry_run: bool) -> None:
    """Report which previews were unpinned. Raises the first error of the forge or of a store."""
    for each in found.gone:
        report.append("unpinned", {"store": each.store, "root": str(each.root), "pull_request": each.of.number})
        report.result(f"{each.store}  {each.root}  pull request {each.of.number}  {each.of.day.isoformat()}")
    report.data.setdefault("unpinned", [])
    report.add("left", found.left)
    verb = "would be unpinned" if dry_run else "unpinned"
    report.say(f"{count(len(found.gone), 'preview')} {verb}, {found.left} left")
    for error in found.faults[1:]:
        report.warn(str(error))
    if found.faults:
        raise found.faults[0]
    report.finish()
