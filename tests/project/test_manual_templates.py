"""Every template of the manual is built, alone in a site with the default theme, and gives no fault."""

import re
from pathlib import Path

import pytest

from publisher.build import BuildSettings, build
from publisher.cache.store import Cache
from publisher.dag import walk
from publisher.site.settings import SiteSettings
from publisher.site.templates.views import TEMPLATES
from tests.build.site import article, write

CONTENT = Path(__file__).resolve().parents[2] / "content"
BLOCK = re.compile(r"^```(\w+)(?: title=\"templates/([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ID = "8a0f4f3e-7c1d-4f0e-9b55-2f5f0f0a9d11"
SITE = SiteSettings(title="Sample", author="Ada", url="https://example.eth.limo/", id=ID)
USUAL = {*TEMPLATES.values(), "base.html", "parts.html"}


def samples() -> list[tuple[str, str, str]]:
    """The path of each chapter with a template, the name of the template, and its text."""
    found = []
    for path in sorted(CONTENT.rglob("*.md")):
        for _, name, text in BLOCK.findall(path.read_text(encoding="utf-8")):
            if name:
                found.append((path.relative_to(CONTENT).as_posix(), name, text))
    return found


SAMPLES = samples()


def test_the_manual_has_templates_in_both_languages() -> None:
    names = {path: [name for each, name, _ in SAMPLES if each == path] for path, _, _ in SAMPLES}
    assert names["posts/theming.md"] == names["posts/主题.md"]
    assert names["posts/shortcodes.md"] == names["posts/短代码与图.md"]
    assert len(SAMPLES) >= 8


@pytest.mark.parametrize(("path", "name", "text"), SAMPLES, ids=[f"{path}-{name}" for path, name, _ in SAMPLES])
def test_a_template_of_the_manual_is_built_without_a_fault(tmp_path: Path, path: str, name: str, text: str) -> None:
    call = name.removeprefix("shortcodes/").removesuffix(".html")
    blocks = BLOCK.findall((CONTENT / path).read_text(encoding="utf-8"))
    calls = [body for language, _, body in blocks if language == "markdown" and f"::{call}" in body]
    shown = "\n".join(calls) if name.startswith("shortcodes/") else "Text."
    front = {} if name in USUAL or calls else {"template": name}
    write(tmp_path / "site", {f"templates/{name}": text, "content/posts/first.md": article("First", 1, shown, **front)})
    for asset in re.findall(r"link\(\"/(assets/[^\"]+)\"\)", text):
        write(tmp_path / "site", {f"templates/{asset}": ""})
    with Cache(tmp_path / "cache") as cache:
        built = build(tmp_path / "site", SITE, BuildSettings(), cache, workers=1)
        page = next(link for at, link in walk.files(cache.get, built.root) if at == "posts/first/index.html")
        html = b"".join(walk.cat(cache.get, page.cid)).decode()
    assert not built.problems
    words = re.findall(r"<(\w+[^<>{}]*)>", text)  # the tags that the template writes as they are
    assert all(word in html for word in words)
