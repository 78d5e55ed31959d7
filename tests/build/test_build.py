"""Facts of a build: what is in a site, and what never is."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.build import BuildSettings
from publisher.cache.store import Cache
from publisher.dag import walk
from publisher.dag.unixfs import PROFILES
from publisher.errors import ConfigError
from tests.build.site import SETTINGS, SITE, Workshop, article, page


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_a_site_has_its_pages_lists_and_files(shop: Workshop) -> None:
    shop.write({"content/about.md": page("About"), "content/posts/p1.png": b"\x89PNG", "content/写作.md": page("写作")})
    built = shop.build()
    files = shop.files(built)
    assert sorted(files) == sorted(
        [
            *(f"posts/p{n}/index.html" for n in range(1, 6)),
            *("index.html", "tags/index.html", "tags/one/index.html", "404.html", "about/index.html"),
            *("写作/index.html", "posts/p1.png", "assets/style.css"),
            *("_redirects", "feed.xml", "robots.txt", "sitemap.xml"),
        ]
    )
    assert (built.pages, built.files, built.rendered) == (11, 17, 11)
    assert files["_redirects"] == b"/* /404.html 404\n"


def test_every_block_of_the_root_is_in_the_cache(shop: Workshop) -> None:
    built = shop.build()
    with Cache(shop.cache) as cache:
        assert sum(1 for _ in walk.reachable(cache.get, built.root)) > built.files


def test_links_are_relative_but_in_the_page_for_missing_addresses(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("Post 1", 1, "[two](p2.md) ![i](../i.png)"), "content/i.png": b"i"})
    files = shop.files(shop.build())
    assert b'href="../../posts/p2/"' in files["posts/p1/index.html"] or b'href="../p2/"' in files["posts/p1/index.html"]
    assert b'src="../../i.png"' in files["posts/p1/index.html"]
    assert b'href="/assets/style.css"' in files["404.html"]
    assert b"color: black" in files["404.html"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_draft_is_nowhere_unless_it_is_asked_for(shop: Workshop, workers: int) -> None:
    secret = article("Hush", 9, "unspoken", draft="true", tags="[hidden]")
    shop.write({"content/posts/secret/index.md": secret, "content/posts/secret/photo.png": b"unspoken"})
    shop.write({f"content/posts/more{n}.md": article(f"More {n}", 2) for n in range(30)})
    shown = shop.files(shop.build(drafts=True, workers=workers))
    assert b"unspoken" in shown["posts/secret/index.html"]
    assert "posts/secret/photo.png" in shown
    for built in (shop.build(workers=workers), shop.clean(workers=workers)):
        with Cache(shop.cache) as cache:
            for block in walk.reachable(cache.get, built.root):
                for word in (b"unspoken", b"Hush", b"secret", b"hidden"):
                    assert word not in block.data


def test_a_picture_that_only_a_draft_shows_stays_behind_with_it(shop: Workshop) -> None:
    body = '![x](secret.png) <img src="other%20one.png"> ![y](/images/shared.png)'
    files = {"secret.png": b"1", "other one.png": b"2", "unused.pdf": b"3"}
    shop.write({f"content/posts/{name}": data for name, data in files.items()})
    shop.write({"content/images/shared.png": b"4", "content/about.md": page("A", "![y](images/shared.png)")})
    shop.write({"content/posts/d.md": article("Draft", 2, body, draft="true")})
    there = shop.files(shop.build()).keys()
    assert not {"posts/secret.png", "posts/other one.png"} & there
    assert {"posts/unused.pdf", "images/shared.png"} <= there
    assert {f"posts/{name}" for name in files} <= shop.files(shop.build(drafts=True)).keys()


def test_a_picture_in_the_folder_of_a_draft_is_said_to_belong_to_it(shop: Workshop) -> None:
    shop.write({"content/posts/d/index.md": article("Draft", 2, draft="true"), "content/posts/d/x.png": "x"})
    shop.write({"content/about.md": page("A", "![x](posts/d/x.png) ![y](posts/d/y.png)")})
    assert shop.faults() == [
        "content/about.md:4:6: this file belongs to a draft: posts/d/x.png; publish the draft too, or move the file",
        "content/about.md:4:26: there is no such image: posts/d/y.png; put the file there, or correct the path",
    ]
    shop.write({"content/about.md": page("A", "![x](posts/d/x.png)")})
    assert shop.build(drafts=True).pages


def test_a_link_to_a_draft_is_a_fault_that_says_so(shop: Workshop) -> None:
    shop.write(
        {"content/posts/p2.md": article("Two", 2, draft="true"), "content/about.md": page("A", "[x](posts/p2.md)")}
    )
    assert shop.faults() == [
        "content/about.md:4:5: this link leads to a draft: posts/p2.md; publish the draft too, or remove the link"
    ]
    assert shop.build(drafts=True).pages


def test_all_faults_of_the_whole_site_are_told_at_once(shop: Workshop) -> None:
    shop.write(
        {
            "content/posts/bad.md": "---\ntitle: [\n---\n",
            "content/posts/dead.md": article("Dead", 3, "[x](nowhere.md)"),
            "content/posts/twice.md": article("Twice", 3, slug="dead"),
            "content/posts/latin.md": b"---\ntitle: \xff\ndate: 2026-01-01\n---\n",
            "content/keys/id_ed25519": "x",
            "templates/list.html": "<p>\n{{ nothing }}",
        }
    )
    (shop.folder / "content/link").symlink_to("/etc/passwd")
    told = "\n".join(shop.faults())
    for place in (
        "content/posts/bad.md:3:1: the front matter is not YAML",
        "content/posts/dead.md:5:5: there is no such file or article",
        "content/posts/twice.md:4:7: the address /posts/dead/ is taken by content/posts/dead.md:1:1",
        "content/posts/latin.md:2:8: this line has bytes that are not UTF-8",
        "content/keys/id_ed25519: a file that keys or passwords are kept in must not be published",
        "content/link: this is a symbolic link",
        "templates/list.html:2: 'nothing' is undefined",
    ):
        assert place in told, told


def test_an_article_with_faults_makes_no_other_article_wrong(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": "---\ntitle: [\n---\n", "content/about.md": page("A", "[x](posts/p1.md#any)")})
    assert len(shop.faults()) == 1


def test_faults_leave_nothing_that_a_later_build_trusts(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("One", 1, "[x](gone.md)")})
    assert shop.faults() == shop.faults()
    shop.write({"content/posts/gone.md": article("Gone", 2)})
    assert shop.build().root == shop.clean().root
    shop.remove("content/posts/gone.md")
    assert len(shop.faults()) == 1


def test_a_dead_anchor_is_found_when_the_other_article_changes(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("One", 1, "[x](p2.md#part)")})
    shop.write({"content/posts/p2.md": article("Two", 2, "## Part")})
    shop.build()
    shop.write({"content/posts/p2.md": article("Two", 2, "## Another")})
    assert "there is no anchor #part in posts/p2.md" in shop.faults()[0]


TEMPLATE_FAULTS = {
    "{% if %}": "Expected an expression",
    "{{ site }}": "a template cannot print site itself",
    "{% for x in site %}{% endfor %}": "a template cannot loop over site itself",
    "{{ site.titel }}": "site has no attribute 'titel'; did you mean title?",
    "{{ site.zzz }}": "site has no attribute 'zzz'; it has ",
    "{{ site.recent[0].nothing }}": "a card has no attribute 'nothing'",
    "{% extends 'article.html' %}": "the template extends, includes or calls itself without end",
    "{{ site.tag }}": "a function cannot be printed: tag",
    "{{ link }}": "link is a function",
    "{{ page.title.upper }}": "a function cannot be printed: upper",
    "{{ page.titel }}": "this page has no attribute 'titel'; did you mean title?",
    "{% include 'none.html' %}": "there is no template 'none.html'",
    "{{ 1 // 0 }}": "ZeroDivisionError",
    "{{ link('/tags/')|truncate(3, true, '', 0) }}": "a mark that does not end",
    "{% from 'macro.html' import m %}{{ m() }}": "'site' is undefined",
    "{{ ['a', 'b']|random }}": "No filter named 'random'",
    "{{ [1]|map('string') }}": "generator cannot be printed",
    "{{ [cycler('a')] }}": "Cycler cannot be printed",
    "{{ cycler.__init__.__globals__.os.environ }}": "unsafe",
    "{{ page['__class__'].mro() }}": "unsafe",
    "{{ page|attr('__class__') }}": "unsafe",
    "{{ '{0.__class__}'.format(page) }}": "unsafe",
    "{{ ([1]|map('string')).gi_frame.f_builtins }}": "no attribute 'gi_frame'",
    "{{ link.__init__.__globals__ }}": "unsafe",
    "{{ page.date.now() }}": "unsafe",
    "{{ page.date.astimezone().isoformat() }}": "unsafe",
    "{{ page.date.fromtimestamp(0) }}": "unsafe",
    "{{ page.date.replace(tzinfo=none).timestamp() }}": "unsafe",
    "{{ page.date.strftime('%Y %s') }}": "a date format with `%s` depends",
    "{{ page.date.date().strftime(format='%-s') }}": "a date format with `%s` depends",
    "{{ '{:%s}'.format(page.date) }}": "a date format with `%s` depends",
    "{{ '{0.date:%Y %Es}'.format(page) }}": "a date format with `%s` depends",
    "{{ '{:{}}'.format(page.date, '%s') }}": "a date format with `%s` depends",
    "{{ '{x:{y}}'.format_map({'x': page.date, 'y': '%s'}) }}": "a date format with `%s` depends",
    "{{ '{:%{}}'.format(page.date, 's') }}": "a date format with `%s` depends",
    "{{ '{0:{1[0]}}'.format(page.date, ['%s']) }}": "a date format with `%s` depends",
    "{{ page.date.time().strftime('%s') }}": "a date format with `%s` depends",
    "{{ ('{:%s}'|e).format(page.date) }}": "a date format with `%s` depends",
}


@pytest.mark.parametrize("text", TEMPLATE_FAULTS)
def test_a_fault_in_a_template_has_its_place(shop: Workshop, text: str) -> None:
    shop.write(
        {
            "templates/article.html": f"<p>\n\n{text}",
            "templates/macro.html": "{% macro m() %}\n{{ site.title }}{% endmacro %}",
        }
    )
    told = shop.faults()
    assert len(told) == 1
    assert TEMPLATE_FAULTS[text] in told[0]
    place = "templates/macro.html:2: " if "macro" in text else "templates/article.html"
    assert told[0].startswith(place)
    if "truncate" not in text and "macro" not in text:
        assert told[0].startswith("templates/article.html:3: ")


def test_a_template_that_links_to_nothing_is_named(shop: Workshop) -> None:
    shop.write({"templates/tags.html": "{{ link('/none/') }}"})
    assert shop.faults() == [
        "templates/tags.html:1: the link /none/ leads to nothing (on the page /tags/); correct the template"
    ]


def test_a_dead_link_of_a_template_is_told_once_at_its_line(shop: Workshop) -> None:
    macros = "{% macro foot(link) %}\n\n<a href=\"{{ link('/none/') }}\">x</a>{% endmacro %}"
    page = "{% from 'foot.html' import foot %}\n{{ page.title }}{{ page.html }}\n{{ foot(link) }}{{ link('none.md') }}"
    shop.write({"templates/foot.html": macros, "templates/article.html": page})
    shop.write({"content/posts/one.md": article("One", 1), "content/posts/two.md": article("Two", 2)})
    count = len(list((shop.folder / "content").rglob("*.md")))
    found = shop.faults()
    assert [line.split(" (on")[0] for line in found] == [
        "templates/article.html:3: the link none.md leads to nothing",
        "templates/foot.html:3: the link /none/ leads to nothing",
    ]
    assert all(f" and {count - 1} more); correct the template" in line for line in found)


def test_a_link_that_nobody_marked_is_found_in_the_page(shop: Workshop) -> None:
    shop.write({"templates/tags.html": '<a href="/tags/">x</a>'})
    assert shop.faults()[0].startswith("tags/index.html:1:10: this link leaves the site's folder: /tags/")


def test_an_address_in_a_style_sheet_that_leaves_the_site_is_a_fault(shop: Workshop) -> None:
    shop.write({"content/files/a.css": "p { background: url(/x.png) }", "templates/assets/b.css": "@import '/y.css';"})
    assert [problem.split(": ")[0] for problem in shop.faults()] == [
        "content/files/a.css:1:21",
        "templates/assets/b.css:1:10",
    ]


SECRETS = {
    "prod.env": b"A=1",
    "env": b"A=1",
    "id_rsa": b"x",
    "UTC--2026-01-01T00-00-00Z--abc": b"x",
    "key.txt": b"-----BEGIN EC PRIVATE KEY-----\nx",
    "bundle.pem": b"-----BEGIN CERTIFICATE-----\nx\n-----BEGIN PRIVATE KEY-----\n",
    "wallet.json": b'{"version": 3, "Crypto": {"ciphertext": "x", "kdf": "scrypt"}}',
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("folder", ["content/files", "templates/assets"])
def test_what_looks_like_a_key_is_refused(shop: Workshop, folder: str, name: str) -> None:
    shop.write({f"{folder}/{name}": SECRETS[name]})
    told = shop.faults()
    assert len(told) == 1
    assert re.match(rf"{folder}/{name}(:\d)?: ", told[0])
    assert "must not be published" in told[0]


def test_what_only_mentions_keys_is_published(shop: Workshop) -> None:
    harmless = {"environment.txt": b"A=1", "id_rsa.pub": b"ssh-rsa", "hash.txt": b"0x" + b"a1" * 32 + b"\n"}
    shop.write({f"content/{name}": data for name, data in harmless.items()})
    shop.write({"content/keys.md": page("Keys", "```\n-----BEGIN PRIVATE KEY-----\n```")})
    assert harmless.keys() <= shop.files(shop.build()).keys()


def test_a_harmless_file_that_is_renamed_like_a_key_is_refused_in_a_warm_build(shop: Workshop) -> None:
    shop.write({"content/notes.txt": "x"})
    shop.build()
    (shop.folder / "content/notes.txt").rename(shop.folder / "content/id_rsa")
    assert "must not be published" in shop.faults()[0]


def test_dot_files_and_copies_of_editors_are_left_out(shop: Workshop) -> None:
    before = shop.build()
    shop.write({"content/.env": "x", "content/.git/config": "x", "content/posts/p1.md~": "x", "content/#p1.md#": "x"})
    assert shop.build().root == before.root


def test_a_special_file_is_a_fault(shop: Workshop) -> None:
    os.mkfifo(shop.folder / "content/pipe")
    assert shop.faults() == ["content/pipe: this is neither a file nor a folder; move it out of the site"]


def test_two_names_that_are_one_text_in_unicode_are_a_fault(shop: Workshop) -> None:
    shop.write({"content/é.png": "composed", "content/e\u0301.png": "decomposed"})
    assert shop.faults() == [
        "content/é.png: the names of two files here differ only in their form of Unicode; rename one of the two"
    ]


def test_a_decomposed_name_is_published_composed(shop: Workshop) -> None:
    shop.write({"content/e\u0301.png": "x", "content/posts/p1.md": article("One", 1, "![x](../é.png)")})
    assert shop.files(shop.build())["é.png"] == b"x"


def test_a_name_that_is_no_text_is_a_fault(shop: Workshop) -> None:
    os.close(os.open(os.fsencode(shop.folder / "content") + b"/\xff.png", os.O_CREAT | os.O_WRONLY))
    assert "not UTF-8" in shop.faults()[0]


def test_a_missing_content_folder_is_named(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, posts=0)
    assert "content: there is no such folder" in shop.faults()[0]


def test_an_empty_site_is_a_site(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, posts=0)
    (shop.folder / "content").mkdir(parents=True)
    assert shop.build().pages == 3


def test_the_authors_files_win_over_what_is_made(shop: Workshop) -> None:
    mine = {"robots.txt": "mine", "404.html": "mine", "feed.xml": "mine", "_redirects": "mine"}
    shop.write({f"content/{name}": text for name, text in mine.items()})
    shop.write({"templates/assets/style.css": "mine"})
    files = shop.files(shop.build())
    for name in (*mine, "assets/style.css"):
        assert files[name] == b"mine"


def test_the_authors_template_stands_before_the_themes_and_can_extend_it(shop: Workshop) -> None:
    shop.build()
    shop.write({"templates/base.html": '{% extends "default/base.html" %}{% block end %}mine{% endblock %}'})
    files = shop.files(shop.build())
    for name in ("index.html", "tags/index.html", "posts/p1/index.html"):
        assert b"Example" in files[name]
        assert b"mine" in files[name]


def test_tags_that_share_an_address_are_a_fault_and_c_plus_plus_is_not_c(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("One", 1, tags='[C, "C++", "C#"]')})
    assert {"tags/c/index.html", "tags/c-plus-plus/index.html", "tags/c-sharp/index.html"} <= shop.files(
        shop.build()
    ).keys()
    shop.write(
        {"content/posts/p2.md": article("Two", 2, tags="[One]"), "content/posts/p3.md": article("3", 3, tags="['!']")}
    )
    assert shop.faults() == [
        "content/posts/p3.md: the tag '!' has no letter or digit to make an address from; rename the tag",
        "content/posts/p5.md: warning: the tags 'One' and 'one' have the same address tags/one/; spell both tags alike",
    ]


@pytest.mark.parametrize("posts", [0, 1, 2, 3, 5, 6, 7, 9, 10])
def test_every_post_is_on_exactly_one_list_page_and_all_are_reached(tmp_path: Path, posts: int) -> None:
    shop = Workshop(tmp_path, posts)
    (shop.folder / "content").mkdir(parents=True, exist_ok=True)
    files = shop.files(shop.build())
    lists = [name for name in files if name == "index.html" or name.startswith("page/")]
    assert len(lists) == max(1, posts // 3)
    for number in range(1, posts + 1):
        assert sum(f">Post {number}<".encode() in files[name] for name in lists) == 1
    assert not posts or f">Post {posts}<".encode() in files["index.html"]


def test_a_site_without_an_address_has_no_sitemap(shop: Workshop) -> None:
    assert "sitemap.xml" not in shop.files(shop.build(site=replace(SITE, url="")))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_a_part_of_the_root(shop: Workshop, profile: str) -> None:
    settings = replace(SETTINGS, profile=profile)
    built = shop.build(settings=settings)
    assert str(built.root).startswith("Qm" if profile.endswith("2015") else "bafy")
    assert built.root == shop.clean(settings=settings).root


@pytest.mark.parametrize(
    "settings",
    [BuildSettings(content="."), BuildSettings(content="x", output="x/_site"), BuildSettings(profile="none")],
)
def test_settings_that_would_publish_more_than_content_are_refused(shop: Workshop, settings: BuildSettings) -> None:
    with pytest.raises(ConfigError):
        shop.build(settings=settings)


def test_a_time_zone_nobody_knows_is_refused(shop: Workshop) -> None:
    with pytest.raises(ConfigError, match="Nowhere"):
        shop.build(site=replace(SITE, timezone="Nowhere/Land"))
