"""What a doctor finds in how a service is reached, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.findings import Finding


def exposed(label: str, base: str, credentials: bool) -> Iterator[Finding]:
    """What anybody on the way can see or do."""
    near = base.startswith(("http://127.", "http://localhost", "http://[::1]"))
    if credentials and base.startswith("http://") and not near:
        yield Finding(label, "warning", "the credentials travel unencrypted", "use https, or a tunnel to this machine")
    if not credentials:
        what = "it asks for no credentials: whoever reaches it can unpin everything"
        yield Finding(label, "note" if near else "warning", what, "set up basic authentication or a token")
