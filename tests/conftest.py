"""Adds up the false-alarm rates of a run's statistical checks; all together stay below 1e-6."""

from __future__ import annotations

import pytest
from worlds import SPENT

MOST = 1e-6


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SPENT:
        terminalreporter.write_line(
            f"{len(SPENT)} statistical checks; a false alarm of any in {1 / sum(SPENT):,.0f} runs"
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if sum(SPENT) > MOST:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nfalse-alarm rates add up to {sum(SPENT):.2g}, more than {MOST:g}")
