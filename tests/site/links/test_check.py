import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import Problem
from publisher.site import urls
from publisher.site.content import parser
from publisher.site.links import check
from publisher.site.links.check import Found, Lookups
from publisher.site.links.likeness import Anchors, Paths
from publisher.site.links.resolve import Base, spellings
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Article, SourceFile
from publisher.site.settings import SiteSettings

RENDERER = make_renderer()


def parse(path: str, body: str, front: str = "") -> Article:
    data = f"---\ntitle: T\ndate: 2025-01-01\n{front}---\n{body}\n".encode()
    return parser.parse(SourceFile(path, data), SiteSettings(), RENDERER).article


def look(articles: list[Article], assets: list[str], addresses: list[str], asked: set[tuple[str, ...]]) -> Lookups:
    published = {one.source: one for one in articles if not one.draft}
    drafts = {one.source for one in articles if one.draft}
    at = {one.url: one.source for one in published.values()} | dict.fromkeys([*assets, *addresses], "")

    def find(reading: str) -> Found | None:
        asked.add(("find", reading))
        for spelling in spellings(reading):
            if spelling in published:
                return Found(published[spelling].url, spelling)
            if spelling in at:
                return Found(spelling, at[spelling])
        return None

    def has_anchor(path: str, anchor: str) -> bool:
        asked.add(("anchor", path, anchor))
        return anchor in published[path].anchors

    return Lookups(
        base=lambda article: Base(article.source, article.url),
        find=find,
        is_draft=drafts.__contains__,
        has_anchor=has_anchor,
        paths=Paths(lambda: [*published, *assets, *(f"/{url}" for url in at)]),
        anchors=lambda path: Anchors(published[path].anchors),
    )


OTHERS = [
    parse("posts/other.md", "# Heading\n\n## 标题\n"),
    parse("posts/secret.md", "x", "draft: true\n"),
    parse("posts/trip/index.md", "x"),
    parse("about.md", "x"),
]
ASSETS = ["images/x.png", "posts/trip/y.png", "files/a b.pdf"]
ADDRESSES = ["", "tags/写作/", "feed.xml", "404.html"]


def check_body(body: str, asked: set[tuple[str, ...]] | None = None) -> list[Problem]:
    article = parse("posts/this.md", body)
    lookups = look([*OTHERS, article], ASSETS, ADDRESSES, set() if asked is None else asked)
    return check.article_problems(article, lookups)


@pytest.mark.parametrize(
    "link",
    [
        "other.md",
        "other.md#heading",
        "other.md#标题",
        "other.md#%E6%A0%87%E9%A2%98",
        "/posts/other.md",
        "/posts/other/",
        "/posts/other/#heading",
        "../posts/other/",
        "trip/index.md",
        "trip/",
        "trip/y.png",
        "../images/x.png",
        "/images/x.png",
        "../files/a%20b.pdf#page=2",
        "../tags/写作/",
        "/tags/%E5%86%99%E4%BD%9C/",
        "../feed.xml",
        "/",
        "../",
        "#own",
        "this.md#own",
        "https://example.org/gone",
    ],
)
def test_links_to_what_is_there_are_right(link: str) -> None:
    assert check_body(f"## Own\n\n[x]({link})") == []


@pytest.mark.parametrize(
    ("link", "what", "hint"),
    [
        ("othr.md", "there is no such file or article: posts/othr.md", "did you mean other.md?"),
        ("../b/other.md", "there is no such file or article: b/other.md", "did you mean other.md?"),
        ("x.png", "there is no such file or article: posts/x.png", "did you mean ../images/x.png?"),
        ("/posts/othr/", "there is no such file or article: /posts/othr/", "did you mean /posts/other/?"),
        ("/zzz/qqqqq.html", "there is no such file or article: /zzz/qqqqq.html", check.OLD),
        ("secret.md", "this link leads to a draft: posts/secret.md", "publish the draft too, or remove the link"),
        ("other.md#headin", "there is no anchor #headin in posts/other.md", "did you mean #heading?"),
        ("/posts/other/#headin", "there is no anchor #headin in posts/other.md", "did you mean #heading?"),
        ("#own-", "there is no anchor #own- here", "did you mean #own?"),
        ("#zzz", "there is no anchor #zzz here", "correct the anchor, or give a heading this id with {#name}"),
        ("qqqqq.md", "there is no such file or article: posts/qqqqq.md", "put the file there, or correct the path"),
    ],
)
def test_links_to_nothing_have_their_place_and_a_hint(link: str, what: str, hint: str) -> None:
    kind = "dead-anchor" if what.startswith("there is no anchor") else "dead-link"
    assert check_body(f"## Own\n\n中文 [x]({link})") == [Problem("posts/this.md", 7, 8, what, hint, kind=kind)]


def test_a_missing_image_is_called_so() -> None:
    problem = check_body("![x](../images/y.png)")[0]
    assert (problem.what, problem.kind) == ("there is no such image: images/y.png", "dead-image")
    assert check_body('<img srcset="../images/x.png 1x, ../images/y.png 2x">')[0].col == 34


def test_every_fault_of_an_article_is_told() -> None:
    assert [(p.line, p.col) for p in check_body("[a](a.md)\n[b](b.md) ![c](c.png)")] == [(5, 5), (6, 5), (6, 16)]


