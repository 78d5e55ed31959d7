"""The keys of front matter: ours, and the names by which other tools call the same."""

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
"""What an article can say, each by the name that the manual gives it."""

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
"""Names that mean the same; of several in one article the first counts, and the others are kept below `extra`."""

CATEGORIES = ("categories", "category")
"""They are tags too, after the others."""

OLD_ADDRESSES = ("aliases", "redirect_from")
"""All of them count."""

PUBLISHED = "published"
"""`false` is a draft; a date is the date."""

STATUS = "status"
"""`draft` and `hidden` are drafts: nothing that is published here can stay unlisted."""

ALL = frozenset((*KEYS, *(name for names in OTHER_NAMES.values() for name in names)))
ALL |= {*CATEGORIES, *OLD_ADDRESSES, PUBLISHED, STATUS}
"""Every name that means something."""

HEADERS = frozenset(name.lower() for name in ALL) - {"extra"}
"""The same as header lines may have them."""
