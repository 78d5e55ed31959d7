"""No build publishes a secret: wherever it stands, in a cold build and in a warm one; and nothing keeps it."""

import sqlite3
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.build import BuildResult, BuildSettings, secret_scan
from publisher.build.articles import BODY
from publisher.build.inputs import Input
from publisher.cache.store import Cache
from publisher.errors import ContentError, Problem
from publisher.secrets.scan import AT_ONCE, SecretSearch
from publisher.secrets.values import values_of
from tests.build.site import SITE, Workshop, article, page
from tests.secrets.samples import KEY, KEYSTORE, TOKEN, pem

TOLD = "the value of PUBLISH_TOKEN must not be published"


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def search(token: str = TOKEN, *allow: str) -> SecretSearch:
    values = (*values_of("PUBLISH_TOKEN", "secret", token), *values_of("PUBLISH_KEY", "secret", KEY))
    return SecretSearch(values, frozenset(allow), b"salt")


def problems(shop: Workshop, wanted: SecretSearch, **options: object) -> list[Problem]:
    with pytest.raises(ContentError) as caught:
        shop.build(search=wanted, **options)
    return list(caught.value.problems)


def kept(shop: Workshop) -> bytes:
    """All that a cache holds; the bodies of articles unpacked."""
    with Cache(shop.cache) as cache:
        blocks = [cache.get(cid) for cid in cache.blocks()]
        bodies = [zlib.decompress(body) for body in cache.recall_all(BODY).values()]
    with sqlite3.connect(shop.cache / "cache.sqlite") as file:
        rows = [part for row in file.execute("SELECT stage, key, value FROM memo") for part in row]
    return b"\n".join([*blocks, *bodies, *(row.encode() if isinstance(row, str) else row for row in rows)])


PLACES: dict[str, dict[str, str | bytes]] = {
    "the text of an article": {"content/posts/p1.md": article("One", 1, f"Use `{TOKEN}` for it.")},
    "its front matter": {"content/posts/p1.md": article("One", 1, summary=f"with {TOKEN}")},
    "front matter that no page shows": {"content/posts/p1.md": article("One", 1, extra=f"{{x: {TOKEN}}}")},
    "a draft": {"content/posts/p1.md": article("One", 1, f"Use {TOKEN}.", draft="true")},
    "an article, written as Markdown writes it": {"content/about.md": page("A", TOKEN.replace("_", r"\_"))},
    "a file": {"content/files/a.js": f"const token = '{TOKEN}'"},
    "a file in UTF-16": {"content/files/a.txt": f"token: {TOKEN}".encode("utf-16")},
    "a static file": {"static/a.js": f"const token = '{TOKEN}'"},
    "a static file with the ending of an article": {"static/a.md": f"Use {TOKEN}."},
    "a large file": {"content/files/a.bin": bytes(AT_ONCE + (1 << 20) - 10) + TOKEN.encode() + bytes(1 << 20)},
    "a page of another tool": {"content/files/a.html": f"<p>{TOKEN}</p>"},
    "a style sheet of the templates": {"templates/assets/own.css": f"/* {TOKEN} */"},
    "a template": {"templates/tags.html": f"<p>{TOKEN}</p>"},
    "a template that no page uses": {"templates/unused.html": f"{{# {TOKEN} #}}"},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_value_is_found_in(shop: Workshop, place: str) -> None:
    shop.build(search=search())
    shop.write(PLACES[place])
    (told,) = problems(shop, search())
    assert told.path == next(iter(PLACES[place]))
    assert told.what == TOLD
    assert TOKEN not in f"{told!r}"
    assert TOKEN.encode() not in kept(shop)
    shop.build(search=search("another-value-altogether"))


def test_the_line_is_told(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("One", 1, f"First.\n\nThen {TOKEN}.")})
    assert [str(problem).split(": ")[0] for problem in problems(shop, search())] == ["content/posts/p1.md:7"]


@pytest.mark.parametrize("name", [f"content/{TOKEN}/x.png", f"content/posts/{TOKEN}.md", f"templates/{TOKEN}.html"])
def test_a_value_in_a_name_is_found_and_not_repeated(shop: Workshop, name: str) -> None:
    shop.write({name: article("One")})
    (shop.folder / f"content/{TOKEN}.link").symlink_to("/etc/passwd")
    told = problems(shop, search())
    assert name.replace(TOKEN, "(the value of PUBLISH_TOKEN)") in {problem.path for problem in told}
    assert not any(TOKEN in f"{problem!r}" for problem in told)


def test_a_value_among_the_settings_that_pages_show_is_found(shop: Workshop) -> None:
    (told,) = problems(shop, search(), site=replace(SITE, description=f"about {TOKEN}"))
    assert (told.path, told.what) == ("publish.toml", "the value of PUBLISH_TOKEN, in [site] must not be published")


