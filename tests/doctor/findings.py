"""Findings for the tests of the doctor."""

from publisher.findings import Finding


def found(level: str, who: str = "x") -> Finding:
    return Finding(who, level, "something")  # type: ignore[arg-type]
