"""Run the long checks, keep what they found below results/, and write the README's table of it.

    python tests/checks.py                  everything, one after the other: some hours
    python tests/checks.py tests planted    only these: tests, verification, planted, mutants
    python tests/checks.py --table          only the table, from what was found before
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from gallery import ROOT, rewrite

FOUND, RUNS = ROOT / "results" / "gallery", ROOT / "results" / "checks"
PATTERNS = ROOT / "results" / "patterns" / "patterns.csv"
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider")
CHECKS = {
    "tests": (*PYTEST, f"--junitxml={RUNS / 'tests.xml'}"),
    "verification": (*PYTEST, "-m", "verification", f"--junitxml={RUNS / 'verification.xml'}"),
    "planted": ("tests/planted.py",),
    "mutants": ("tests/mutate.py",),
}
"""Name of a check, and the arguments of Python that run it."""


def rows() -> Iterator[tuple[str, str, str]]:
    """What is claimed, how it is checked, what was found; of what was run."""
    if (RUNS / "tests.xml").exists():
        yield from of_tests(suite("tests"))
    if (RUNS / "verification.xml").exists():
        yield from of_verification(suite("verification"))
    if PATTERNS.exists():
        yield from patterns()
    if (FOUND / "planted.csv").exists():
        planted = table("planted.csv")
        yield ("the tests would see a fault", f"{len(planted)} faults planted by hand in the"
               " market's rooms, one at a time (`python tests/planted.py`)",
               f"{sum(bool(row['seen_by']) for row in planted)} seen")
    if (FOUND / "mutants.csv").exists():
        mutants = table("mutants.csv")
        killed = sum(row["verdict"] != "survived" for row in mutants)
        yield ("and faults nobody thought of", f"{len(mutants)} mutants drawn at random from"
               " market, reader and statistics (`python tests/mutate.py`)",
               f"{killed / len(mutants):.0%} killed")


def of_tests(found: ET.Element) -> Iterator[tuple[str, str, str]]:
    """What the default tests found."""
    yield "the program does what its tests say", "`python -m pytest`", outcome(found)
    yield ("the market is the one that `tests/reference/README.md` specifies",
           "a second implementation by somebody who had not seen this one; every need, telling and"
           " measure of 300 random worlds compared", f"{differences(found)} differences")
    yield ("what must not matter does not, and what helps does", "relations between runs, each over"
           " 25 random worlds (`tests/test_relations.py`)",
           f"{passed(found, 'test_relations')} checks hold")
    spent = {entry.get("name"): entry.get("value") for entry in found.iter("property")}
    yield ("chance is drawn from the laws that are stated",
           "exact tests that say how small an error they see",
           f"{spent['statistical_checks']} checks; false alarms of all together in"
           f" {float(spent['false_alarm_rate'] or 0):.1g} of runs")


def of_verification(found: ET.Element) -> Iterator[tuple[str, str, str]]:
    """What the longer tests found."""
    yield "and its longer ones", "`python -m pytest -m verification`", outcome(found)
    yield ("the two implementations part nowhere", "10,000 random worlds",
           f"{differences(found)} differences")
    yield ("classic models come out as published", "scenarios in `scenarios/classics/`"
           " (`tests/test_classics.py`)", f"{passed(found, 'test_classics')} checks hold")


def suite(name: str) -> ET.Element:
    """The test run kept as `name`.xml."""
    return ET.parse(RUNS / f"{name}.xml").getroot()[0]


def outcome(found: ET.Element) -> str:
    failed = int(found.get("failures", 0)) + int(found.get("errors", 0))
    skipped = int(found.get("skipped", 0))
    ran, minutes = int(found.get("tests", 0)) - skipped, float(found.get("time", 0)) / 60
    left_out = f", {skipped} skipped" if skipped else ""
    return f"{ran - failed:,} pass, {failed} fail{left_out}, {minutes:.0f} min"


def passed(found: ET.Element, room: str) -> int:
    """Tests of a file that passed."""
    return sum(not len(case) for case in found.iter("testcase")
               if room in case.get("classname", ""))


def differences(*found: ET.Element) -> int:
    """Failed comparisons of the two implementations."""
    agree = ("test_the_programs_agree", "test_many_more_worlds")
    return sum(len(case) > 0 for suite in found for case in suite.iter("testcase")
               if case.get("name", "").startswith(agree))


def patterns() -> Iterator[tuple[str, str, str]]:
    with PATTERNS.open(encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    for use, claim in (("calibrate", "the town shows the published patterns it was fitted to"),
                       ("validate", "and those it was not fitted to")):
        some = [row for row in found if row["use"] == use]
        inside = sum(row["inside"] == "true" for row in some)
        yield claim, "`python -m wom_sim patterns`", f"{inside} of {len(some)} in their band"


def table(name: str) -> list[dict[str, str]]:
    with (FOUND / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*CHECKS, []])
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    failed = 0
    for name in () if given.table else given.names or CHECKS:
        failed += subprocess.run([sys.executable, *CHECKS[name]], cwd=ROOT).returncode != 0
    lines = ["| what is claimed | how it is checked | what was found |", "|---|---|---|"]
    rewrite("checks", "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows()]))
    return failed


if __name__ == "__main__":
    sys.exit(main())
