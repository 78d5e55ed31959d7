"""A small site to build, with templates of its own, so that a test says what a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from publisher.build import BuildResult, BuildSettings, build
from publisher.cache.store import Cache
from publisher.dag import walk
from publisher.errors import ContentError
from publisher.site.settings import SiteSettings

SITE = SiteSettings(title="Example", author="Ada", url="https://example.eth.limo/", per_page=3, feed_items=5)
SETTINGS = BuildSettings()

THEME = {
    "base.html": (
        '<!doctype html><html lang="{{ page.language }}"><title>{{ page.title }} · {{ site.title }}</title>'
        '<link rel="stylesheet" href="{{ link("/assets/style.css") }}">'
        '{% for card in site.menu %}<a href="{{ link("/" ~ card.url) }}">{{ card.title }}</a>{% endfor %}'
        "{% block content %}{% endblock %}{% block end %}{% endblock %}\n"
    ),
    "article.html": (
        '{% extends "base.html" %}{% block content %}{{ page.html }}'
        '{% for tag in page.tags %}<a href="{{ link("/" ~ tag.url) }}">{{ tag.name }}</a>{% endfor %}'
        '{% for near in [page.newer, page.older] if near %}<a href="{{ link("/" ~ near.url) }}">{{ near.title }}</a>'
        "{% endfor %}{% endblock %}\n"
    ),
    "list.html": (
        '{% extends "base.html" %}{% block content %}{{ page.html }}'
        '{% for card in page.cards %}<a href="{{ link("/" ~ card.url) }}">{{ card.title }}</a>{% endfor %}'
        "{% for url in [page.newer_url, page.older_url] if url is not none %}"
        '<a href="{{ link("/" ~ url) }}">more</a>{% endfor %}{% endblock %}\n'
    ),
    "tags.html": (
        '{% extends "base.html" %}{% block content %}'
        '{% for tag in site.tags %}<a href="{{ link("/" ~ tag.url) }}">{{ tag.name }} {{ tag.count }}</a>{% endfor %}'
        "{% endblock %}\n"
    ),
    "section.html": '{% extends "list.html" %}',
    "archives.html": (
        '{% extends "base.html" %}{% block content %}'
        '{% for year in site.archives %}<a href="{{ link("/" ~ year.url) }}">{{ year.year }} {{ year.count }}</a>'
        '{% for month in year.months %}<a href="{{ link("/" ~ month.url) }}">{{ month.month }} {{ month.count }}</a>'
        "{% endfor %}{% endfor %}{% endblock %}\n"
    ),
    "404.html": '{% extends "base.html" %}{% block content %}<style>{{ style }}</style>{% endblock %}\n',
    "assets/style.css": "body { color: black }\n",
}


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)


def article(title: str, day: int = 1, body: str = "Text.", **front: str) -> str:
    lines = [f"title: {title}", f"date: 2026-01-{day:02}", *(f"{key}: {value}" for key, value in front.items())]
    return "\n".join(["---", *lines, "---", body, ""])


def page(title: str, body: str = "Text.", **front: str) -> str:
    return "\n".join(["---", f"title: {title}", *(f"{key}: {value}" for key, value in front.items()), "---", body, ""])


class Workshop:
    """A site's folder, a theme and a cache: write, build, look at what came out."""

    def __init__(self, folder: Path, posts: int = 5) -> None:
        self.folder = folder / "site"
        self.theme = folder / "theme"
        self.cache = folder / "cache"
        write(self.theme, THEME)
        self.write({f"content/posts/p{n}.md": article(f"Post {n}", n, tags="[one]") for n in range(1, posts + 1)})

    def write(self, files: Mapping[str, str | bytes]) -> None:
        write(self.folder, files)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    def build(self, **options: Any) -> BuildResult:
        """With the cache of the builds before, unless another is given."""
        folder = options.pop("cache", self.cache)
        site = options.pop("site", SITE)
        settings = options.pop("settings", SETTINGS)
        with Cache(folder) as cache:
            return build(self.folder, site, settings, cache, theme=self.theme, **{"workers": 1, **options})

    def clean(self, **options: Any) -> BuildResult:
        """As if nothing had ever been built."""
        number = len(list(self.folder.parent.glob("clean*")))
        return self.build(cache=self.folder.parent / f"clean{number}", **options)

    def faults(self, **options: Any) -> list[str]:
        """Build a site with faults, and return what is said about them."""
        with pytest.raises(ContentError) as caught:
            self.build(**options)
        return [str(problem) for problem in caught.value.problems]

    def text(self, built: BuildResult, name: str) -> str:
        """A page as text."""
        return self.files(built)[name].decode()

    def files(self, built: BuildResult) -> dict[str, bytes]:
        """Path -> bytes of everything below a root."""
        with Cache(self.cache) as cache:
            return {path: b"".join(walk.cat(cache.get, link.cid)) for path, link in walk.files(cache.get, built.root)}
