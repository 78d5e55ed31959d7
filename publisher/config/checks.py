"""Find faults of values in publish.toml, and of settings that do not fit together."""

from __future__ import annotations

import re
from pathlib import Path

from publisher.build import BuildSettings, SecretsSettings
from publisher.build.folder_checks import overlapping, unreadable, unwritable
from publisher.ci.settings import ROOT, CiSettings
from publisher.config.model import ConfigEntry, variables_in
from publisher.deploy.settings import DeploySettings, KeepSettings, address_faults
from publisher.errors import ConfigError
from publisher.http.auth import check_url
from publisher.site.settings import LANGUAGE, SiteSettings
from publisher.site.structure_tables import AddProblem

LONGEST = 36_500
"""The largest number of days in `[keep]`: a hundred years. Python cannot subtract far more days from a date."""
MOST_RELATED = 20
"""The largest number of related articles of a post."""


def cross_checks(
    add_problem: AddProblem, site: SiteSettings, build: BuildSettings, deploy: DeploySettings, stores: int, folder: Path
) -> None:
    """Report faults of values, and faults of settings that do not fit together."""
    if deploy.copies is not None and not 1 <= deploy.copies <= stores:
        add_problem(
            ("deploy", "copies"),
            f"must be from 1 to {stores}, the number of stores",
            "correct the number, or add a store",
        )
    if not 0 < deploy.outside_timeout < 86400:
        add_problem(
            ("deploy", "outside-timeout"), "must be a number of seconds above 0, and less than a day", "write 60"
        )
    for key, urls in (("gateways", deploy.gateways), ("routers", deploy.routers)):
        for what, hint in address_faults(urls):
            add_problem(("deploy", key), what, hint)
    if site.url and not re.match(r"https?://[^/]+/", site.url):
        add_problem(("site", "url"), "must be a whole address", 'write "https://example.eth.limo/" with your host')
    if not _is_time_zone(site.timezone):
        add_problem(
            ("site", "timezone"),
            "no time zone has this name",
            'write "Europe/Paris", "Asia/Shanghai" or another name of that form',
        )
    if not LANGUAGE.fullmatch(site.language):
        add_problem(
            ("site", "language"), "must be a language tag", 'write "en", "zh", "pt-BR" or another tag of that form'
        )
    list_checks(add_problem, site)
    folder_checks(add_problem, build, folder)


def list_checks(add_problem: AddProblem, site: SiteSettings) -> None:
    """Report folders of posts that cannot exist, and numbers of articles that are too small or too large."""
    for posts in site.posts:
        if posts != "." and (not posts.strip("/") or ".." in posts.split("/")):
            add_problem(("site", "posts"), f"{posts!r} is no folder of the content", 'write "posts", or "."')
    if not 0 <= site.related <= MOST_RELATED:
        add_problem(("site", "related"), f"must be from 0 to {MOST_RELATED}", "write 3, or 0 for none")
    for key in ("per_page", "feed_items"):
        if getattr(site, key) < 1:
            add_problem(("site", key.replace("_", "-")), "must be 1 or more", "write a number from 1")


def folder_checks(add_problem: AddProblem, build: BuildSettings, folder: Path) -> None:
    """Report folders of sources outside the site, and an output folder whose files must not be replaced."""
    for key, what, hint in unreadable(folder, build):
        add_problem(("build", key), what, hint)
    output = folder / build.output
    for key in overlapping(folder, build, output):
        add_problem(
            ("build", "output"),
            f"must not overlap with {key}",
            "name a folder of its own: otherwise the build would read its own pages as sources",
        )
    for what, hint in unwritable(folder, output):
        add_problem(("build", "output"), f"{build.output!r} {what}", hint)


def keep_checks(add_problem: AddProblem, keep: KeepSettings) -> None:
    """Report numbers of `[keep]` that are out of range. The root that was published last must always stay."""
    if keep.roots < 1:
        add_problem(
            ("keep", "roots"),
            "must be 1 or more",
            "write a number from 1: the root that was published last always stays",
        )
    if not 0 <= keep.days <= LONGEST:
        add_problem(("keep", "days"), f"must be from 0 to {LONGEST:,}", "write 0 to keep only the last roots")


def ci_checks(add_problem: AddProblem, ci: CiSettings, stores: list[str]) -> None:
    """Report a gateway that is not a URL, a store that does not exist, and limits that are out of range."""
    if ci.preview_gateway:
        try:
            check_url("ci", "preview-gateway", ci.preview_gateway.replace(ROOT, "root"))
        except ConfigError:
            hint = 'write "https://{root}.ipfs.example.org" or "https://gateway.example.org"'
            add_problem(("ci", "preview-gateway"), "must be the address of a gateway", hint)
    for label in sorted({*ci.preview_stores} - {*stores}):
        hint = f"write one of {', '.join(stores)}"
        add_problem(("ci", "preview-stores"), f"there is no store {label!r}", hint)
    for key, most in (("preview-days", LONGEST), ("preview-megabytes", 1_000_000), ("preview-parts", 4_000_000)):
        if not 1 <= getattr(ci, key.replace("-", "_")) <= most:
            add_problem(("ci", key), f"must be from 1 to {most:,}", "write a number in this range")


def signing_checks(add_problem: AddProblem, stores: tuple[ConfigEntry, ...], names: tuple[ConfigEntry, ...]) -> None:
    """Report a variable that signs and that another setting uses too. The host of that setting could then sign."""
    found = tuple(variables_in(stores, names))
    for each in found:
        first = next((own for own in found if own.signs and own.name == each.name), None)
        if first is not None and (not each.signs or first.path[-1] != each.path[-1]):
            hint = "give this setting a variable of its own: a variable that signs is never sent to a host"
            add_problem(each.path, f"{each.name} signs for {'.'.join(first.path[:2])}", hint)


def secrets_checks(add_problem: AddProblem, secrets: SecretsSettings) -> None:
    """Report each path in `allow` that cannot be the path of one file."""
    for path in secrets.allow:
        if not path or path.startswith(("/", "./", "../")) or path.endswith("/") or "\\" in path:
            hint = 'write the path of one file as messages show it, such as "content/posts/keys.md"'
            add_problem(("secrets", "allow"), f"{path!r} is not the path of a file", hint)


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return name == "UTC" or bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
