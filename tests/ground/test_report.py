"""How it is told: results on standard output, the rest on standard error, one JSON object for programs."""

import io
import json
from typing import Any

import pytest

from publisher.errors import ContentError, Interrupted, Problem, PublishError, StoreUnreachable
from publisher.formatting import count, date_of, ether, volume
from publisher.report import Report


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def report(terminal: bool = False, env: dict[str, str] | None = None, as_json: bool = False) -> Report:
    return Report(io.StringIO(), Terminal() if terminal else io.StringIO(), env or {}, json=as_json)


def text(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_the_result_alone_is_on_standard_output() -> None:
    told = report()
    told.say("working")
    told.result("bafy")
    told.finish()
    assert (text(told.out), text(told.err)) == ("bafy\n", "working\n")


def test_json_is_exactly_one_object_and_no_result_line() -> None:
    told = report(as_json=True)
    told.result("bafy")
    told.add("root", "bafy")
    told.append("stores", {"name": "本地"})
    told.finish()
    assert json.loads(text(told.out)) == {"root": "bafy", "stores": [{"name": "本地"}]}
    assert text(told.out).count("\n") == 1


def test_a_failure_is_one_object_with_what_was_done_so_far() -> None:
    told = report(as_json=True)
    told.add("root", "bafy")
    told.fail(StoreUnreachable("local", "connection refused", hint="start it"))
    assert json.loads(text(told.out)) == {
        "root": "bafy",
        "error": {
            "kind": "StoreUnreachable",
            "who": "local",
            "message": "connection refused",
            "hint": "start it",
            "retry": True,
        },
    }


def test_every_problem_is_told_as_path_line_col() -> None:
    told = report()
    told.fail(ContentError("content", [Problem("b.md", 2, 1, "second"), Problem("a.md", 1, 5, "first", "mend it")]))
    assert text(told.err).splitlines()[:2] == ["a.md:1:5: first; mend it", "b.md:2:1: second"]


def test_a_pipeline_hears_of_each_problem_that_is_told_and_of_the_end() -> None:
    told, heard, ends = report(), list[str](), list[Any]()
    told.annotate, told.at_end = lambda problem: heard.append(problem.path), lambda data: ends.append(dict(data))
    told.problems([Problem("a.md", 3, 0, "careful", level="warning")])
    told.quiet = True
    told.problems([Problem("b.md", 3, 0, "careful", level="warning")])
    told.fail(ContentError("content", [Problem("c.md", 3, 0, "wrong")]))
    assert heard == ["a.md", "c.md"]
    assert [end["error"]["message"] for end in ends] == ["1 problem"]
    told.finish()
    assert len(ends) == 2


def test_no_line_and_no_object_contains_what_is_concealed() -> None:
    out, err, ends = io.StringIO(), io.StringIO(), list[Any]()
    report = Report(out, err, json=True, at_end=ends.append, conceal=lambda text: text.replace("hunter2", "***"))
    report.warn("a hunter2")
    report.append("stores", {"note": "b hunter2", "sent": 3})
    report.fail(PublishError("node", "you sent hunter2", hint="not hunter2"))
    assert err.getvalue().count("***") == 3
    assert json.loads(out.getvalue()) == ends[0]
    assert ends[0]["stores"] == [{"note": "b ***", "sent": 3}]
    report.json = False
    report.result("hunter2")
    report.annotate = lambda problem: print(problem, file=err)
    report.problems([Problem("hunter2.md", 1, 1, "links to https://node.example/hunter2", "drop hunter2")])
    assert "hunter2" not in out.getvalue() + err.getvalue()


def test_without_a_terminal_there_is_no_colour_and_no_redrawn_line() -> None:
    told = report()
    for done in (0, 500_000, 1_000_000):
        told.progress("local", done, 1_000_000)
    told.warn("careful")
    told.fail(StoreUnreachable("local", "no", hint="go"))
    assert "\x1b" not in text(told.err)
    assert "\r" not in text(told.err)
    assert text(told.err).splitlines()[:2] == ["local: sending 1.0 MB", "local: sent 1.0 MB"]


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    told = report(terminal=True)
    told.progress("local", 0, 1_000_000)
    told.progress("local", 1_000_000, 1_000_000)
    told.say("done")
    told.close()
    assert "local" in text(told.err)
    assert "done" in text(told.err)
    assert text(told.err).endswith("\x1b[2Kdone\n")  # the bar's line is taken away


def test_small_transfers_are_not_worth_a_line() -> None:
    told = report()
    told.progress("local", 0, 1000)
    assert text(told.err) == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_what_is_still_sent_after_the_end_draws_nothing(terminal: bool) -> None:
    told = report(terminal=terminal)
    told.progress("local", 0, 1_000_000)
    told.fail(Interrupted("publish", "stopped"))
    before = text(told.err)
    told.progress("local", 500_000, 1_000_000)
    told.progress("other", 0, 1_000_000)
    assert text(told.err) == before
    assert before.count("\x1b[?25h") == before.count("\x1b[?25l")  # the cursor is there again


def test_nobody_is_asked_without_a_terminal() -> None:
    assert not report().ask("Publish?")


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (142_300_000, "142.3 MB"),
        (8 << 30, "8.6 GB"),
    ],
)
def test_volumes_are_said_as_people_do(size: int, said: str) -> None:
    assert volume(size) == said


