"""`publish completion`: print the script with which a shell completes commands, options and paths."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.group import publish
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import one_of, words_of

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_PUBLISH_COMPLETE"
"""The variable in which the script passes the shell's request to `publish`."""


@click.command(cls=Command)
@click.argument(
    "shell",
    metavar="bash|zsh|fish",
    callback=one_of(SHELLS),
    shell_complete=words_of(lambda: [(name, "") for name in SHELLS]),
)
@common
@click.pass_obj
@plain
def command(session: Session, /, shell: str) -> None:
    """Print a script that completes commands with the Tab key.

    Choose the example for your shell, run it once, and open a new terminal. bash has to be version 4.4 or newer. For
    zsh, `.zshrc` has to call `compinit` before it runs the script.

    It changes nothing: your shell writes the file.

    Examples:
    publish completion bash >> ~/.bashrc
    publish completion zsh >> ~/.zshrc
    publish completion fish >> ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"This version of click knows no completion for {shell}.")
    script = kind(publish, {}, "publish", VARIABLE).source()
    # Without this, fish would cut the help of a word at its first comma.
    script = script.replace('string split ","', 'string split -m 1 ","')
    session.report.add("script", script)
    session.report.result(script.rstrip("\n"))
    session.report.finish()