def test_a_draft_may_link_to_itself() -> None:
    draft = parse("posts/draft.md", "## Own\n\n[x](#own) [y](draft.md)", "draft: true\n")
    assert check.article_problems(draft, look([draft], [], [], set())) == []


def test_what_was_asked_for_can_be_recorded() -> None:
    asked: set[tuple[str, ...]] = set()
    check_body("[a](other.md#heading) [b](gone.md)", asked)
    assert asked == {
        ("find", "posts/other.md"),
        ("anchor", "posts/other.md", "heading"),
        *(("find", reading) for reading in ("posts/gone.md", "posts/this/gone.md", "gone.md")),
    }


def test_links_that_leave_the_content_folder_lead_nowhere() -> None:
    what, hint = "this link leaves the content folder: ../x.md", "put the file into the content folder"
    assert check_body("[a](../../x.md)") == [Problem("posts/this.md", 5, 5, what, hint, kind="dead-link")]


def test_two_that_claim_one_address_are_a_problem_for_the_second() -> None:
    claims = [("posts/a/index.html", "posts/a.md"), ("posts/a/index.html", "posts/a/index.md"), ("b.png", "b.png")]
    assert check.collisions(claims) == [
        Problem(
            "posts/a/index.md",
            0,
            0,
            "the address /posts/a/ is taken by posts/a.md",
            "give one of the two another `slug:` or `permalink:`",
        )
    ]
    assert check.collisions([("index.html", "a"), ("about/index.html", "b")]) == []


@pytest.mark.parametrize(
    ("first", "second", "hint"),
    [
        ("a.md", "b.md", "give one of the two another `slug:` or `permalink:`"),
        ("a.png", "b.png", "rename one of the two"),
        ("a.md", "a/index.html", "give a.md another `slug:`, or rename the other"),
        ("a/index.html", "b.md", "give b.md another `slug:`, or rename the other"),
    ],
)
def test_only_an_article_is_told_of_its_slug(first: str, second: str, hint: str) -> None:
    (problem,) = check.collisions([("a/index.html", first), ("a/index.html", second)])
    assert problem.hint == hint


def test_a_file_where_a_folder_has_to_be_is_a_problem() -> None:
    claims = [("posts/a", "posts/a"), ("posts/a/index.html", "posts/a.md"), ("posts/ab", "posts/ab")]
    assert [problem.what for problem in check.collisions(claims)] == ["/posts/a must also be a folder, for posts/a.md"]


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="/x/">',
        "<a href=/x>",
        "<img srcset='a.png 1x, /b.png 2x'>",
        '<a href="../../../x">',
        "<a href = x/../../../../y>",
        '<a href=" ./../../../y">',
        '<meta http-equiv="refresh" content="0; url=/x">',
        "<style>@import '/x'</style>",
        '<p style="background: url(&quot;/x&quot;)">',
        '<p style="background:url(/x.png)">',
        "<style>p { background: url('/x.png') }</style>",
        '<form action="/search">',
        '<a href="\\x">',
        '<base href="./">',
        "<BASE href=x/>",
    ],
)
def test_a_link_that_leaves_the_mount_is_found_on_the_page(tag: str) -> None:
    (found,) = check.page_problems("posts/a/index.html", f"<p>one</p>\n{tag}")
    assert (found.path, found.line) == ("posts/a/index.html", 2)


@pytest.mark.parametrize(
    ("css", "column"),
    [
        ("p { background: url(/x.png) }", 21),
        ("p { background: url( '../../x.png' ) }", 23),
        ("@import '/y.css';", 10),
        ('/* url(/z) */ @import url("/y.css");', 28),
    ],
)
def test_an_address_that_leaves_the_mount_is_found_in_a_style_sheet(css: str, column: int) -> None:
    (found,) = check.style_problems("assets/mine.css", "templates/assets/mine.css", f"p {{}}\n{css}")
    assert (found.path, found.line, found.col) == ("templates/assets/mine.css", 2, column)


def test_addresses_that_stay_and_comments_are_right_in_a_style_sheet() -> None:
    css = "/* url(/x) */ p { background: url(../x.png), url(data:,x), url(https://x.org/y), url(#a) } @import 'b.css';"
    assert check.style_problems("assets/mine.css", "mine.css", css) == []


@pytest.mark.parametrize(
    "html",
    [
        '<a href="../../x/">y</a><a href="./">z</a><a href="#a">b</a>',
        '<a href="https://x.org/y"><a href="//x.org/y"><a href="mailto:a@b.c">',
        '<pre>href="/x"</pre><code>&lt;a href="/x"&gt;</code>',
        "<script>fetch('/x'); var s = '<a href=\"/x\">'</script>",
        '<!-- <a href="/x"> -->',
        "<p title=\"href='/x'\">",
    ],
)
def test_code_samples_and_links_that_stay_are_right(html: str) -> None:
    assert check.page_problems("posts/a/index.html", html) == []


def test_a_mark_that_was_not_replaced_is_found() -> None:
    (found,) = check.page_problems("index.html", f"<a {urls.mark('x')}>")
    assert (found.line, found.col) == (1, 4)


@given(st.text(st.sampled_from("=('\"/.\\> a:"), max_size=14), st.integers(0, 2))
@example("= ' x\\", 0)
@example("(./../../x", 1)
@example('="a/../b', 0)
def test_what_rules_a_page_out_rules_out_no_way_of_leaving(html: str, depth: int) -> None:
    if check._leaving(depth).search(html):
        assert check._may_leave(html, depth)
