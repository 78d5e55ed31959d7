"""Show the version of the program and, with -v, the versions of everything that it runs on."""

from __future__ import annotations

from publisher import __version__
from publisher.report import Report


def show_version(report: Report) -> None:
    """Write the version as a result. With --verbose or --json, add what a bug report needs."""
    report.add("version", __version__)
    report.result(f"publish, version {__version__}")
    if report.verbose or report.json:
        from publisher.app.installation import installed_from, libraries, machine

        rows = {"installed from": installed_from(), **machine()}
        known = libraries()
        for key, value in rows.items():
            report.add(key, value)
            report.result(f"{key}: {value}")
        report.add("libraries", known)
        report.result("libraries: " + ", ".join(f"{name} {version}" for name, version in known.items()))
    report.finish()
