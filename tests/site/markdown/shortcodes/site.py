"""The shortcodes of a site from files on the disk, as a build gives them to articles."""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from publisher.build.data_values import DataFiles
from publisher.build.inputs import Input
from publisher.build.shortcodes import SiteShortcodes
from publisher.site.content.scan import theme_folder
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import Renderer
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.settings import SiteSettings

FLAVOURS = ("python", "commonmark")


def inputs(folder: Path, label: str) -> dict[str, Input]:
    """Every file below a folder."""
    found = {}
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        path = file.relative_to(folder).as_posix()
        found[path] = Input(path, str(file), f"{label}/{path}", hashlib.sha256(file.read_bytes()).digest())
    return found


def shortcodes(folder: Path, files: Mapping[str, str], held: Collection[str] = ()) -> SiteShortcodes:
    """The shortcodes of a site with these files in its folders `content` and `templates`."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    layers = inputs(folder / "templates", "templates"), inputs(theme_folder(), "default")
    return SiteShortcodes(
        layers, inputs(folder / "content", "content"), held, DataFiles({}), SiteSettings(title="Site")
    )


def renderer(folder: Path, files: Mapping[str, str], flavour: str = "python", held: Collection[str] = ()) -> Renderer:
    options = MarkdownOptions(flavour=flavour)
    return make_renderer(options=options, shortcodes=shortcodes(folder, files, held))
