"""Find the content type of a file.

The table is our own, so that the content type does not depend on the machine that serves the file.
"""

from collections.abc import Mapping
from types import MappingProxyType

_TEXT = {
    "atom": "application/atom+xml",
    "css": "text/css",
    "csv": "text/csv",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "js": "text/javascript",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "map": "application/json",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "vtt": "text/vtt",
    "webmanifest": "application/manifest+json",
    "xhtml": "application/xhtml+xml",
    "xml": "application/xml",
    "xsl": "application/xslt+xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
}
_BINARY = {
    "7z": "application/x-7z-compressed",
    "avif": "image/avif",
    "bin": "application/octet-stream",
    "bmp": "image/bmp",
    "bz2": "application/x-bzip2",
    "car": "application/vnd.ipld.car",
    "eot": "application/vnd.ms-fontobject",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "gz": "application/gzip",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "jxl": "image/jxl",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "tar": "application/x-tar",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ttf": "font/ttf",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xz": "application/x-xz",
    "zip": "application/zip",
    "zst": "application/zstd",
}
TYPES: Mapping[str, str] = MappingProxyType(
    {**{end: f"{kind}; charset=utf-8" for end, kind in _TEXT.items()}, **_BINARY}
)
"""Maps each extension in lower case to its content type. charset.py checks whether a text file is really UTF-8."""

HTML = TYPES["html"]
SYMLINK = "inode/symlink"
"""The content type of a symlink. The body of the response is the target path."""

LOOK = 512
"""The number of bytes of a file that `sniff` needs."""

_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
)
_HTML_SIGNS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<h1", b"<title", b"<meta", b"<p>", b"<div", b"<!--")


def by_name(name: str) -> str:
    """Return the content type for a file name, or "" if its extension is unknown."""
    stem, dot, ending = name.rpartition(".")
    return TYPES.get(ending.lower(), "") if dot and stem else ""


def is_text(kind: str) -> bool:
    """Return whether a content type has a character set."""
    return "charset=" in kind


def sniff(head: bytes) -> str:
    """Return the content type of a file without a known extension. `head` has its first LOOK bytes."""
    for sign, kind in _SIGNS:
        if head.startswith(sign):
            return kind
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML_SIGNS):
        return HTML
    if any(byte < 0x20 and byte not in b"\t\n\f\r\x1b" for byte in head):
        return TYPES["bin"]
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # an error in the last 3 bytes may be a character that the sample cuts
            return TYPES["bin"]
    return TYPES["txt"]
