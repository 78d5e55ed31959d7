"""No text from outside becomes a workflow command of the runner."""

import io
import re

from hypothesis import example, given
from hypothesis import strategies as st

from publisher.ci.guarded_output import BREAK, GuardedOutput, harmless

COMMANDS = (
    "::error::x",
    "  ::add-mask::a",
    "text\n::stop-commands::t",
    "text\r\t::warning file=a::x",
    "a ##[error]x",
    "::::debug::",
)


def obeyed(text: str) -> bool:
    """Whether the runner would obey a line: `::` at its beginning, or `##[` anywhere."""
    return any(line.lstrip().startswith("::") or "##[" in line for line in re.split("[\r\n]", text))


def test_commands_of_both_forms_are_broken_and_nothing_else_changes() -> None:
    for text in COMMANDS:
        assert obeyed(text)
        assert not obeyed(harmless(text))
        assert harmless(text).replace(BREAK, "") == text
    for text in ("a::b", "https://a:1", "# [x]", "content/a.md:1:2: x", ": :", ""):
        assert harmless(text) == text


def test_what_continues_a_line_is_no_command() -> None:
    out = io.StringIO()
    guarded = GuardedOutput(out)
    for text in ("a", "::b\n", "  ", "::error::x", "\n", ":", ":c#", "#", "[d", "\n", "a##", "[e"):
        guarded.write(text)
    assert out.getvalue() == f"a::b\n  :{BREAK}:error::x\n:{BREAK}:c##{BREAK}[d\na##{BREAK}[e"
    guarded.writelines(["\n", "::error::y"])
    assert out.getvalue().endswith(f"\n:{BREAK}:error::y")
    assert guarded.isatty() is False  # All else is that of the stream.


@example([":", ":"])
@example(["#", "#", "["])
@given(st.lists(st.sampled_from(["::", ":", "##[", "#", "[", "\n", "\r", " ", "\u3000", "x", "error"]), max_size=12))
def test_no_text_in_pieces_is_obeyed(pieces: list[str]) -> None:
    out = io.StringIO()
    guarded = GuardedOutput(out)
    for piece in pieces:
        guarded.write(piece)
    assert not obeyed(out.getvalue())