def test_keys_in_articles_and_templates_are_found_and_what_speaks_of_them_is_not(shop: Workshop) -> None:
    harmless = "```\n-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n```"
    shop.write({"content/about.md": page("About", harmless), "templates/unused.html": f"<!-- {harmless} -->"})
    shop.write({"content/other.markdown": page("Other", harmless), "content/third.html": page("Third", harmless)})
    built = shop.build()
    shop.write({"content/about.md": page("About", f"```\n{pem()}```"), "content/key.md": page("Key", KEYSTORE)})
    assert [(problem.path, problem.line, problem.what) for problem in problems(shop, SecretSearch())] == [
        ("content/about.md", 5, "a private key must not be published"),
        ("content/key.md", 4, "a keystore must not be published"),
    ]
    shop.write({"content/about.md": page("About", harmless), "templates/unused.html": f"<!--\n{pem()}-->"})
    shop.remove("content/key.md")
    assert [problem.path for problem in problems(shop, SecretSearch())] == ["templates/unused.html"]
    shop.remove("templates/unused.html")
    assert shop.build().root == built.root


def test_a_new_value_is_looked_for_in_files_that_have_not_changed(shop: Workshop) -> None:
    shop.write({"content/files/a.txt": "the words are another-value-altogether"})
    built = shop.build(search=search())
    assert problems(shop, search("another-value-altogether"))[0].path == "content/files/a.txt"
    assert shop.build(search=search()) == BuildResult(built.root, built.pages, built.files, 0)


def test_a_warm_build_reads_nothing_again_and_the_values_are_no_part_of_a_root(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = shop.build(search=search())
    assert shop.clean().root == built.root
    assert shop.clean(search=search("another-value-altogether")).root == built.root
    read: list[str] = []
    plain = secret_scan._in_file

    def noted(file: Input, wanted: SecretSearch) -> tuple[tuple[Problem, ...], bool]:
        read.append(file.label)
        return plain(file, wanted)

    monkeypatch.setattr(secret_scan, "_in_file", noted)
    assert shop.build(search=search()).root == built.root
    assert read == []
    shop.write({"content/posts/p1.md": article("Another", 1)})
    shop.build(search=search())
    assert read == ["content/posts/p1.md"]
    shop.build(search=search("another-value-altogether"))
    assert len(read) > 10


def test_a_file_that_is_let_through_is_published_and_a_value_in_it_is_not(shop: Workshop) -> None:
    shop.write({"content/about.md": page("About", f"```\n{pem()}```"), "content/files/id_test": "x"})
    allow = ("content/about.md", "content/files/id_test")
    files = shop.files(shop.build(search=search(TOKEN, *allow)))
    assert b"BEGIN PRIVATE KEY" in files["about/index.html"]
    assert "files/id_test" in files
    assert [problem.path for problem in problems(shop, search(TOKEN, allow[0]))] == [allow[1]]
    shop.write({"content/files/id_test": TOKEN})
    assert [problem.what for problem in problems(shop, search(TOKEN, *allow))] == [TOLD]


def test_a_file_that_is_let_through_and_is_not_there_is_a_fault(shop: Workshop) -> None:
    (told,) = problems(shop, search(TOKEN, "content/gone.md", "elsewhere/gone.html"))
    assert (told.path, told.what) == ("publish.toml", "secrets.allow: there is no file content/gone.md")


def test_other_faults_are_told_with_it_but_the_links_to_that_article_are_none(shop: Workshop) -> None:
    shop.write({"content/posts/p1.md": article("One", 1, TOKEN), "content/about.md": page("A", "[x](posts/p1.md)")})
    shop.write({"content/dead.md": page("A", "[x](gone.md)")})
    assert [problem.path for problem in problems(shop, search())] == ["content/dead.md", "content/posts/p1.md"]


def test_values_that_are_short_or_not_set_stop_nothing(shop: Workshop) -> None:
    shop.write({"content/about.md": page("About", "hunter2")})
    values = (*values_of("PUBLISH_A", "secret", "hunter2"), *values_of("PUBLISH_B", "secret", ""))
    assert shop.build(search=SecretSearch(values)).root == shop.clean().root


def test_another_name_of_the_content_folder_is_that_in_messages(shop: Workshop) -> None:
    (shop.folder / "content").rename(shop.folder / "texts")
    shop.write({"texts/about.md": page("About", pem())})
    settings = BuildSettings(content="texts")
    assert [problem.path for problem in problems(shop, SecretSearch(), settings=settings)] == ["texts/about.md"]
    assert shop.build(search=SecretSearch(allow=frozenset({"texts/about.md"})), settings=settings)
