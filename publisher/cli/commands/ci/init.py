"""`publish ci init`: write the files of a pipeline, and list what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import one_of, words_of

if TYPE_CHECKING:
    from publisher.app.pipeline_files import PipelineFile

KINDS = ("github", "gitlab", "forgejo", "gitea", "woodpecker", "cron", "systemd", "post-receive")


@click.command(cls=Command)
@click.option(
    "--for",
    "kind",
    metavar="KIND",
    default="",
    show_default="as the repository shows",
    callback=one_of(("", *KINDS)),
    shell_complete=words_of(lambda: [(name, "") for name in KINDS]),
    help=f"Write files for {', '.join(KINDS)}.",
)
@click.option(
    "--branch", metavar="NAME", default="", show_default="the default branch", help="Publish from this branch."
)
@click.option(
    "--install",
    metavar="SPEC",
    default="",
    show_default="the version that runs",
    help="What the pipeline gives to `pip install`.",
)
@click.option(
    "--keystore",
    metavar="FILE",
    default="deploy-key.json",
    show_default=True,
    help="The keystore of the deploy key, below the folder of the site.",
)
@click.option("--force", is_flag=True, help="Replace files that are different.")
@common
@click.pass_obj
@plain
def command(session: Session, /, kind: str, branch: str, install: str, keystore: str, force: bool) -> None:
    """Write the files of a pipeline, and list what is left to do.

    The address of the remote repository and the files in it show the kind of pipeline. The command prints a numbered
    list of the steps that are left, with their commands. Run it again after a step: the list gets shorter. It never
    prints a key. With a token in PUBLISH_FORGE_TOKEN, it leaves out the secrets that are already stored at the forge.

    It changes only the files of the pipeline, and files in `.publish`. If you have changed a file of the pipeline, the
    command replaces this file only with --force, or if you say yes on a terminal.

    Examples:
    publish ci init
    publish ci init --for systemd
    publish ci init --branch main --force
    """
    from publisher.app.pipeline_init import InitOptions, refuse, set_up
    from publisher.cli.text.pipeline_init import file_line, row, step_lines

    report = session.report

    def differs(file: PipelineFile) -> bool:
        for line in file.diff:
            report.say(line)
        return report.ask(f"Replace {file.path}?")

    result = set_up(session, InitOptions(kind, branch, install, keystore, force), differs)
    report.data.update(row(result))
    report.say(f"{result.kind.title}:")
    for each in result.files:
        report.say(file_line(each))
    for line in step_lines(result.steps):
        report.result(line)
    refuse(result)
    report.finish()
