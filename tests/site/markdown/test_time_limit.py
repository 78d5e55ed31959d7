"""An article that takes too long is a fault with its name, and no other article is touched."""

import signal
import threading
from contextlib import suppress

import pytest

from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.markdown.time_limit import TooLong, limited

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The alarm may go off in a callback of the garbage collector, where it is lost; it comes again."""

LONG = "*some* [words](#a) `code`\n\n" * 20_000  # seconds of work, on any machine far more than the limit below


def test_an_article_that_takes_too_long_is_told() -> None:
    renderer = make_renderer(seconds=0.05)
    found = renderer.render("posts/a.md", LONG, 7)
    assert found.html == ""
    assert [str(problem) for problem in found.problems] == [
        "posts/a.md:7: the article takes more than 0.05 seconds of processor time; "
        "make several articles of this one, or remove some of the parts that it repeats"
    ]


def test_the_next_article_is_as_if_nothing_had_been() -> None:
    short = make_renderer(seconds=0.05)
    short.render("posts/a.md", LONG, 1)
    text = "a [b](#c) `d`\n\n## C"
    expected = make_renderer().render("posts/b.md", text, 1)
    assert any(short.render("posts/b.md", text, 1) == expected for _ in range(20))  # what is imported takes its time


def test_what_is_done_in_time_leaves_no_alarm() -> None:
    make_renderer().render("a.md", "x", 1)
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    assert signal.getsignal(signal.SIGVTALRM) is signal.SIG_DFL


def test_no_library_can_catch_it() -> None:
    def go_on() -> None:
        with limited(0.01), suppress(Exception):
            while True:
                sum(range(1_000))

    with pytest.raises(TooLong):
        go_on()


def test_a_thread_has_no_limit() -> None:
    found: list[int] = []

    def work() -> None:
        with limited(0.001):
            found.append(sum(range(1_000_000)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [499999500000]


def test_somebody_elses_alarm_stays() -> None:
    def own(*_: object) -> None:
        raise AssertionError

    signal.signal(signal.SIGVTALRM, own)
    try:
        with limited(0.001):
            sum(range(1_000_000))
        assert signal.getsignal(signal.SIGVTALRM) is own
    finally:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
