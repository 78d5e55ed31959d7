"""What can go wrong, as a tree: one class for each different reaction of the reader.

PublishError              exit  what the person, or CI, does next
|- ConfigError              2   fix the configuration or an environment variable
|  '- SecretWithheld             confirm the host that a secret is to be sent to, or correct the address
|- ContentError             3   fix an article, a template or a link
|- StoreError               4   look at a node or service
|  |- StoreUnreachable          try again
|  |- StoreRefused              correct the key, the quota or the request
|  |- CidMismatch               another root: stop; never retried
|  '- BlockMissing              ask somewhere else for this block
|- NamingError              5
|  |- RpcError                  an end point is down, wrong or lying
|  |- NameUnusable              the name has no record that could be set
|  |  '- NameEndless               it leads on and on: no visitor needs to try again
|  |- NotAuthorised             this key may not change this record
|  |- RecordMoved               somebody else changed it meanwhile
|  |- FeeTooHigh                above the ceiling; nothing was signed
|  '- TransactionFailed         mined and reverted
|- VerifyError              6   published, but what comes back differs
|- StateError               7   the journal cannot be read or written
|- Unfinished              75   nothing is wrong, run again and it goes on
'- Interrupted            130   Ctrl-C, or the signal that asks a process to end
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Level = Literal["error", "warning", "note"]
"""Of a fault: an error stops a publish, a warning and a note do not."""


class PublishError(Exception):
    """Something the reader can react to: `who: message`, and a hint that says what to do."""

    exit_code: ClassVar[int] = 1
    retry: ClassVar[bool] = False

    def __init__(self, who: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{who}: {message}")
        self.who = who
        self.message = message
        self.hint = hint

    @property
    def kind(self) -> str:
        """The name under which JSON output and scripts know this error."""
        return type(self).__name__


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault at one place. Lines and columns count from 1; 0 where the place is the whole file."""

    path: str
    line: int
    col: int
    what: str
    hint: str = ""
    detail: str = field(default="", compare=False)
    """The traceback of a fault of this program; it is told with `-v`."""
    kind: str = ""
    """The key under `[check]` that sets its level; empty for what is always an error."""
    level: Level = "error"

    @property
    def place(self) -> str:
        """`path:line:col`, as far as the place is known."""
        return ":".join([self.path, *(str(n) for n in (self.line, self.col) if n)])

    @property
    def message(self) -> str:
        """What is wrong, and what to do, without the place. An error is not called one: nearly all are."""
        level = "" if self.level == "error" else f"{self.level}: "
        return f"{level}{self.what}" + (f"; {self.hint}" if self.hint else "")

    def __str__(self) -> str:
        """`path:line:col: what, and what to do`, the form that editors and CI can follow."""
        return f"{self.place}: {self.message}"


LONGEST = 300
"""Characters of a foreign exception's own text that are told."""


def one_line(error: BaseException) -> str:
    """An exception that nobody expected, on one line: where it was raised, of what kind it is, what it says."""
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}: " if frames else ""
    text = " ".join(str(error).split())[:LONGEST]
    return f"{place}{type(error).__name__}" + (f": {text}" if text else "")


def unexpected(path: str, error: Exception, line: int = 0) -> Problem:
    """The fault of one file over which this program, or a library, stumbles; `line` is 0 where nobody knows it."""
    from traceback import format_exception

    if isinstance(error, RecursionError):
        hint = "take some lists, quotes or values out of others"
        return Problem(path, line, 0, "the file is nested too deeply", hint, "".join(format_exception(error, limit=20)))
    hint = "report this fault of the program with what -v prints; until then write this in another way"
    what = f"this program fails here, at {one_line(error)}"
    return Problem(path, line, 0, what, hint, "".join(format_exception(error)))


@contextmanager
def recording_problems(path: str, problems: list[Problem]) -> Iterator[None]:
    """Whatever goes wrong with one file inside is written down as a problem of that file; others can go on.

    What is not the file's fault goes through: an error that has a reader of its own, and memory that is full.
    """
    try:
        yield
    except ContentError as error:
        problems += error.problems
    except (PublishError, MemoryError):
        raise
    except Exception as error:
        problems.append(unexpected(path, error))


class Problems(PublishError):
    """Many faults told at once, so that nobody has to run again and again to find them."""

    def __init__(self, who: str, problems: Iterable[Problem], *, hint: str = "") -> None:
        self.problems = tuple(sorted(set(problems)))
        count = sum(problem.level == "error" for problem in self.problems)
        super().__init__(who, f"{count:,} problem{'s' if count != 1 else ''}", hint=hint)


class ConfigError(PublishError):
    """The configuration, an environment variable or the call has to be corrected."""

    exit_code = 2


class SecretWithheld(ConfigError):
    """A secret was not sent to a host that nobody confirmed. Nothing goes on without it."""


class ConfigProblems(Problems, ConfigError):
    """Every fault of publish.toml."""


class ContentError(Problems):
    """Every fault of the articles, templates and links; nothing was written or published."""

    exit_code = 3


class StoreError(PublishError):
    """A node or service; `who` is its name in publish.toml."""

    exit_code = 4


class StoreUnreachable(StoreError):
    """Nothing answered, or not in time."""

    retry = True


class StoreRefused(StoreError):
    """It answered, and said no: key, quota, version or request."""


class CidMismatch(StoreError):
    """The bytes hash to something else, or a store reports another root. Never optional, never retried."""


class BlockMissing(StoreError):
    """A block is not here; another reader may have it."""


class NamingError(PublishError):
    """The name, the chain, or the key."""

    exit_code = 5


class RpcError(NamingError):
    """An RPC end point that is down, wrong or lying."""

    retry = True


class NameUnusable(NamingError):
    """No resolver, only the parent's, offchain, or not a name at all."""


class NameEndless(NameUnusable):
    """It leads on to other names, and these do so without end."""


class NotAuthorised(NamingError):
    """This key may not change this record; the hint says who may."""


class RecordMoved(NamingError):
    """Somebody else changed the record while we were at it."""


class FeeTooHigh(NamingError):
    """Above the configured ceiling, or more than the key holds; nothing was signed."""

    retry = True


class TransactionFailed(NamingError):
    """Mined, and reverted."""


class VerifyError(PublishError):
    """Published, but what comes back differs."""

    exit_code = 6


class StateError(PublishError):
    """The journal cannot be read or written."""

    exit_code = 7


class Unfinished(PublishError):
    """Nothing is wrong: a transaction is pending or another run holds the lock. Run again and it goes on."""

    exit_code = 75
    retry = True


class Interrupted(PublishError):
    """Somebody stopped it. What was begun is written down; run again and it goes on."""

    exit_code = 130
    retry = True
