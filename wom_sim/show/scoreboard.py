"""The scoreboard of claims in words: verdicts, tests and flips, as a table for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from wom_sim.scenario.parameters.claim import Claim, Trial
from wom_sim.scenario.registry import measures, outcomes
from wom_sim.show.flipping import ABOUT, Flip, line
from wom_sim.show.text import clean, wrap
from wom_sim.show.wording import MINUS, counted

HOLDS, DEPENDS, FAILS, INPUT = "holds", "depends", "does not hold", "an input, not a finding"
ALONE = 0.05
"""Level at which a test is shown by itself, others of its variant and family left aside."""
MARKS = {
    "✓": "shown",
    "+": "shown by itself",
    "✗": "the opposite is shown",
    "≠": "what is needed is clearly missed",
    "·": "not shown",
    "=": "asserted",
}
"""What became of a test, in a sign and in words."""
MOST_DIGITS = 9


class Tested(Protocol):
    """A test in one preset; `wom_sim.study.claims.verdicts.Outcome`."""

    @property
    def test(self) -> str: ...
    @property
    def effect(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def p(self) -> float: ...
    @property
    def worlds(self) -> int: ...
    @property
    def holds(self) -> bool: ...
    @property
    def contrary(self) -> bool: ...
    @property
    def short(self) -> bool: ...


class Judged(Protocol):
    """A claim in one preset; `wom_sim.study.claims.verdicts.Verdict`."""

    @property
    def claim(self) -> Claim: ...
    @property
    def preset(self) -> str: ...
    @property
    def word(self) -> str: ...
    @property
    def consequences(self) -> str: ...
    @property
    def tests(self) -> Sequence[Tested]: ...
    @property
    def tested(self) -> int: ...


Row = Sequence[Judged]
"""One claim in every preset."""


def rows(verdicts: Sequence[Judged]) -> list[Row]:
    """The verdicts claim by claim, in the order of the claims' numbers."""
    known = sorted({one.claim.number for one in verdicts})
    return [[one for one in verdicts if one.claim.number == number] for number in known]


def overall(row: Row) -> str:
    """One word for all presets: theirs where they agree, otherwise it depends."""
    words = {one.word for one in row}
    return words.pop() if len(words) == 1 else DEPENDS


def headline(verdicts: Sequence[Judged]) -> str:
    """How many claims hold, depend and do not hold, and how many are inputs."""
    words = [overall(row) for row in rows(verdicts)]
    inputs, findings = words.count(INPUT), len(words) - words.count(INPUT)
    what = "an assumption, not a finding" if inputs == 1 else "assumptions, not findings"
    asserted = f"{_claims(inputs)} {_be(inputs)} {what}"
    if not findings:
        return f"Nothing to find out here: {asserted}"
    parts = [f"{words.count(word)} {_verb(word, words.count(word))}"
             for word in (HOLDS, DEPENDS, FAILS)]
    first = f"Of {_claims(findings)} that can be tested, {parts[0]}, {parts[1]} and {parts[2]}"
    return f"{first}; {asserted}" if inputs else first


def _claims(many: int) -> str:
    return counted(many, "claim")


def _be(many: int) -> str:
    return "is" if many == 1 else "are"


def _verb(word: str, many: int) -> str:
    one = many == 1
    return {
        HOLDS: "holds" if one else "hold",
        DEPENDS: "depends" if one else "depend",
        FAILS: "does not hold" if one else "do not hold",
    }[word]


def conclusion(verdicts: Sequence[Judged], jointly: Sequence[int] = (3, 6, 7)) -> str:
    """The articles' conclusion as claims 3, 6 and 7 jointly; empty unless all were tested."""
    chosen = [one for one in verdicts if one.claim.number in jointly]
    if {one.claim.number for one in chosen} != set(jointly):
        return ""
    where = [preset for preset in dict.fromkeys(one.preset for one in chosen)
             if all(one.word == HOLDS for one in chosen if one.preset == preset)]
    told = f"holds in {' and '.join(where)}" if where else "does not hold in either preset"
    return ("“you have to actively cultivate your referral sources and not rely on good customer"
            f" service alone” (000), as claims 3, 6 and 7 jointly: {told}")


