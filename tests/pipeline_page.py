"""The files of pipelines in the chapter `From a pipeline` and its Chinese page, made from the templates of the program.

`make pipelines` writes them anew, and the workflows of this project too. `tests/project/test_pipeline_page.py` fails if
one of them differs from the result of this module.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from publisher.app.pipeline_files import signing_variables, variables_of
from publisher.ci.kinds import KINDS
from publisher.ci.templates import PipelineValues, filled
from publisher.config import Config, load, parse

HOME = Path(__file__).resolve().parents[1]
PAGES = (HOME / "content/posts/ci.md", HOME / "content/posts/流水线.md")
BLOCK = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
INSTALL = "git+https://git.example.org/gazeth/program@4f1c2d3b5a697887a6b5c4d3e2f10a1b2c3d4e5f"
"""The program as the pages name it: a commit of a git repository."""
OWN = HOME / ".github/workflows"


def of_settings(settings: Config) -> PipelineValues:
    """The values for the variables of a publish.toml."""
    secrets, hosts = variables_of(settings)
    return PipelineValues(secrets=secrets, hosts=hosts, signing=signing_variables(settings))


def own_values() -> PipelineValues:
    """The values of this project's own workflows: they use the action in the checkout."""
    return replace(of_settings(load(HOME)), install=".[diagrams]", action="./")


def own_workflows() -> Mapping[Path, str]:
    """The workflows of this project that are files of `publish ci init`, with their texts."""
    pairs = [(template, OWN / Path(path).name) for template, path in KINDS["github"].files if "/workflows/" in path]
    return {path: filled(template, own_values()) for template, path in pairs}


def files(page: str) -> Iterator[tuple[str, str]]:
    """The path and the text of each file that `publish ci init` writes for the site that a page shows."""
    settings = next(body for _, name, body in BLOCK.findall(page) if name == "publish.toml")
    found = of_settings(parse(settings.encode(), Path(), Path("publish.toml")))
    values = replace(found, install=INSTALL, clone="my-site")
    for kind in KINDS.values():
        own = replace(values, action=kind.action or ".", runner=kind.runner or ".")
        yield from ((path, filled(template, own)) for template, path in kind.files)


def written(page: str) -> str:
    """A page with the present text of each file."""
    texts = dict(files(page))

    def block(found: re.Match[str]) -> str:
        language, name, body = found.groups()
        return f'```{language} title="{name}"\n{texts.get(name, body)}```'

    return BLOCK.sub(block, page)


def main() -> None:
    """Write both pages and the workflows of this project anew."""
    for path in PAGES:
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
    for path, text in own_workflows().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
