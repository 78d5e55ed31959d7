"""Lay out the help of a command: what it does and changes, its options, the global options, and its examples."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

import click

from publisher.cli.suggest import no_option

WIDEST = 80
NARROW = 60  # On a terminal with fewer columns, each explanation stands below its option.
HYPHEN = "\u2011"
"""This character replaces each hyphen while lines are broken. So no line is broken at a hyphen."""
EXAMPLES = "Examples:"


class Formatter(click.HelpFormatter):
    """A formatter that breaks lines at the width of the terminal, also if it is narrower than click expects."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        import shutil

        room = min(shutil.get_terminal_size().columns, max_width or WIDEST) - 2
        super().__init__(indent_increment, width or max(room, 20), max_width)

    def write_text(self, text: str) -> None:
        """Write a paragraph as click does, without line breaks at the hyphens of an option."""
        super().write_text(text.replace("-", HYPHEN))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and explanations in two columns. On a narrow terminal, write each explanation below its term."""
        if self.width >= NARROW:
            super().write_dl([(term, text.replace("-", HYPHEN)) for term, text in rows], col_max, col_spacing)
            return
        for term, text in rows:
            self.write_text(term.rstrip())
            with self.indentation(), self.indentation():
                self.write_text(text)

    def getvalue(self) -> str:
        """Return the text, in which each HYPHEN is a normal hyphen again."""
        return super().getvalue().replace(HYPHEN, "-")


class Context(click.Context):
    """A click context that formats help with our Formatter."""

    formatter_class = Formatter


class GlobalOption(click.Option):
    """An option that every command takes. Help lists these options in a section of their own."""


class Command(click.Command):
    """A command whose docstring is its help. The lines after `Examples:` are shown last. Each line is one example."""

    context_class = Context

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """Return the names of the help option. They do not come from the group, so a test can run a command alone."""
        return ["-h", "--help"]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments as click does.

        Raises click.UsageError. Its message names this command and, for an unknown option, the nearest known option.
        """
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(self.no_option(ctx, error.option_name, words), ctx) from error
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def no_option(self, ctx: click.Context, option: str, words: list[str]) -> str:
        """Return the message about an option that this command does not have.

        `words` are the arguments of the command.
        """
        known = [name for each in self.get_params(ctx) if not getattr(each, "hidden", False) for name in each.opts]
        return no_option(option, words, known)

    def text(self) -> str:
        """Return the help without the examples."""
        return inspect.cleandoc(self.help or "").partition(f"\n{EXAMPLES}\n")[0].rstrip()

    def examples(self) -> tuple[str, ...]:
        """Return the examples of the docstring, one for each line."""
        lines = inspect.cleandoc(self.help or "").partition(f"\n{EXAMPLES}\n")[2].splitlines()
        return tuple(line.strip() for line in lines if line.strip())

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does and what it changes."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.text())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then the global options."""
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if isinstance(param, click.Option) and record is not None:
                everywhere = isinstance(param, GlobalOption) or param is self.get_help_option(ctx)
                (shared if everywhere else own).append((record[0], explained(param)))
        for heading, rows in (("Options", own), ("Global options", shared)):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples. An example that is wider than the terminal is broken so that a shell can still run it."""
        if self.examples():
            with formatter.section(EXAMPLES.rstrip(":")):
                for example in self.examples():
                    for line in broken(example, formatter.width - formatter.current_indent):
                        formatter.write(" " * formatter.current_indent + line + "\n")


def explained(option: click.Option) -> str:
    """Return the help of an option with its default. The help of a flag has no default, because a flag is off."""
    text = option.help or ""
    if option.multiple:
        text += " Can be given several times."
    if not option.show_default:
        return text
    return f"{text}  [default: {option.show_default if isinstance(option.show_default, str) else option.default}]"


def broken(example: str, width: int) -> Iterator[str]:
    """Yield an example in lines of at most `width` columns. Its remark comes first. Backslashes join the lines."""
    if len(example) <= width:
        yield example
        return
    command, _, remark = example.partition("  # ")
    if remark:
        yield from click.formatting.wrap_text(remark, width, "# ", "# ").splitlines()
    line = ""
    for word in command.split():
        if line and len(f"{line} {word} \\") > width:
            yield f"{line} \\"
            line = " "
        line = f"{line} {word}" if line else word
    yield line