@pytest.mark.parametrize(
    ("wei", "said"),
    [
        (0, "0 ETH"),
        (23 * 10**12, "0.000023 ETH"),
        (10**18, "1 ETH"),
        (15 * 10**17, "1.5 ETH"),
        (1, "0." + "0" * 17 + "1 ETH"),
    ],
)
def test_amounts_keep_the_digits_that_matter(wei: int, said: str) -> None:
    assert ether(wei) == said


def test_one_is_not_many() -> None:
    assert (count(1, "page"), count(2, "page"), count(1234, "page")) == ("1 page", "2 pages", "1,234 pages")


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    told = report()
    told.say("a\nb\x1b[2J")
    told.warn("left\x9bout\u202e")
    told.fail(ContentError("con\ntent", [Problem("posts/\x1b]0;x\x07.md", 1, 1, "bad\r\nname 你好🎉")]))
    assert text(told.err).splitlines() == [
        "a",
        r"b\x1b[2J",
        r"warning: left\x9bout\u202e",
        r"posts/\x1b]0;x\x07.md:1:1: bad\r\nname 你好🎉",
        r"error: con\ntent: 1 problem",
    ]


class Gone(io.StringIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


def test_work_goes_on_when_nobody_reads_about_it() -> None:
    told = Report(io.StringIO(), Gone(BrokenPipeError()), {})
    told.say("working")
    told.warn("careful")
    told.result("bafy")
    assert text(told.out) == "bafy\n"


def test_a_result_that_cannot_be_written_is_an_error_and_a_reader_who_left_is_not() -> None:
    with pytest.raises(PublishError, match="standard output: the result cannot be written: no space"):
        Report(Gone(OSError(28, "no space")), io.StringIO(), {}).result("bafy")
    with pytest.raises(BrokenPipeError):
        Report(Gone(BrokenPipeError()), io.StringIO(), {}).result("bafy")
    told = Report(Gone(OSError(28, "no space")), io.StringIO(), {}, json=True)
    told.fail(StoreUnreachable("local", "down"))
    assert text(told.err) == "error: local: down\n"


def test_there_is_one_object_even_when_a_fault_follows_it() -> None:
    told = report(as_json=True)
    told.add("url", "http://x")
    told.finish()
    told.fail(StoreUnreachable("local", "down"))
    assert json.loads(text(told.out)) == {"url": "http://x"}
    assert "down" in text(told.err)


def test_json_is_json_in_every_encoding_of_the_terminal() -> None:
    for encoding in ("utf-8", "latin-1", "ascii"):
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
        told = Report(out, io.StringIO(), {}, json=True)
        told.add("path", "é你🎉\udcff")
        told.finish()
        assert json.loads(raw.getvalue().decode(encoding)) == {"path": "é你🎉\udcff"}


def test_what_is_told_of_a_fault_of_ours_holds_no_secret() -> None:
    told = Report(io.StringIO(), io.StringIO(), {"PUBLISH_KEY": "0xabcdef12"}, verbose=True)
    try:
        raise ValueError("cannot read abcdef12 or 0xabcdef12")
    except ValueError as error:
        told.bug(error)
    assert "Traceback" in text(told.err)
    assert "abcdef12" not in text(told.err)


def test_a_result_stays_on_the_terminal_that_shows_a_bar() -> None:
    told = report(terminal=True)
    told.progress("local", 0, 1_000_000)
    told.out = told.err  # one terminal, as a person has it
    told.result("bafy")
    told.say("held")
    told.close()
    assert text(told.err).endswith("bafy\nheld\n")


@pytest.mark.parametrize(
    ("seconds", "date"),
    [(0, "1970-01-01"), (86_399, "1970-01-01"), (86_400, "1970-01-02"), (1 << 62, f"second {1 << 62}")],
)
def test_a_time_of_the_chain_is_a_date_where_a_calendar_has_it(seconds: int, date: str) -> None:
    assert date_of(seconds) == date
