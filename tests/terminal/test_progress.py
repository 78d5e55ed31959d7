"""Progress bars as a terminal shows them after every write."""

import io
import re

import pytest

from publisher.terminal.progress import PAUSE, ProgressBars, columns_of_terminal


class Screen:
    """A terminal that knows the sequences of the bars: what it shows, as lines."""

    def __init__(self, width: int) -> None:
        self.width, self.lines, self.row, self.col, self.now = width, [""], 0, 0, 0.0
        self.bars = ProgressBars(self.write, lambda: self.width, clock=lambda: self.now)

    def write(self, text: str) -> None:
        for part in re.findall(r"\x1b\[2K|\x1b\[1A|\r|\n|[^\x1b\r\n]+", text):
            if part == "\x1b[2K":
                self.lines[self.row] = ""
            elif part == "\x1b[1A":
                self.row -= 1
            elif part == "\r":
                self.col = 0
            elif part == "\n":
                self.row, self.col = self.row + 1, 0
                self.lines += [""] * (self.row + 1 - len(self.lines))
            else:
                self.lines[self.row] = self.lines[self.row][: self.col] + part
                self.col += len(part)

    def shown(self) -> list[str]:
        return [line for line in self.lines if line]


def test_two_transfers_are_two_lines_below_what_was_said_and_both_go_away() -> None:
    screen = Screen(80)
    screen.bars.update("local", 0, 4_000_000)
    screen.bars.update("本地", 1_000_000, 2_000_000)
    screen.bars.above("one")
    screen.now = 2.0
    screen.bars.update("local", 2_000_000, 4_000_000)
    screen.bars.above("two")
    said, told, local, here = screen.shown()
    assert (said, told) == ("one", "two")
    assert re.fullmatch("local ━+─+ 2.0 MB of 4.0 MB 1.0 MB/s", local)
    assert local.count("━") == local.count("─")
    assert here.startswith("本地 ━")
    unfinished = screen.bars.finished
    screen.bars.update("local", 4_000_000, 4_000_000)
    screen.bars.update("本地", 2_000_000, 2_000_000)
    assert (unfinished, screen.bars.finished) == (False, True)
    screen.bars.stop()
    assert screen.shown() == ["one", "two"]


def test_a_transfer_is_drawn_at_once_and_then_only_now_and_then() -> None:
    screen, writes = Screen(80), list[str]()
    bars = ProgressBars(writes.append, lambda: 80, clock=lambda: screen.now)
    for done in range(100):
        bars.update("local", done, 1000)
    assert len(writes) == 1
    screen.now = PAUSE
    bars.update("local", 100, 1000)
    assert len(writes) == 2


@pytest.mark.parametrize("width", [1, 5, 20, 59, 60, 61, 80, 300])
@pytest.mark.parametrize("label", ["a", "a-label-of-many-letters" * 9, "本地" * 40, "\x1b[2J"])
def test_no_line_is_wider_than_the_terminal(width: int, label: str) -> None:
    screen = Screen(width)
    for screen.now, done in ((0.0, 0), (3.0, 123_456_789), (9.0, 10**12)):
        screen.bars.update(label, done, 10**12)
        (line,) = screen.shown()
        assert sum(2 if char > "\u2e80" else 1 for char in line) < max(width, 2)
        assert "\x1b" not in line


def test_without_the_characters_of_a_bar_it_has_only_ascii() -> None:
    writes = list[str]()
    ProgressBars(writes.append, lambda: 80, ascii_only=True).update("x", 500, 1000)
    assert writes[0].isascii()
    assert "##" in writes[0]


def test_the_width_is_that_of_the_terminal_or_80() -> None:
    assert columns_of_terminal(io.StringIO(), {}) == 80
    assert columns_of_terminal(io.StringIO(), {"COLUMNS": "33"}) == 33
    assert (
        columns_of_terminal(io.StringIO(), {"COLUMNS": "0"})
        == columns_of_terminal(io.StringIO(), {"COLUMNS": "x"})
        == 80
    )
