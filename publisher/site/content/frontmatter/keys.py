"""The keys of front matter: ours, and the names that other tools give them."""

from __future__ import annotations

KEYS = (
    "title",
    "date",
    "updated",
    "tags",
    "summary",
    "slug",
    "permalink",
    "aliases",
    "image",
    "weight",
    "draft",
    "author",
    "authors",
    "language",
    "publish_date",
    "expires",
    "extra",
)
"""The keys of an article, each by the name that the manual gives it."""

OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "date": ("created", "created_at", "pubDate"),
    "updated": ("lastmod", "modified", "last_modified_at", "last-modified"),
    "tags": ("keywords",),
    "summary": ("description", "excerpt"),
    "permalink": ("url", "path"),
    "image": ("cover", "cover_image", "featured_image", "thumbnail", "banner"),
    "weight": ("order",),
    "language": ("lang", "locale"),
    "publish_date": ("publishDate",),
    "expires": ("expiryDate",),
}
"""Other names of a key. If an article has several of them, the first counts; the others are kept below `extra`."""

CATEGORIES = ("categories", "category")
"""Their values are tags too, after the others."""

OLD_ADDRESSES = ("aliases", "redirect_from")
"""All of these keys count."""

PUBLISHED = "published"
"""`false` means a draft; a date is the article's date."""

STATUS = "status"
"""`draft` and `hidden` mean a draft: no published page can stay unlisted."""

ALL = frozenset((*KEYS, *(name for names in OTHER_NAMES.values() for name in names)))
ALL |= {*CATEGORIES, *OLD_ADDRESSES, PUBLISHED, STATUS}
"""Every name that means something."""

HEADERS = frozenset(name.lower() for name in ALL) - {"extra"}
"""The same names as header lines may have them."""
