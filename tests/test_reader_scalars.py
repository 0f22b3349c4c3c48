"""The reader on values that only look like numbers, words or text."""

from __future__ import annotations

import pytest
from reading import answer

BROKEN: list[tuple[str | bytes, str]] = [
    (
        "allow_unequal_effort: NO\n",
        "x.yaml:1:23: allow_unequal_effort: 'NO' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "allow_unequal_effort: yes\n",
        "x.yaml:1:23: allow_unequal_effort: 'yes' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "allow_unequal_effort: on\n",
        "x.yaml:1:23: allow_unequal_effort: 'on' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "allow_unequal_effort: y\n",
        "x.yaml:1:23: allow_unequal_effort: 'y' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "weeks: 010\n",
        "x.yaml:1:8: weeks: 010 starts with a zero; write 10, or put quotes around it",
    ),
    (
        "weeks: 089\n",
        "x.yaml:1:8: weeks: 089 starts with a zero; write 89, or put quotes around it",
    ),
    (
        "weeks: 0o10\n",
        "x.yaml:1:8: weeks: '0o10' is not a decimal number; write 8, or put quotes around it",
    ),
    (
        "weeks: 0x1F\n",
        "x.yaml:1:8: weeks: '0x1F' is not a decimal number; write 31, or put quotes around it",
    ),
    (
        "weeks: 0b11\n",
        "x.yaml:1:8: weeks: '0b11' is not a decimal number; write 3, or put quotes around it",
    ),
    (
        "weeks: 1_000\n",
        "x.yaml:1:8: weeks: '1_000' is not a plain number; write 1000",
    ),
    (
        "weeks: 1,000\n",
        "x.yaml:1:8: weeks: '1,000' has a comma; write 1000",
    ),
    (
        "weeks: 1 000\n",
        "x.yaml:1:8: weeks: '1 000' is not a plain number; write 1000",
    ),
    (
        "weeks: 1:30\n",
        "x.yaml:1:8: weeks: '1:30' is a time; write a plain number",
    ),
    (
        "weeks: 12:30:45\n",
        "x.yaml:1:8: weeks: '12:30:45' is a time; write a plain number",
    ),
    (
        "weeks: 2024-01-01\n",
        "x.yaml:1:8: weeks: '2024-01-01' is a date; write a number such as 26; weeks count from 0",
    ),
    (
        "weeks: .nan\n",
        "x.yaml:1:8: weeks: .nan is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: nan\n",
        "x.yaml:1:8: weeks: nan is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: .inf\n",
        "x.yaml:1:8: weeks: .inf is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: -.INF\n",
        "x.yaml:1:8: weeks: -.INF is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: 1.0e+400\n",
        "x.yaml:1:8: weeks: the number 1.0e+400 is too large; give a smaller one",
    ),
    (
        "weeks: 1e-400\n",
        "x.yaml:1:8: weeks: the number 1e-400 is too small; write 0",
    ),
    (
        "weeks: " + "9" * 5000 + "\n",
        "x.yaml:1:8: weeks: the number 999999999999... has 5000 digits; at most 20 are allowed",
    ),
    (
        "weeks: −5\n",
        "x.yaml:1:8: weeks: '−5' holds the odd character U+2212; write -5, or put quotes around it",
    ),
    (
        "weeks: １\n",
        "x.yaml:1:8: weeks: '１' holds the odd character U+FF11; write 1, or put quotes around it",
    ),
    (
        "weeks: 1.2.3\n",
        "x.yaml:1:8: weeks: '1.2.3' is text, not a number; write a number alone; its unit is weeks",
    ),
    (
        'weeks: "12"\n',
        "x.yaml:1:8: weeks: '12' is text; remove the quotes",
    ),
    (
        "weeks: true\n",
        "x.yaml:1:8: weeks: true is not a number",
    ),
    (
        "weeks: 1.5\n",
        "x.yaml:1:8: weeks: 1.5 is not a whole number",
    ),
    (
        "weeks: \n",
        "x.yaml:1:7: weeks: no value given; write one or remove the line",
    ),
    (
        "weeks: ~\n",
        "x.yaml:1:8: weeks: no value given; write one or remove the line",
    ),
    (
        "weeks: [5]\n",
        "x.yaml:1:8: weeks: expected a number, not a list",
    ),
    (
        "weeks: {a: 5}\n",
        "x.yaml:1:8: weeks: expected a number, not a mapping",
    ),
    (
        "weeks: 0\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got 0",
    ),
    (
        "weeks: -1\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got -1",
    ),
    (
        "weeks: 1e9\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got 1e9",
    ),
    (
        "weeks: soon\n",
        "x.yaml:1:8: weeks: 'soon' is text, not a number",
    ),
    (
        "talk: {weak: 0,5}\n",
        "x.yaml:1:16: talk: 5 stands after a comma, as if it were a key; write numbers "
        "without a comma, or with a point",
    ),
    (
        "talk: {weak: 5%}\n",
        "x.yaml:1:14: talk.weak: '5%' is not a plain number; write 0.05",
    ),
    (
        "talk: {delighted: 5.5 %}\n",
        "x.yaml:1:19: talk.delighted: '5.5 %' is not a plain number; write 0.055",
    ),
    (
        "weeks: [1,000]\n",
        "x.yaml:1:11: weeks[1]: 000 starts with a zero; write 0, or put quotes around it",
    ),
    (
        "talk: {weak: 1e400}\n",
        "x.yaml:1:14: talk.weak: the number 1e400 is too large; give a smaller one",
    ),
]


@pytest.mark.parametrize(("text", "lines"), BROKEN)
def test_a_broken_file_answers_these_lines(text: str | bytes, lines: str) -> None:
    assert answer(text) == lines
