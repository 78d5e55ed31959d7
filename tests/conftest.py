"""Real services that any test may ask for by name, a process that tests leave as they found it, reasons told once."""

import gc
import os
import signal
import sys
from collections import Counter

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.whole",
    "tests.forkserver",
    "tests.services.chain",
    "tests.services.kubo",
    "tests.services.cluster",
    "tests.services.s3",
]

# A test must not fail because the machine is busy, so no profile has a deadline. Under `fixed`, a test has the same
# examples in every run. So the tests of one commit pass everywhere or fail everywhere. `make fuzz` uses `random`.
settings.register_profile("random", deadline=None)
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")

DEPTH = sys.getrecursionlimit()


# A shell starts a background job with SIGINT ignored. Processes of tests would ignore it too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Without these variables, the programs that tests start behave as on a desk, even if the tests run in a pipeline.
for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI"):
    os.environ.pop(name, None)

gc.disable()  # Collecting tests makes millions of objects and no garbage. Searching them takes three seconds.


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the collected tests, which live to the end."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _python_as_it_begins() -> None:
    """Tests import web3 directly, which raises Python's limit of recursion until deep nesting ends the process."""
    sys.setrecursionlimit(DEPTH)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why tests were skipped: a line for each reason, where pytest has one for each place."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"{number} skipped: {reason}")
