"""Make the links of a whole folder relative, file by file, and count what was changed and what was left."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from publisher.fast_dataclass import dataclass
from publisher.formatting import count
from publisher.intake.changed_links import ELSEWHERE, HASHED, Changed, LeftLink
from publisher.intake.lines import LONGEST, Lines, located
from publisher.intake.linkcheck import PAGES
from publisher.intake.relative import relative_page, relative_style

STYLES = (".css",)
MISSING = ("404.html", "ipfs-404.html")
"""Pages that a gateway shows for every missing path. From there, only links to the root of the host work."""


@dataclass(frozen=True, slots=True)
class RelativeCounts:
    """The number of links that became relative, of the files with such links, and of links that were left."""

    links: int = 0
    files: int = 0
    left: int = 0


@dataclass(slots=True)
class _Left:
    """The links that were left for one reason."""

    links: int = 0
    files: int = 0
    path: str = ""
    """The path of the first file with such a link."""
    first: str = ""
    """The position and the text of the first link in this file."""


class RelativeLinks:
    """Makes the links of the files of one folder relative. The pages must come before the style sheets.

    `known` are the paths of the files and folders of the site, without a slash at their ends.
    """

    def __init__(self, known: Collection[bytes]) -> None:
        self._links = self._files = 0
        self.shown: Collection[str] = ()
        """The paths of files that `_redirects` shows at other addresses.

        A path that ends in `*` stands for every path that begins so.
        """
        self._known = known
        self._left: dict[str, _Left] = {}
        self._unread: list[str] = []
        self._hashed: set[str] = set()

    def change(self, path: str, data: bytes) -> Changed | None:
        """Return the file with relative links, or None if no link of the file is changed."""
        page = path.endswith(PAGES)
        if not page and not path.endswith(STYLES):
            return None
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text or "\x1b" in text:  # another encoding, in which a slash can be a part of a character
            self._unread.append(path)
            return None
        changed = (relative_page if page else relative_style)(text, path, self._known)
        self._hashed |= changed.hashed
        if changed.slashes and (why := self._why(path)):
            left = (LeftLink(start, _around(text, start), why) for start, _ in changed.slashes)
            changed = Changed(text, (), (*changed.left, *left))
        self._count(path, data, changed)
        return changed if changed.slashes else None

    def unread(self, path: str) -> None:
        """Count a file that is too large to be changed."""
        if path.endswith((*PAGES, *STYLES)):
            self._unread.append(path)

    def counts(self) -> RelativeCounts:
        """Return the number of links that were changed, and of links that were left."""
        return RelativeCounts(self._links, self._files, sum(left.links for left in self._left.values()))

    def warnings(self) -> Iterator[str]:
        """Yield one line for each reason why links were left, and one for the files that were not read."""
        for why, left in sorted(self._left.items()):
            others = f"{count(left.links - 1, 'more link')} in {count(left.files, 'file')}"
            more = f" (and {others})" if left.links > 1 else ""
            yield f"{left.first}: left as it is, because such links {why}{more}"
        if self._unread:
            more = f" and {count(len(self._unread) - 1, 'more file')}" if len(self._unread) > 1 else ""
            yield f"left as they are, because they are not UTF-8 or too large: {min(self._unread)}{more}"

    def _why(self, path: str) -> str:
        if path in MISSING or any(_covers(shown, path) for shown in self.shown):
            return ELSEWHERE
        return HASHED if path in self._hashed else ""

    def _count(self, path: str, data: bytes, changed: Changed) -> None:
        self._links += len(changed.slashes)
        self._files += bool(changed.slashes)
        for why in {link.why for link in changed.left}:
            links = [link for link in changed.left if link.why == why]
            left = self._left.setdefault(why, _Left())
            left.links += len(links)
            left.files += 1
            first = min(links, key=lambda link: link.start)
            if not left.first or path < left.path:
                place = Lines(data).at(len(changed.text[: first.start].encode()))
                left.path, left.first = path, located(path, place, first.text)


def _covers(shown: str, path: str) -> bool:
    return path.startswith(shown[:-1]) if shown.endswith("*") else path == shown


def _around(text: str, start: int) -> str:
    """Return the address that begins at an offset, up to a quote or a space."""
    end = start
    while end < min(len(text), start + LONGEST) and text[end] not in "\"'()<> \t\r\n,":
        end += 1
    return text[start:end]
