"""List the keys of front matter, and the names of these keys in other tools."""

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
    "link_title",
    "weight",
    "draft",
    "author",
    "authors",
    "language",
    "markdown",
    "publish_date",
    "expires",
    "sort_by",
    "paginate_by",
    "template",
    "extra",
)
"""The keys of front matter, with their names in the manual."""

OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "date": ("created", "created_at", "pubDate"),
    "updated": ("lastmod", "modified", "last_modified_at", "last-modified"),
    "tags": ("keywords",),
    "summary": ("description", "excerpt"),
    "permalink": ("url", "path"),
    "image": ("cover", "cover_image", "featured_image", "thumbnail", "banner"),
    "link_title": ("linkTitle",),
    "weight": ("order",),
    "language": ("lang", "locale"),
    "publish_date": ("publishDate",),
    "expires": ("expiryDate",),
}
"""Maps each of our keys to its names in other tools.

If an article has several names of a key, the first name whose value fits is used. The other values stay below `extra`.
"""

CATEGORIES = ("categories", "category")
"""Keys whose values are also tags, unless a taxonomy has these keys. They come after the other tags of the article."""

OLD_ADDRESSES = ("aliases", "redirect_from")
"""Keys with old addresses. If an article has both keys, the values of both are used."""

WEIGHT_OF = "{}_weight"
"""The key with the number of an article in a taxonomy, such as `series_weight`."""

PUBLISHED = "published"
"""A key of other tools. If its value is `false`, the article is a draft. If it is a date, it is the article's date."""

STATUS = "status"
"""A key of other tools. `draft` makes the article a draft. So does `hidden`, because every published page is listed."""

ALL = frozenset((*KEYS, *(name for names in OTHER_NAMES.values() for name in names)))
ALL |= {*CATEGORIES, *OLD_ADDRESSES, PUBLISHED, STATUS}
"""All names of keys that have a meaning."""

HEADERS = frozenset(name.lower() for name in ALL) - {"extra"}
"""All names of keys that have a meaning in header lines, in lower case."""
