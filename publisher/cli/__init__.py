"""Run the command line of `publish`. Each command is a module of its own, which is imported when the command runs."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from publisher.cli.termination import termination
from publisher.secrets.child_environment import hidden_variables

if TYPE_CHECKING:
    import click

    from publisher.errors import PublishError

SEARCHES = 50_000, 20, 20
"""The thresholds of Python's garbage collection: it searches for cycles after 50,000 new objects.

With the usual 700, these searches take a tenth of the time of a build.
"""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line `args` and end the process with its exit code. If `args` is None, use `sys.argv`.

    Raises SystemExit.
    """
    if args is None:
        gc.set_threshold(*SEARCHES)
    try:
        _standard_streams()
        with hidden_variables(os.environ) as env:
            _run(args, env)
    except KeyboardInterrupt:  # Ctrl-C came before the report existed, or while it was closed.
        sys.exit(130)
    finally:
        if args is None:
            gc.freeze()  # Otherwise Python's last search for cycles takes an eighth of the time of a short command.


def _run(args: Sequence[str] | None, env: Mapping[str, str]) -> None:
    """Run one command and end the process. This is the only function that catches every exception.

    `env` is the environment with the secrets, which child processes must not get.
    """
    import click

    from publisher.app.context import Session
    from publisher.cli.group import publish
    from publisher.errors import Interrupted, PublishError
    from publisher.report import Report

    session = Session(env=env, report=Report(sys.stdout, sys.stderr, env))
    # The flag is set before click parses the arguments, so that a usage error is printed as JSON too.
    session.report.json = _wants_json(sys.argv[1:] if args is None else args)
    if env.get("GITHUB_ACTIONS") == "true":
        from publisher.app.pipeline_report import show_in_pipeline

        show_in_pipeline(session)
    try:
        with termination():
            _names_are_utf8()
            code = publish.main(args=args, prog_name="publish", standalone_mode=False, obj=session)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        session.report.fail(_usage(error))
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        stopped = Interrupted(
            "publish", "the run was stopped", hint="run again: the next run continues from here; nothing is lost"
        )
        session.report.fail(stopped)
        sys.exit(stopped.exit_code)
    except PublishError as error:
        session.report.fail(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        session.report.silence()
        sys.exit(1)
    except Exception as error:
        # An error of the disk or its permissions is no fault of this program, so it needs no traceback.
        if isinstance(error, OSError) and error.filename and error.strerror:
            session.report.fail(
                PublishError(str(error.filename), error.strerror, hint="correct this on the disk, then run again")
            )
        else:
            session.report.bug(error)
        sys.exit(1)
    finally:
        session.close()


def _wants_json(words: Sequence[str]) -> bool:
    own = words[: words.index("--")] if "--" in words else words
    return "--json" in own


def _usage(error: click.ClickException) -> PublishError:
    from publisher.errors import ConfigError

    context = getattr(error, "ctx", None)
    who = context.command_path if context is not None else "publish"
    # click writes the choices of a missing argument on lines of their own.
    return ConfigError(who, " ".join(error.format_message().split()).rstrip("."), hint=f"run `{who} --help`")


def _names_are_utf8() -> None:
    """Raise ConfigError unless Python reads file names as UTF-8.

    With another encoding, pages would get other addresses.
    """
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8":
        from publisher.errors import ConfigError

        hint = "set PYTHONUTF8=1 in the environment, or LC_ALL=C.UTF-8"
        raise ConfigError("publish", f"this environment reads file names as {encoding}, not as UTF-8", hint=hint)


def _standard_streams() -> None:
    """Make stdout and stderr accept every text, and open each closed standard stream on the null device.

    If a standard stream stayed closed, the next opened file would get the number of the stream. A library that prints
    would then write into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # The system gives it the lowest free number, which is `number`.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (open until the process ends)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (open until the process ends)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
