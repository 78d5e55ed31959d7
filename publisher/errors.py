"""Define the tree of errors. It has one class for each different reaction of the user.

class                      code  what the person, or CI, does next
PublishError                  1  report this fault of the program
|- ConfigError                2  correct the configuration, the variable or the command line
|  |- ConfigProblems             correct each line that is named
|  '- SecretWithheld             confirm the host, or correct the address
|- ContentError               3  correct each article, template or link that is named
|- StoreError                 4  look at the node or service
|  |- StoreUnreachable           run again; then look whether the node runs
|  |- StoreRefused               correct the key, the quota or the request
|  |- CidMismatch                stop, and do not trust that node or service
|  '- BlockMissing               name another store or gateway, or build again
|- NamingError                5  look at the name
|  |- RpcError                   run again, or name another end point
|  |- NameUnusable               give the name a resolver, or use another name
|  |  '- NameEndless             correct the DNSLink record
|  |- NotAuthorised              sign with the key of the owner, or let the owner allow your key to change the record
|  |- RecordMoved                find out who changed the record, then run again
|  |- FeeTooHigh                 wait, raise the limit, or send ether to the key
|  '- TransactionFailed          correct the cause, then run again
|- VerifyError                6  look at the store, gateway or sources that are named
|- StateError                 7  make room, or correct the owner of .publish/
|- Unfinished                75  run again later
'- Interrupted              130  run again
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal

from publisher.fast_dataclass import dataclass, field

Level = Literal["error", "warning", "note"]
"""The level of a fault. Only an error stops a publish."""


class PublishError(Exception):
    """A fault of the program or of this machine, for which there is no other class.

    The text of every error is `who: message`. Its hint says what to do. `tests/test_errors.py` checks this form.
    """

    exit_code: ClassVar[int] = 1
    retry: ClassVar[bool] = False

    def __init__(self, who: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{who}: {message}")
        self.who = who
        self.message = message
        self.hint = hint

    @property
    def kind(self) -> str:
        """Return the name of this error in JSON output."""
        return type(self).__name__


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a file. Lines and columns count from 1. A line or column of 0 means that it is unknown."""

    path: str
    line: int
    col: int
    what: str
    hint: str = ""
    detail: str = field(default="", compare=False)
    """The traceback of a fault of this program. It is printed with `-v`."""
    kind: str = ""
    """The key under `[check]` that sets the level, or an empty string for a fault that is always an error."""
    level: Level = "error"

    @property
    def place(self) -> str:
        """Return `path:line:col`. An unknown line or column is left out."""
        return ":".join([self.path, *(str(n) for n in (self.line, self.col) if n)])

    @property
    def message(self) -> str:
        """Return the fault and the hint, without the place.

        The text of a warning or a note begins with its level. The text of an error does not, because most are errors.
        """
        level = "" if self.level == "error" else f"{self.level}: "
        return f"{level}{self.what}" + (f"; {self.hint}" if self.hint else "")

    def __str__(self) -> str:
        """Return `path:line:col: fault; hint`. Editors and CI understand this form."""
        return f"{self.place}: {self.message}"


LONGEST = 300
"""A message has at most this many characters of the text of an exception that another library raised."""


def one_line(error: BaseException) -> str:
    """Return the text of an unexpected exception on one line: the place that raised it, its class, its message."""
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}: " if frames else ""
    text = " ".join(str(error).split())[:LONGEST]
    return f"{place}{type(error).__name__}" + (f": {text}" if text else "")


def unexpected(path: str, error: Exception, line: int = 0) -> Problem:
    """Return the problem of the file `path` for an unexpected exception. `line` is 0 if it is unknown."""
    from traceback import format_exception

    if isinstance(error, RecursionError):
        hint = "put fewer lists, quotes or values inside each other"
        return Problem(path, line, 0, "the file is nested too deeply", hint, "".join(format_exception(error, limit=20)))
    hint = "report this fault of the program with what -v prints; until then write this in another way"
    what = f"this program fails here, at {one_line(error)}"
    return Problem(path, line, 0, what, hint, "".join(format_exception(error)))


@contextmanager
def recording_problems(path: str, problems: list[Problem]) -> Iterator[None]:
    """Append each error of one file to `problems`, so that the work on other files continues.

    `path` is the file. MemoryError, and every PublishError except ContentError, are raised, because they are not faults
    of the file.
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
    """Many faults in one error, so that one run shows all of them."""

    def __init__(self, who: str, problems: Iterable[Problem], *, hint: str = "") -> None:
        self.problems = tuple(sorted(set(problems)))
        count = sum(problem.level == "error" for problem in self.problems)
        super().__init__(who, f"{count:,} problem{'s' if count != 1 else ''}", hint=hint)


class ConfigError(PublishError):
    """The configuration, an environment variable or the command line is wrong."""

    exit_code = 2


class SecretWithheld(ConfigError):
    """The program did not send a secret to a host that you have not confirmed."""


class ConfigProblems(Problems, ConfigError):
    """`publish.toml` has faults, and the error lists all of them."""


class ContentError(Problems):
    """Articles, templates, links or files have faults, the error lists all of them, and nothing was published."""

    exit_code = 3


class StoreError(PublishError):
    """A store or another source of blocks failed, and `who` names it (a store by its label in `publish.toml`)."""

    exit_code = 4


class StoreUnreachable(StoreError):
    """The node or service did not answer, or not in time."""

    retry = True


class StoreRefused(StoreError):
    """The node or service refused the request, because of its key, quota, version or content."""


class CidMismatch(StoreError):
    """The bytes hash to another CID, or a store reports another root.

    No option switches this check off. The program does not repeat the request.
    """


class BlockMissing(StoreError):
    """A block is missing, and another store or gateway may have it."""


class NamingError(PublishError):
    """The name, the chain or the key is at fault."""

    exit_code = 5


class RpcError(NamingError):
    """An end point of the chain, or a DNS server, does not answer or answers wrongly."""

    retry = True


class NameUnusable(NamingError):
    """The name cannot show a root: it does not exist, has no resolver, or its record cannot be set on this chain."""


class NameEndless(NameUnusable):
    """The DNSLink leads from name to name without end."""


class NotAuthorised(NamingError):
    """This key may not change the record, and the hint says which key may."""


class RecordMoved(NamingError):
    """Another key changed the record during the run."""


class FeeTooHigh(NamingError):
    """The change needs more than a limit of publish.toml allows, or more than the key holds."""

    retry = True


class TransactionFailed(NamingError):
    """The transaction was mined and reverted."""


class VerifyError(PublishError):
    """A store, a gateway or the chain returns bytes or a record that differ from the published ones."""

    exit_code = 6


class StateError(PublishError):
    """The journal, the cache or the list of hosts cannot be read or written."""

    exit_code = 7


class Unfinished(PublishError):
    """Nothing is wrong, but the work is not finished: a transaction, a pin or another run takes longer.

    The next run continues the work.
    """

    exit_code = 75
    retry = True


class Interrupted(PublishError):
    """Ctrl-C or SIGTERM stopped the run, and the next run continues the work."""

    exit_code = 130
    retry = True
