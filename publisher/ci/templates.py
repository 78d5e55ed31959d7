"""Fill the templates of the files that `publish ci init` writes. The templates are in the folder `files`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.resources import files

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass, replace

TOKEN = re.compile(r"@(branch|site|install|action|runner|clone)@")
VARIABLES = re.compile(r"^(?P<key> *\w+:\n)?(?P<indent> *)@variables(?P<kept>-without-keys)?@\n", re.MULTILINE)
"""Matches the line `@variables@`, and also the line above it if that line is a key such as `env:`.

Such a key has nothing else below it. So if there are no variables, both lines are removed.

The line `@variables-without-keys@` is for a step that signs nothing. It gets no variable that signs.
"""
PASSED = re.compile(
    r"^ *PUBLISH_\w+:(?: \$\{\{ (?:secrets|vars)\.PUBLISH_\w+ \}\}|\n *from_secret: publish_\w+)\n", re.MULTILINE
)
"""Matches the lines that pass one variable of publish.toml to a job."""
BARE = re.compile(r"^( *)(?:env|environment):\n(?!\1 )", re.MULTILINE)
"""Matches a key with nothing below it."""
SAFE = re.compile(r"[\w./+:#=~<>\[\], @-]+")
"""Matches a value in which YAML, a shell, systemd and cron replace nothing if it is between double quotes."""


@dataclass(frozen=True, slots=True)
class PipelineValues:
    """The values that the templates contain. Every one of them can be written between double quotes."""

    branch: str = "main"
    """The branch whose newest commit is published."""
    site: str = "."
    """The folder of the site below the top of the repository."""
    install: str = "."
    """The program as pip names it, such as `gazeth==1.2.3`. A dot is the checkout of the program itself."""
    action: str = "./.github/actions/publish"
    """The folder of the action, as `uses:` names it."""
    runner: str = "ubuntu-24.04"
    """The label of the machine on which the jobs run."""
    clone: str = "site"
    """The name of the clone in the home folder of a server."""
    secrets: tuple[str, ...] = ()
    """The variables of publish.toml that are secret."""
    signing: tuple[str, ...] = ()
    """The variables in `secrets` with which the site signs."""
    hosts: tuple[str, ...] = ()
    """The variables with the hosts to which a secret may go. They are not secret."""


def filled(name: str, values: PipelineValues) -> str:
    """Return the text of the template `name`, such as `github/publish.yml`, with a value for `@branch@` and the like.

    Raises ConfigError if a value has a character that a file of a pipeline cannot contain.
    """
    texts = {key: getattr(values, key) for key in ("branch", "site", "install", "action", "runner", "clone")}
    for key, value in texts.items():
        if not SAFE.fullmatch(value):
            what = f"the {key} {value!r} has a character that a file of a pipeline cannot contain"
            raise ConfigError("publish ci init", what, hint=HINTS.get(key, "use letters, digits, dots and hyphens"))
    style = STYLES.get(name.partition("/")[0], _github)
    unsigned = replace(values, secrets=tuple(each for each in values.secrets if each not in values.signing))

    def below(found: re.Match[str]) -> str:
        lines = style(unsigned if found["kept"] else values)
        key = (found["key"] or "") if lines else ""
        return key + "".join(f"{found['indent']}{line}\n" for line in lines)

    return TOKEN.sub(lambda found: texts[found[1]], VARIABLES.sub(below, template(name)))


def without_variables(text: str) -> str:
    """Return the text of a file without the lines for the variables, and without a key that has only such lines.

    Two files that are equal without these lines differ only because publish.toml names other variables.
    """
    return BARE.sub("", PASSED.sub("", text))


def template(name: str) -> str:
    """Return the text of a template as it is in the package."""
    return (files("publisher.ci") / "files" / name).read_text(encoding="utf-8")


def _github(values: PipelineValues) -> list[str]:
    lines = [f"{name}: ${{{{ secrets.{name} }}}}" for name in values.secrets]
    return [*lines, *(f"{name}: ${{{{ vars.{name} }}}}" for name in values.hosts)]


def _woodpecker(values: PipelineValues) -> list[str]:
    """Return the lines for Woodpecker, which has no variables beside its secrets."""
    return [
        line for name in (*values.secrets, *values.hosts) for line in (f"{name}:", f"  from_secret: {name.lower()}")
    ]


STYLES: Mapping[str, Callable[[PipelineValues], list[str]]] = {"woodpecker": _woodpecker}
"""How a file passes the variables to a job, by the folder of its template. The other files pass them as GitHub does."""
HINTS = {
    "branch": "publish from another branch: `publish ci init --branch NAME`",
    "site": "rename the folder of the site",
    "install": "name what pip installs in the pipeline: `publish ci init --install SPEC`",
    "clone": "rename the repository",
}
