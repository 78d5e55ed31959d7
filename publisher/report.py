"""Report the results and the progress of a run, for people and for programs. No other module prints."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from publisher.errors import Problem, Problems, PublishError
from publisher.fast_dataclass import dataclass, field, replace
from publisher.formatting import shown, volume

if TYPE_CHECKING:
    from publisher.terminal.progress import ProgressBars

BAR_FROM = 256 << 10
"""A transfer of fewer bytes has no progress bar, because it ends before anyone could read the bar."""


MANY = 10
"""If there are more lines of problems than this, a last line has the number of problems of each kind."""


@dataclass(slots=True)
class Report:
    """The report of one run. Only the result is written to standard output. All else is written to standard error."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    env: Mapping[str, str] = field(default_factory=dict)
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    all: bool = False
    """This is true if a problem with many places has a line for each place."""
    data: dict[str, Any] = field(default_factory=dict)
    """The JSON object. It is printed at the end, also if the run fails."""
    annotate: Callable[[Problem], None] = lambda problem: None
    """This function is called with each problem that was written. A pipeline shows the problem at its line."""
    at_end: Callable[[Mapping[str, Any]], None] = lambda data: None
    """This function is called at the end of the run with the JSON object. A pipeline writes its summary then."""
    conceal: Callable[[str], str] = lambda text: text
    """This function returns a text without secret values. A service may repeat a secret that was sent to it."""
    _bars: ProgressBars | None = None
    _progress_shown: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    """This lock is needed because stores report their progress in parallel."""
    _ended: bool = False
    """This is true after the JSON object was printed. A later error is only written to standard error."""
    _over: bool = False
    """This is true after the end of the run. A transfer that continues after Ctrl-C then draws no bar."""

    @property
    def terminal(self) -> bool:
        """Return whether standard error is a terminal for colours, bars and questions. With --json, it never is."""
        return self.err.isatty() and not self.json and self.env.get("TERM") != "dumb"

    @property
    def utf8(self) -> bool:
        """Return whether standard output accepts every character. Otherwise it accepts only ASCII."""
        return (getattr(self.out, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"

    def add(self, key: str, value: Any) -> None:
        """Set a key of the JSON object."""
        self.data[key] = value

    def append(self, key: str, value: Any) -> None:
        """Append an item to a list of the JSON object."""
        self.data.setdefault(key, []).append(value)

    def result(self, text: str) -> None:
        """Write one line of the result to standard output, for people and for `$(...)`. With --json, do nothing.

        Raises BrokenPipeError if the reader is gone, and PublishError if standard output cannot be written.
        """
        if not self.json:
            self.close()  # A progress bar would overwrite this line when it is drawn the next time.
            self._print(self.conceal(text))

    def say(self, text: str) -> None:
        """Write a line of progress. With --quiet, do nothing."""
        if not self.quiet:
            self._write_line(shown(text, keep="\n"))

    def detail(self, text: str) -> None:
        """Write a line of detail. Without --verbose, do nothing."""
        if self.verbose:
            self._write_line(self._dim(shown(text)))

    def warn(self, text: str) -> None:
        """Write a warning, and add it to `warnings` of the JSON object."""
        self._write_line(f"{self._colour('33', 'warning')}: {shown(text)}")
        self.append("warnings", text)

    def problems(self, found: Sequence[Problem]) -> None:
        """Write the problems of a site: a few lines for people, and all problems into the JSON object."""
        from publisher.findings import problem_lines, tally

        self.data["problems"] = [
            {
                "path": problem.path,
                "line": problem.line,
                "col": problem.col,
                "what": problem.what,
                "hint": problem.hint,
                "kind": problem.kind,
                "level": problem.level,
            }
            for problem in found
        ]
        told = [problem for problem in found if not self.quiet or problem.level == "error"]
        lines = list(problem_lines(told, every=self.all))
        for line in lines:
            self._write_line(shown(line))
        for problem in told:
            self._more(problem)
        if len(told) > len(lines):
            self._write_line(f"{tally(told)}; --all lists each place")
        elif len(lines) > MANY:
            self._write_line(tally(told))

    def ask(self, question: str) -> bool:
        """Ask a person a question and return whether the answer is yes. Without a terminal, return False."""
        if not self.can_ask():
            return False
        self._send(self.err, f"{question} [y/N] ")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def can_ask(self) -> bool:
        """Return whether a person can answer a question."""
        return self.terminal and sys.stdin is not None and sys.stdin.isatty()

    def progress(self, label: str, done: int, size: int) -> None:
        """Report that `done` of `size` bytes were sent to the store `label`.

        A terminal shows a bar. Elsewhere, a line is written at the beginning and at the end.
        """
        if self.quiet or size < BAR_FROM or self._over:
            return
        if self.terminal:
            with self._lock:
                if not self._over:
                    self._bar(label, done, size)
        elif done >= size and label in self._progress_shown:
            self.say(f"{label}: sent {volume(size)}")
            del self._progress_shown[label]
        elif done < size and label not in self._progress_shown:
            self._progress_shown[label] = done
            self.say(f"{label}: sending {volume(size)}")

    def close(self) -> None:
        """Remove the progress bars."""
        with self._lock:
            if self._bars is not None:
                self._bars.stop()
                self._bars = None

    def silence(self) -> None:
        """Write no more results, because the program that reads them has ended."""
        self.close()
        _silence(self.out)

    def finish(self) -> None:
        """End a run that succeeded: write the JSON object, and call `at_end`.

        Raises BrokenPipeError if the reader is gone, and PublishError if standard output cannot be written.
        """
        self._end()
        self._object()
        self.at_end(self._concealed(self.data))

    def fail(self, error: PublishError) -> None:
        """End a run that failed: write every problem, the error and its hint.

        The JSON object also has the results of the steps before the error.
        """
        self._end()
        self._explain(error)
        self.data["error"] = {
            "kind": error.kind,
            "who": error.who,
            "message": error.message,
            "hint": error.hint,
            "retry": error.retry,
        }
        with contextlib.suppress(PublishError, BrokenPipeError):  # An error of printing must not hide the run's error.
            self._object()
        self.at_end(self._concealed(self.data))

    def bug(self, error: BaseException) -> None:
        """End a run that failed because of a bug. The error has the line of code that raised it."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        if self.verbose:
            self._write_line(self._without_secrets("".join(traceback.format_exception(error))))
        hint = "run again with -v and report what it prints; no name moves before its root is stored and checked"
        self.fail(PublishError("publish", f"a fault of this program: {type(error).__name__} at {place}", hint=hint))

    def _end(self) -> None:
        with self._lock:
            self._over = True
            self.close()

    def _explain(self, error: PublishError) -> None:
        if isinstance(error, Problems):
            self.problems(error.problems)
        self._write_line(f"{self._colour('31;1', 'error')}: {shown(str(error))}")
        if error.hint:
            self._write_line(f"  {self._colour('36', 'hint')}: {shown(error.hint)}")
        if self.verbose and error.__cause__ is not None:
            self._write_line(self._dim(f"  because: {type(error.__cause__).__name__}"))

    def _object(self) -> None:
        """Write the JSON object with --json, if it was not written yet."""
        if self.json and not self._ended:
            self._ended = True
            self._print(json.dumps(self._concealed(self.data), ensure_ascii=not self.utf8))

    def _concealed(self, value: Any) -> Any:
        """Return a value of the JSON object in which no text contains a secret value."""
        if isinstance(value, str):
            return self.conceal(value)
        if isinstance(value, Mapping):
            return {key: self._concealed(each) for key, each in value.items()}
        return [self._concealed(each) for each in value] if isinstance(value, list | tuple) else value

    def _without_secrets(self, text: str) -> str:
        """Return `text` without the values of variables PUBLISH_..., because a traceback may contain such values."""
        for name, value in self.env.items():
            if name.startswith("PUBLISH_") and value:
                for part in {value, value.strip(), value.strip().removeprefix("0x")} - {""}:
                    text = text.replace(part, f"(the value of {name})")
        return text

    def _bar(self, label: str, done: int, size: int) -> None:
        if self._bars is None:
            from publisher.terminal.progress import ProgressBars, columns_of_terminal

            plain = (getattr(self.err, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8"
            width = partial(columns_of_terminal, self.err, self.env)
            self._bars = ProgressBars(partial(self._send, self.err), width, ascii_only=plain)
        self._bars.update(label, done, size)
        if self._bars.finished:
            self.close()

    def _more(self, problem: Problem) -> None:
        """With --verbose, write the traceback of a problem. In a pipeline, write its annotation."""
        if self.verbose and problem.detail:
            self._write_line(self._dim(shown(self._without_secrets(problem.detail), keep="\n")))
        path, what, hint = (self.conceal(text) for text in (problem.path, problem.what, problem.hint))
        self.annotate(replace(problem, path=path, what=what, hint=hint))

    def _write_line(self, line: str) -> None:
        """Write a line for people. An error is ignored, because it must not stop the work of the command."""
        line = self.conceal(line)
        with self._lock:
            if self._bars is None:
                self._send(self.err, line + "\n")
                return
            self._bars.above(line)

    def _print(self, line: str) -> None:
        """Write a line of the result.

        Raises BrokenPipeError if the reader is gone, and PublishError if standard output cannot be written.
        """
        error = self._send(self.out, line + "\n")
        if isinstance(error, BrokenPipeError):
            raise error
        if error is not None:
            raise PublishError(
                "standard output",
                f"the result cannot be written: {error.strerror or error}",
                hint="make room, or write the output elsewhere",
            ) from error

    def _send(self, stream: TextIO, text: str) -> OSError | None:
        try:
            stream.write(text)
            stream.flush()
        except OSError as error:
            _silence(stream)
            return error
        return None

    def _colour(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.terminal and "NO_COLOR" not in self.env else text

    def _dim(self, text: str) -> str:
        return self._colour("2", text)


def _silence(stream: TextIO) -> None:
    """Send the rest of a stream to the null device. Otherwise Python would write it again at the end of the process."""
    with contextlib.suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
