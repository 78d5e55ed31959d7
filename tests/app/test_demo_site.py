"""The demonstration builds a copy of the site with the settings of the site, whatever form they have."""

from dataclasses import replace
from pathlib import Path

from publisher.app.demo import site_tables
from publisher.config import load

SETTINGS = r"""
[site]
title = "A \"title\" with 中文 and \\"
url = "https://example.org/"
per-page = 3
nav = ["a.md", { title = "Part", pages = ["b.md", { title = "Outside", url = "https://example.org/x" }] }]

[site.extra]
day = 2026-11-30
moment = 2026-11-30T08:00:00Z
number = 1.5
"a key" = [true, { deep = "x" }]

[permalinks]
posts = "/:year/:slug/"

[[menu]]
name = "About"
url = "about.md"

[taxonomies.series]
title = "Series"

[check]
dead-link = "warning"

[build]
content = "elsewhere"
"""


def test_the_copy_has_the_settings_of_the_site_but_its_url(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        (folder / "content").mkdir(parents=True)
    # Some editors of Windows write a byte order mark.
    (theirs / "publish.toml").write_text(SETTINGS, encoding="utf-8-sig")
    (ours / "publish.toml").write_text(site_tables(theirs / "publish.toml"), encoding="utf-8")
    site, copied = load(theirs), load(ours)
    assert copied.site == replace(site.site, url=copied.site.url)
    assert not copied.site.url
    assert copied.check == site.check
    assert copied.build.content == "content"


def test_without_settings_nothing_is_copied(tmp_path: Path) -> None:
    assert site_tables(tmp_path / "publish.toml") == ""
