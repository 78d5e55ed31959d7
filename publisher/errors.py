"""What can go wrong, as a tree: one class for each different reaction of the reader.

class                      code  what the person, or CI, does next
PublishError                  1  report this fault of the program
|- ConfigError                2  correct the configuration, the variable or the call
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
|  |- NotAuthorised              sign with the key of the owner, or have that key let yours change the record
|  |- RecordMoved                find out who changed the record, then run again
|  |- FeeTooHigh                 wait, raise max-fee-gwei, or send ether to the key
|  '- TransactionFailed          correct the cause, then run again
|- VerifyError                6  look at the store, gateway or sources that are named
|- StateError                 7  make room, or correct the owner of .publish/
|- Unfinished                75  run again later
'- Interrupted              130  run again
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Level = Literal["error", "warning", "note"]
"""The level of a fault. An error stops a publish; a warning and a note do not."""


class PublishError(Exception):
    """Something that no other class stands for: a fault of the program, or of this machine.

    Every error reads `who: message`, with a hint that says what to do. `tests/test_errors.py` holds their form.
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
        """The name of this error in JSON output."""
        return type(self).__name__


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault at one place. Lines and columns count from 1; 0 means that the place is the whole file."""

    path: str
    line: int
    col: int
    what: str
    hint: str = ""
    detail: str = field(default="", compare=False)
    """The traceback of a fault of this program. It is printed with `-v`."""
    kind: str = ""
    """The key under `[check]` that sets the level; empty for a fault that is always an error."""
    level: Level = "error"

    @property
    def place(self) -> str:
        """`path:line:col`, as far as line and column are known."""
        return ":".join([self.path, *(str(n) for n in (self.line, self.col) if n)])

    @property
    def message(self) -> str:
        """The fault and what to do, without the place.

        Only a warning or a note begins with its level: nearly all are errors.
        """
        level = "" if self.level == "error" else f"{self.level}: "
        return f"{level}{self.what}" + (f"; {self.hint}" if self.hint else "")

    def __str__(self) -> str:
        """Return `path:line:col: fault; what to do`, a form that editors and CI can follow."""
        return f"{self.place}: {self.message}"


LONGEST = 300
"""The largest number of characters that a message takes from a foreign exception."""


def one_line(error: BaseException) -> str:
    """Return an unexpected exception on one line: the place that raised it, its class, its text."""
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}: " if frames else ""
    text = " ".join(str(error).split())[:LONGEST]
    return f"{place}{type(error).__name__}" + (f": {text}" if text else "")


def unexpected(path: str, error: Exception, line: int = 0) -> Problem:
    """Return the problem of a file on which this program, or a library, fails. `line` is 0 if it is unknown."""
    from traceback import format_exception

    if isinstance(error, RecursionError):
        hint = "put fewer lists, quotes or values inside each other"
        return Problem(path, line, 0, "the file is nested too deeply", hint, "".join(format_exception(error, limit=20)))
    hint = "report this fault of the program with what -v prints; until then write this in another way"
    what = f"this program fails here, at {one_line(error)}"
    return Problem(path, line, 0, what, hint, "".join(format_exception(error)))


@contextmanager
def recording_problems(path: str, problems: list[Problem]) -> Iterator[None]:
    """Record each error of one file as a problem of that file, so that the other files can go on.

    Two kinds pass through, since the file is not at fault: MemoryError, and each PublishError that is no ContentError.
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
    """The configuration, an environment variable or the call is wrong."""

    exit_code = 2


class SecretWithheld(ConfigError):
    """The program did not send a secret to a host that you have not confirmed."""


class ConfigProblems(Problems, ConfigError):
    """`publish.toml` has faults; all are listed."""


class ContentError(Problems):
    """Articles, templates, links or files have faults; all are listed, and nothing was written or published."""

    exit_code = 3


class StoreError(PublishError):
    """A store failed; `who` is its label in `publish.toml`."""

    exit_code = 4


class StoreUnreachable(StoreError):
    """The node or service did not answer, or not in time."""

    retry = True


class StoreRefused(StoreError):
    """The node or service answered and refused: key, quota, version or request."""


class CidMismatch(StoreError):
    """The bytes hash to another CID, or a store reports another root.

    This check is never optional, and the request is never made again.
    """


class BlockMissing(StoreError):
    """A block is missing; another store or gateway may have it."""


class NamingError(PublishError):
    """The name, the chain or the key is at fault."""

    exit_code = 5


class RpcError(NamingError):
    """An end point of the chain, or a DNS server, does not answer or answers wrongly."""

    retry = True


class NameUnusable(NamingError):
    """The name cannot show a root: no resolver, a record that this chain cannot set, or no name at all."""


class NameEndless(NameUnusable):
    """The DNSLink leads from name to name without end."""


class NotAuthorised(NamingError):
    """This key may not change the record; the hint says which key may."""


class RecordMoved(NamingError):
    """Another key changed the record during the run."""


class FeeTooHigh(NamingError):
    """The change costs more than `max-fee-gwei` allows, or more than the key holds."""

    retry = True


class TransactionFailed(NamingError):
    """The transaction was mined and reverted."""


class VerifyError(PublishError):
    """What a store, a gateway or the chain gives back differs from what was published."""

    exit_code = 6


class StateError(PublishError):
    """The journal, the cache or the list of hosts cannot be read or written."""

    exit_code = 7


class Unfinished(PublishError):
    """Nothing is wrong, but the work is not finished: a transaction, a pin or another run takes longer.

    Run again, and the next run continues.
    """

    exit_code = 75
    retry = True


class Interrupted(PublishError):
    """Ctrl-C or SIGTERM stopped the run; the next run continues."""

    exit_code = 130
    retry = True
