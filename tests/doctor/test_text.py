"""How findings are told, with signs that the stream can write and lines that fit the terminal."""

import io

from publisher.cli.text.doctor import broken, lines
from publisher.findings import Finding
from publisher.report import Report
from tests.doctor.findings import found


def told(findings: list[Finding], encoding: str = "utf-8") -> list[str]:
    report = Report(io.TextIOWrapper(io.BytesIO(), encoding=encoding), io.StringIO())
    return list(lines(findings, 0, utf8=report.utf8))


def test_each_level_has_a_sign_that_the_stream_can_write() -> None:
    findings = [found("ok"), found("note"), found("warning"), found("fault")]
    assert [line[:2] for line in told(findings)] == ["✓ ", "· ", "! ", "✗ "]
    assert "".join(told(findings, "ascii")).isascii()
    assert len({line[0] for line in told(findings, "ascii")}) == 4


def test_what_to_do_stands_below_and_nothing_that_a_terminal_would_obey() -> None:
    assert told([Finding("家", "fault", "a\x1b[2Jb", "do\nthis")]) == ["✗ 家: a\\x1b[2Jb", "    do\\nthis"]


def test_a_narrow_terminal_gets_lines_that_fit_and_addresses_in_one_piece() -> None:
    text = "✗ local: nothing answers at http://127.0.0.1:5001/a-long-address-of-some-node: connection refused"
    cut = broken(text, "  ", 30)
    assert all(len(line) <= 30 or "http://" in line for line in cut)
    assert any(line.strip() == "http://127.0.0.1:5001/a-long-address-of-some-node:" for line in cut)
    assert all(line.startswith("  ") for line in cut[1:])
    assert broken(text, "  ", 0) == [text]
