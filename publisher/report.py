"""How it is told: to people on a terminal, to a pipeline as lines and one JSON object. Nothing else prints."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from publisher.errors import Problem, Problems, PublishError
from publisher.formatting import shown, volume

BAR_FROM = 256 << 10
"""Transfers below this many bytes are over before a bar can be read."""


MANY = 10
"""Lines of faults above which their kinds are counted at the end."""

WIDE = 60
"""Columns of a terminal below which a line with a bar and a speed would not fit."""


@dataclass(slots=True)
class Report:
    """Standard output carries the result and nothing else; all the rest goes to standard error."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    env: Mapping[str, str] = field(default_factory=dict)
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    all: bool = False
    """Whether the same fault in many places has a line for each."""
    data: dict[str, Any] = field(default_factory=dict)
    """The JSON object so far: what was done is told even when the run fails."""
    _bars: Any = None
    _tasks: dict[str, Any] = field(default_factory=dict)
    _progress_shown: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    """Stores tell of their progress side by side."""
    _ended: bool = False
    """Whether the one JSON object is out: a fault that comes later is told on standard error alone."""
    _over: bool = False
    """Whether the run has ended: what is still being sent after Ctrl-C draws no bar below the last words."""

    @property
    def terminal(self) -> bool:
        """Whether a person looks at standard error: only then colours, redrawn lines and questions."""
        return self.err.isatty() and not self.json and self.env.get("TERM") != "dumb"

    @property
    def utf8(self) -> bool:
        """Whether the result may hold any character, and not ASCII alone."""
        return (getattr(self.out, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"

    def add(self, key: str, value: Any) -> None:
        """Put a part into the JSON object."""
        self.data[key] = value

    def append(self, key: str, value: Any) -> None:
        """Put one more item into a list of the JSON object."""
        self.data.setdefault(key, []).append(value)

    def result(self, text: str) -> None:
        """The result, for people and for `$(...)`: one line on standard output."""
        if not self.json:
            self.close()  # a bar that is redrawn on the same terminal would take this line away with it
            self._print(text)

    def say(self, text: str) -> None:
        """What is going on."""
        if not self.quiet:
            self._write_line(shown(text, keep="\n"))

    def detail(self, text: str) -> None:
        """What only the curious want to know."""
        if self.verbose:
            self._write_line(self._dim(shown(text)))

    def warn(self, text: str) -> None:
        """Something that is not wrong enough to stop."""
        self._write_line(f"{self._colour('33', 'warning')}: {shown(text)}")
        self.append("warnings", text)

    def problems(self, found: Sequence[Problem]) -> None:
        """What is wrong with a site, or worth a look: for people in few lines, in JSON all of it."""
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
        """A yes or a no from a person. Without a terminal nobody is asked, and the answer is no."""
        if not self.can_ask():
            return False
        self._send(self.err, f"{question} [y/N] ")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def can_ask(self) -> bool:
        """Whether there is somebody to answer."""
        return self.terminal and sys.stdin is not None and sys.stdin.isatty()

    def progress(self, label: str, done: int, size: int) -> None:
        """Bytes on their way: a bar on a terminal, a line at the beginning and at the end elsewhere."""
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
        """Take the bars away."""
        with self._lock:
            if self._bars is not None:
                self._bars.stop()
                self._bars = None
                self._tasks.clear()

    def silence(self) -> None:
        """Nobody reads the result any more."""
        self.close()
        _silence(self.out)

    def finish(self) -> None:
        """The end of a run that went well."""
        self._end()
        self._object()
        self._summary()

    def fail(self, error: PublishError) -> None:
        """The end of a run that did not: every fault, what to do, and in JSON what was done so far."""
        self._end()
        self._explain(error)
        self.data["error"] = {
            "kind": error.kind,
            "who": error.who,
            "message": error.message,
            "hint": error.hint,
            "retry": error.retry,
        }
        with contextlib.suppress(PublishError, BrokenPipeError):  # the run's own fault is the one that counts
            self._object()
        self._summary()

    def bug(self, error: BaseException) -> None:
        """A fault of this program: said as such, with the place where it happened."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        if self.verbose:
            self._write_line(self._without_secrets("".join(traceback.format_exception(error))))
        hint = "run again with -v and report what it prints; no name moves before its bytes are held and checked"
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
        """The one JSON object of a run."""
        if self.json and not self._ended:
            self._ended = True
            self._print(json.dumps(self.data, ensure_ascii=not self.utf8))

    def _without_secrets(self, text: str) -> str:
        """Foreign words may quote what they were given."""
        for name, value in self.env.items():
            if name.startswith("PUBLISH_") and value:
                for part in {value, value.strip(), value.strip().removeprefix("0x")} - {""}:
                    text = text.replace(part, f"(the value of {name})")
        return text

    def _bar(self, label: str, done: int, size: int) -> None:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

            console = Console(file=self.err)
            columns = [TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()]
            if console.width < WIDE:
                columns = columns[:1] + columns[2:3]
            self._bars = Progress(*columns, console=console, transient=True)
            self._bars.start()
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=size)
        self._bars.update(self._tasks[label], completed=done, total=size)
        if self._bars.finished:
            self.close()

    def _more(self, problem: Problem) -> None:
        """What the curious and a forge are told of a fault besides its line."""
        if self.verbose and problem.detail:
            self._write_line(self._dim(shown(self._without_secrets(problem.detail), keep="\n")))
        if self.env.get("GITHUB_ACTIONS") == "true":
            place = f"file={_escape(problem.path, ':,')},line={problem.line or 1},col={problem.col or 1}"
            text = f"{problem.what}; {problem.hint}" if problem.hint else problem.what
            command = "notice" if problem.level == "note" else problem.level
            self._write_line(f"::{command} {place}::{_escape(text)}")

    def _summary(self) -> None:
        """What a job page of a forge shows: the same facts, as Markdown."""
        path = self.env.get("GITHUB_STEP_SUMMARY")
        if not path or not self.data:
            return
        lines = [f"| {key} | {_cell(value)} |" for key, value in self.data.items()]
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.write("\n".join(["### publish", "", "| | |", "| --- | --- |", *lines, "", ""]))
        except OSError as error:
            self._write_line(f"warning: no job summary: {error.strerror}")

    def _write_line(self, line: str) -> None:
        """A line for people. Work is never stopped because nobody reads about it."""
        with self._lock:
            if self._bars is None:
                self._send(self.err, line + "\n")
                return
            with contextlib.suppress(OSError):
                self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _print(self, line: str) -> None:
        """A line of the result. BrokenPipeError when its reader has gone; PublishError when it can go nowhere."""
        error = self._send(self.out, line + "\n")
        if isinstance(error, BrokenPipeError):
            raise error
        if error is not None:
            raise PublishError("standard output", f"cannot be written: {error.strerror or error}") from error

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
    """What is still to be written there goes nowhere: else it would be tried again when the process ends."""
    with contextlib.suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "`" + text.replace("|", "\\|").replace("`", "'").replace("\n", " ") + "`"


def _escape(text: str, also: str = "") -> str:
    """As the forge's workflow commands want it: https://github.com/actions/toolkit, packages/core/src/command.ts."""
    text = "".join(f"%{ord(c):02X}" if c in "%\r\n" + also else c for c in text)
    return shown(text)
