"""What all tests share: the sum of the false-alarm rates of a run's statistical checks, which stays
below 1e-6; signals as a terminal leaves them; a live page and a browser.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from explored import CHROMIUM, Served, served, town
from worlds import SPENT

MOST = 1e-6


@pytest.fixture(scope="session", autouse=True)
def _spent(record_testsuite_property: Callable[[str, object], None]) -> Iterator[None]:
    """Let the record of a run (--junitxml) hold the sum."""
    yield
    record_testsuite_property("statistical_checks", len(SPENT))
    record_testsuite_property("false_alarm_rate", sum(SPENT))


@pytest.fixture(scope="session", autouse=True)
def _signals() -> Iterator[None]:
    """What is ignored, as under nohup or in the background of a shell, is heard during the tests.

    Programs that tests start would inherit it, and be stopped by nothing.
    """
    heard = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    numbers = {getattr(signal, name): how for name, how in heard.items() if hasattr(signal, name)}
    before = {number: signal.getsignal(number) for number in numbers}
    for number, how in numbers.items():
        if before[number] is signal.SIG_IGN:
            signal.signal(number, how)
    yield
    for number, how in before.items():
        signal.signal(number, how)


@pytest.fixture(scope="session")
def live_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A live page that is served while tests run."""
    with served(town(tmp_path_factory.mktemp("page"))) as own:
        yield own


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a screen; modules that ask for it are skipped where there is none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as own:
        started = own.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SPENT:
        terminalreporter.write_line(
            f"{len(SPENT)} statistical checks; a false alarm of any in {1 / sum(SPENT):,.0f} runs"
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if sum(SPENT) > MOST:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nfalse-alarm rates add up to {sum(SPENT):.2g}, more than {MOST:g}")
