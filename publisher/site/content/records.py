"""Encode an article as bytes, in two parts.

Every build reads the first part. The second part is needed only for pages and feeds that show the text.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from sys import intern
from typing import Any

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, fields
from publisher.hashing import DIGEST, digest
from publisher.site.content.problem_rows import pack_problems, unpack_problems
from publisher.site.file_names import is_markdown
from publisher.site.model import Article, ArticleMetadata, Heading, Parsed, Reference, UnknownKey
from publisher.site.urls import split

_decode = json.JSONDecoder().raw_decode

FAST = 1
"""The level of compression. It reduces a body to a third. Making a body takes 100 times as long as compressing it."""


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """The first part of an article, which other pages need."""

    key: bytes
    """A digest of everything from which the article was made."""
    card: bytes
    """A digest of the values that other pages show."""
    article: ArticleMetadata
    """The metadata. `whole` adds the rest of the article from its body."""
    order: float | None
    """The number in `extra.order`, or else the weight of the article, or None if it has neither."""
    anchors: str
    """The anchors of the article, separated by NUL. They are split only when a link needs them, to save time."""
    other_ids: str
    """`Article.other_ids`, with NUL between all ids. They are split only when a link has an unknown anchor."""
    uses: str
    """The path of each target (see urls.py) of a link or image if it may be a file. NUL separates the paths."""
    links: str
    """The paths of the targets of links to other pages and files, separated by NUL."""
    problems: tuple[Problem, ...] = ()
    """The problems that do not prevent the article from being shown."""


def pack(key: bytes, article: Article, problems: Iterable[Problem] = ()) -> bytes:
    """Return the first part of an article, which every build reads. `key` is as in ArticleRecord."""
    order = article.extra.get("order")
    shown = [
        article.url,
        article.kind,
        article.title,
        article.language,
        _text(article.date),
        _text(article.updated),
        article.tags,
        article.summary,
        article.minutes,
        article.authors,
        article.image,
        article.extra,
    ]
    rest = [
        article.draft,
        order if isinstance(order, int | float) and not isinstance(order, bool) else article.weight,
        "\0".join(article.anchors),
        "\0".join(one for pair in article.other_ids for one in pair),
        "\0".join(dict.fromkeys(_files(article.references))),
        "\0".join(dict.fromkeys(_linked(article))),
        article.address_at,
        article.permalink,
        article.aliases,
        article.aliases_at,
        article.weight,
        _text(article.publish_date),
        _text(article.expires),
        [[key.name, key.line, key.col] for key in article.unknown_keys],
        article.terms,
        article.term_weights,
        article.sort_by,
        article.paginate_by,
        article.template,
        article.template_at,
        article.link_title,
        pack_problems(problems),
    ]
    card = _dump(shown)
    return key + digest(card) + _dump([*shown, *rest])


def unpack(source: str, row: bytes) -> ArticleRecord:
    """Return the record from a result of `pack`. `source` is the content path of the article.

    Each build calls `unpack` for every article. To save a tenth of the time, `unpack` does not convert most empty
    values, and passes the values by position.
    """
    values, _ = _decode(row[2 * DIGEST :].decode())
    url, kind, title, language, date, updated, tags, summary, minutes, authors, image, extra, *rest = values
    draft, order, anchors, other_ids, uses, links, at, permalink, aliases, aliases_at, weight, *rest = rest
    publish_date, expires, unknown, terms, term_weights, sort_by, paginate_by, *rest = rest
    template, template_at, link_title, problems = rest
    article = ArticleMetadata(
        source,
        url,
        "post" if kind == "post" else "page",
        title,
        intern(language),
        _moment(date),
        _moment(updated),
        tuple(map(intern, tags)) if tags else (),  # articles with the same tag share its text, which saves memory
        summary,
        draft,
        tuple(at),
        image,
        permalink,
        tuple(aliases) if aliases else (),
        tuple(aliases_at),
        link_title,
        weight,
        _moment(publish_date) if publish_date else None,
        _moment(expires) if expires else None,
        tuple([UnknownKey(*key) for key in unknown]) if unknown else (),
        tuple(map(intern, authors)) if authors else (),
        tuple([(intern(name), tuple(map(intern, words))) for name, words in terms]) if terms else (),
        tuple([(name, number) for name, number in term_weights]) if term_weights else (),
        sort_by,
        paginate_by,
        template,
        tuple(template_at),
        minutes,
        extra,
    )
    digests = row[:DIGEST], row[DIGEST : 2 * DIGEST]
    problems_kept = unpack_problems(problems) if problems else ()
    return ArticleRecord(*digests, article, order, anchors, other_ids, uses, links, problems_kept)


def pack_body(parsed: Parsed) -> bytes:
    """Return the second part of an article: a line of JSON with the fields that `pack` leaves out, and the HTML."""
    article = parsed.article
    rest = {
        "words": article.words,
        "toc": [[h.level, h.id, h.text] for h in article.toc],
        "references": [[r.target, r.kind, r.line, r.col] for r in article.references],
    }
    return zlib.compress(_dump(rest) + b"\n" + parsed.html.encode(), FAST)


def whole(piece: ArticleRecord, body: bytes) -> Parsed:
    """Return the article with all its fields and its HTML, from the results of `unpack` and `pack_body`."""
    head, _, html = zlib.decompress(body).partition(b"\n")
    rest: dict[str, Any] = json.loads(head)
    article = Article(
        **{field.name: getattr(piece.article, field.name) for field in fields(ArticleMetadata)},
        words=rest["words"],
        toc=tuple(Heading(*heading) for heading in rest["toc"]),
        anchors=tuple(piece.anchors.split("\0")) if piece.anchors else (),
        other_ids=tuple(split_pairs(piece.other_ids).items()),
        references=tuple(Reference(*reference) for reference in rest["references"]),
    )
    return Parsed(article, html.decode())


def split_pairs(text: str) -> dict[str, str]:
    """Return `ArticleRecord.other_ids` as a mapping from the id of another tool to our id."""
    parts = text.split("\0") if text else []
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _linked(article: Article) -> Iterator[str]:
    """Yield the path of the target of each link, without links inside of the article."""
    for reference in article.references:
        path = split(reference.target)[0]
        if reference.kind == "link" and path != article.source:
            yield path


def _files(references: Iterable[Reference]) -> Iterator[str]:
    for reference in references:
        path = split(reference.target)[0]
        named = path.startswith("//")  # the target of `![[x.png]]`, which is a name and not the path of a folder
        if named or not (path.endswith("/") or is_markdown(path)):
            yield path


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
