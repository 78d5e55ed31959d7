"""The command `publish`: a file a command, each imported when it is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from publisher.errors import PublishError


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code. The only place that catches everything."""
    import click

    from publisher.cli.group import publish
    from publisher.cli.session import Session
    from publisher.errors import PublishError

    session = Session()
    try:
        publish.main(args=args, prog_name="publish", standalone_mode=False, obj=session)
        sys.exit(0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        session.report.fail(_usage(error))
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        session.report.close()
        session.report.say("stopped; nothing is lost: run again and it goes on")
        sys.exit(130)
    except PublishError as error:
        session.report.fail(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        session.report.bug(error)
        sys.exit(1)
    finally:
        session.close()


def _usage(error: click.ClickException) -> PublishError:
    from publisher.errors import ConfigError

    context = getattr(error, "ctx", None)
    who = context.command_path if context is not None else "publish"
    return ConfigError(who, error.format_message().rstrip("."), hint=f"see `{who} --help`")