def table(
    verdicts: Sequence[Judged], flips: Sequence[Flip] = (), width: int = 100
) -> str:
    """Claim by claim: the words, each test with what it needs and finds, and where it flips."""
    first = verdicts[0]
    presets = list(dict.fromkeys(one.preset for one in verdicts))
    family = ", ".join(f"{_tested(verdicts, preset)} in {preset}" for preset in presets)
    lines = [*wrap(f"{headline(verdicts)}.", width), "",
             *wrap("Holds: shown in every variant, by Holm's method at 5 % over all variants tested"
                   f" ({family}). Depends: shown in some variants, or in one preset alone. Marks:"
                   " ✓ its variant is shown, + it alone at 5 %, ✗ the opposite is, with an interval"
                   " beyond no effect on the other side, ≠ what is needed is clearly missed, by an"
                   " interval that is not the opposite, · none of these, = asserted by a parameter."
                   " Effects with 95 % intervals,"
                   f" {first.tests[0].worlds} worlds, paired where arms are compared.", width), ""]
    if flips:
        lines += [*wrap(ABOUT, width), ""]
    for row in rows(verdicts):
        own = [one for one in flips if one.claim == row[0].claim.number]
        lines += [*_block(row, width), *_flip_lines(own, row, width), ""]
    said = conclusion(verdicts)
    return "\n".join([*lines, *(wrap(said, width) if said else [])]).rstrip()


def _tested(verdicts: Sequence[Judged], preset: str) -> int:
    return next(one.tested for one in verdicts if one.preset == preset)


def _block(row: Row, width: int) -> list[str]:
    claim = row[0].claim
    lines = wrap(f"{claim.number} “{clean(claim.quotation)}” ({clean(claim.source)})", width)
    told = "; ".join(f"{one.preset}: {_words(one)}" for one in row)
    lines += [f"  {line}" for line in wrap(told.upper(), width - 2)]
    if claim.input:
        lines += [f"  {line}" for line in wrap(clean(claim.input), width - 2)]
    for name, trial in claim.tests.items():
        lines.append(f"  {clean(name)} ({needs(trial)})")
        for one in row:
            test = next(test for test in one.tests if test.test == name)
            lines.append(f"    {one.preset:9} {mark(test, trial)} {effect_of(test, trial)}")
    return lines


def _flip_lines(flips: Sequence[Flip], row: Row, width: int) -> list[str]:
    """Where its verdict flips, below a claim; nothing where no search is at hand."""
    is_input = bool(row[0].claim.input)
    return [f"  {part}" for one in flips
            for part in wrap(line(one, is_input=is_input), width - 2)]


def _words(one: Judged) -> str:
    if one.word != INPUT:
        return one.word
    return f"{one.word} (its consequence{_plural(one)} {_following(one.consequences)})"


def _plural(one: Judged) -> str:
    return "s" if len(one.claim.variants) > 1 else ""


def _following(word: str) -> str:
    return {HOLDS: "shown", DEPENDS: "shown in part", FAILS: "not shown"}[word]


def mark(test: Tested, trial: Trial) -> str:
    """A sign for a test, one of `MARKS`."""
    return sign(trial.asserted, test.holds, test.contrary, test.short, test.p)


def sign(asserted: bool, holds: bool, contrary: bool, missed: bool, p: float) -> str:
    """The sign, from what a table of claims says of a test."""
    known = {"=": asserted, "✓": holds, "✗": contrary, "≠": missed, "+": p <= ALONE}
    return next((one for one, so in known.items() if so), "·")


def needs(trial: Trial) -> str:
    """What the rule wants of the effect, in words."""
    if trial.rule == "within":
        upper = math.nan if trial.to is None else trial.to
        return f"needs {short(trial.value)} to {short(upper)}"
    return f"needs {trial.rule} {short(trial.value)}"


def effect_of(test: Tested, trial: Trial) -> str:
    """The effect with its interval and unit."""
    unit = "times" if trial.effect == "ratio" else _unit(trial.measure)
    return f"{interval(test.effect, test.low, test.high)} {unit}"


def interval(effect: float, low: float, high: float) -> str:
    """An effect with its interval, in as many digits as tell its ends apart, three at least."""
    many = next((n for n in range(3, MOST_DIGITS) if short(low, n) != short(high, n)), 3)
    return f"{short(effect, many)} ({short(low, many)} to {short(high, many)})"


def short(value: float, digits: int = 3) -> str:
    """Three digits unless told otherwise, more where the number is larger; a dash if unknown."""
    if not math.isfinite(value):
        return "–"
    large = abs(value) >= 10 ** (digits - 1)
    text = f"{value:,.0f}" if large else f"{value:,.{digits}g}"
    return text.replace("-", MINUS)


def _unit(measure: str) -> str:
    known = measures[measure] if measure in measures else outcomes[measure]
    return str(known.facts["unit"])


def reached(effect: float, trial: Trial) -> float:
    """The effect as a multiple of what the claim needs; above 1 is on the claim's side.

    NaN where the rule has no positive value to be a multiple of.
    """
    upper = trial.value if trial.to is None else trial.to
    if not (math.isfinite(effect) and trial.value > 0):
        return math.nan
    low, high = max(effect / trial.value, 0.0), upper / effect if effect > 0 else math.inf
    return {"above": low, "below": high, "within": min(low, high)}[trial.rule]
