"""What a run says in words: the verdict, and numbers and names as people say them."""

from __future__ import annotations

import math
from collections.abc import Callable

from wom_sim.show import findings
from wom_sim.show.findings import Lead, Tally
from wom_sim.show.text import clean, middle
from wom_sim.study.results import Results

MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN = "–"
LONGEST_NAME = 32
LONGEST_WHOLE = 60
SIGN_TEST = 6
"""Worlds that, all pointing the same way, are more than chance (two-sided, 5 %)."""


def verdict(results: Results) -> str:
    """The answer in two or three computed sentences, on clients won."""
    lead = findings.lead(results)
    counts = findings.tally(results, lead.arm)
    first = _FIRST[lead.kind](lead, counts, span(findings.weeks(results)))
    second = "" if lead.kind == "few" else sources(results)
    return f"{first} {second}".strip()


def precision(results: Results) -> str:
    """How surely the outcome asked for is known, and that it is not where it is not."""
    found = results.facts["precision"]
    outcome = found["outcome"].replace("_", " ")
    several = "differences" if len(results.arms) > 2 else "difference"
    what = f"the mean of {outcome} is" if len(results.arms) == 1 else (
        f"the {several} in {outcome} {'are' if several == 'differences' else 'is'}"
    )
    worlds = counted(found["worlds"], "world")
    stopped = f"Precision not reached: after {worlds}, the most allowed,"
    if found["half_width"] is None:
        return f"{stopped} {outcome} is not defined often enough for an interval."
    known = f"{what} known to ±{number(found['half_width'])}"
    if found["asked"] is None:
        return f"{stopped} {known}; it is not positive, so there is no share of it."
    asked = f"±{number(found['asked'])}"
    if found["enough"]:
        return f"After {worlds} {known} (asked: {asked})."
    return f"{stopped} {known}, not to {asked}; raise precision.most."


def size(results: Results) -> str:
    """`4 arms × 100 worlds × 156 weeks`."""
    weeks, worlds = findings.weeks(results), findings.worlds(results)
    parts = ((len(results.arms), "arm"), (worlds, "world"), (weeks, "week"))
    return " × ".join(counted(*part).replace(NBSP, " ") for part in parts)


def sources(results: Results) -> str:
    """Customers against partners as sources, in the arm with partners; empty if none has any."""
    arm = findings.partner_arm(results.scenario)
    if arm is None:
        return ""
    won = float(results.value(arm, "clients_won").mean())
    if not won > 0:
        return f"With {whole(arm)}, nobody is won at all."
    partners = float(results.value(arm, "won_by_partners").mean()) / won
    customers = float(results.value(arm, "won_by_customers").mean()) / won
    return (
        f"With {whole(arm)}, {percent(partners)} of the clients won come through partners,"
        f" {percent(customers)} through customers."
    )


def number(x: float) -> str:
    """A number as a person would say it: 1,234 or 31 or 4.5 or 0.07; a dash if unknown."""
    if not math.isfinite(x):
        return UNKNOWN
    size = abs(x)
    if size >= 999_950:
        return _signless(f"{x / 1e6:,.1f}") + " million"
    text = f"{x:,.{decimals(size)}f}"
    return _signless(text.rstrip("0").rstrip(".") if "." in text else text)


def signed(x: float) -> str:
    """A number with its sign, U+2212 for minus; none for zero."""
    text = number(x)
    return f"+{text}" if x > 0 and text not in {"0", UNKNOWN} else text


def percent(share: float) -> str:
    """A share as whole percent; never 0 or 100 unless it is."""
    if not math.isfinite(share):
        return UNKNOWN
    return f"{_bounded(share)}{NBSP}%"


def of_hundred(chance: float) -> str:
    """A chance as a frequency: `84 of 100`."""
    return f"{_bounded(chance)} of 100"


def counted(amount: float, noun: str) -> str:
    """`1 client`, `3 clients`."""
    text = number(amount)
    return f"{text}{NBSP}{noun}" if text == "1" else f"{text}{NBSP}{noun}s"


def span(weeks: int) -> str:
    """A length of time in the largest whole unit: years, else months, else weeks."""
    months = weeks / findings.MONTH
    if weeks % findings.YEAR == 0:
        return counted(weeks // findings.YEAR, "year")
    if weeks >= 2 * findings.QUARTER and abs(months - round(months)) < 0.01:
        return counted(round(months), "month")
    return counted(weeks, "week")


def name(arm: str) -> str:
    """An arm's name, short enough for a label."""
    return middle(clean(arm), LONGEST_NAME)


def quoted(arm: str) -> str:
    """An arm's name as part of a sentence, in quotation marks."""
    return f"“{name(arm)}”"


def whole(arm: str) -> str:
    """An arm's name in quotation marks where there is room for all of it."""
    return f"“{middle(clean(arm), LONGEST_WHOLE)}”"


def headline(lead: Lead, horizon: str, named: Callable[[str], str] = quoted) -> str:
    """The comparison as a title, without numbers of uncertainty."""
    arm, baseline = named(lead.arm), named(lead.baseline)
    more = f"{number(abs(lead.difference))} more clients"
    return {
        "ahead": f"{arm} wins {more} than {baseline} in {horizon}",
        "behind": f"{baseline} wins {more} than {arm} in {horizon}",
        "tie": f"No arm clearly wins more clients than {baseline} in {horizon}",
        "same": f"Every arm wins exactly as many clients as {baseline}",
        "few": f"{few(lead.worlds)} to say which arm wins more clients",
        "alone": f"{arm}: clients won in {horizon}",
        "unsettled": f"In the middle world {arm} wins {_median(lead)} {baseline} in {horizon};"
        " the mean is not settled",
    }[lead.kind]


def _median(lead: Lead) -> str:
    """`2 more clients than`, `as many clients as`: by the median of the differences."""
    if not lead.median:
        return "as many clients as"
    many = number(abs(lead.median))
    noun = "client" if many == "1" else "clients"
    return f"{many} {'more' if lead.median > 0 else 'fewer'} {noun} than"


def few(worlds: int) -> str:
    """`Only 3 worlds were run, too few`."""
    return f"Only {counted(worlds, 'world')} {'was' if worlds == 1 else 'were'} run, too few"


def interval(lead: Lead) -> str:
    """`95 % interval 25 to 37`, of the arm's difference from the baseline.

    Of an arm picked out of several `95 % interval for all 3 differences 25 to 37`, and of one
    whose mean is unsettled that of the median.
    """
    if lead.kind == "unsettled":
        return f"95{NBSP}% interval {number(lead.median_low)} to {number(lead.median_high)}"
    several = f" for all {lead.together} differences" if lead.together > 1 else ""
    return f"95{NBSP}% interval{several} {number(lead.low)} to {number(lead.high)}"


def winning_interval(lead: Lead) -> str:
    """The interval of a clear lead seen from the winner, so without minus signs."""
    low, high = sorted((abs(lead.low), abs(lead.high)))
    return interval(lead._replace(low=low, high=high))


def decimals(size: float) -> int:
    """Decimals that a number of this size is worth."""
    if size >= 9.95:
        return 0
    return 1 if size >= 0.995 else 2


def ties(counts: Tally) -> str:
    """`, 1 tie` behind a count of worlds; empty without any."""
    if not counts.tied:
        return ""
    return f", {counts.tied} {'tie' if counts.tied == 1 else 'ties'}"


def _clear(lead: Lead, counts: Tally, horizon: str) -> str:
    said = f"{headline(lead, horizon, whole)} ({winning_interval(lead)})."
    if lead.kind == "ahead":
        return f"{said} {_luck(counts.ahead, counts, lead.chance)}"
    return f"{said} {_luck(counts.behind, counts, 1 - lead.chance)}"


def _tie(lead: Lead, counts: Tally, horizon: str) -> str:
    return (
        f"{headline(lead, horizon, whole)}: {whole(lead.arm)} is furthest off, by"
        f" {signed(lead.difference)} ({interval(lead)}). {_luck(counts.ahead, counts, lead.chance)}"
    )


def _same(lead: Lead, counts: Tally, horizon: str) -> str:
    return f"{headline(lead, horizon, whole)}, in each of {lead.worlds} worlds."


def _luck(won: int, counts: Tally, chance: float) -> str:
    worlds = sum(counts)
    often = f"all {worlds} worlds" if won == worlds else f"{won} of {worlds} worlds{ties(counts)}"
    return (
        f"Under the same luck it wins more in {often}; when each has luck of its own, in"
        f" {of_hundred(chance)} pairs of worlds."
    )


def _unsettled(lead: Lead, counts: Tally, horizon: str) -> str:
    arm, (share, low, high) = whole(lead.arm), lead.off
    said = (
        f"{headline(lead, horizon, whole)} by {lead.worlds} worlds (median"
        f" {signed(lead.median)}, {interval(lead)}; mean {signed(lead.difference)})."
    )
    if math.isfinite(share):
        said += (
            f" {arm} took off, winning more than twice its median, in"
            f" {round(share * lead.worlds)} of {lead.worlds} worlds (95{NBSP}% interval"
            f" {percent(low)} to {percent(high)})."
        )
    return f"{said} {_luck(counts.ahead, counts, lead.chance)}"


def _few(lead: Lead, counts: Tally, horizon: str) -> str:
    worlds, arm, baseline = sum(counts), whole(lead.arm), whole(lead.baseline)
    every = f"In all {worlds} worlds" if worlds > 1 else "In the one world run"
    if worlds and counts.tied == worlds:
        return f"{every} {arm} wins exactly as many clients as {baseline}; run 100 to be sure."
    if worlds and worlds in counts:
        better, worse = (arm, baseline) if counts.ahead else (baseline, arm)
        why = "say by how much" if worlds >= SIGN_TEST else "see whether that is more than luck"
        return f"{every} {better} wins more clients than {worse}; run 100 to {why}."
    return (
        f"{few(lead.worlds)} to say which arm wins more clients: {arm} wins more than {baseline}"
        f" in {counts.ahead} of {worlds}{ties(counts)}; run at least {findings.FEW}, better 100."
    )


def _alone(lead: Lead, counts: Tally, horizon: str) -> str:
    return f"There is only one arm, {whole(lead.arm)}, run for {horizon}: nothing to compare."


_FIRST: dict[findings.Kind, Callable[[Lead, Tally, str], str]] = {
    "ahead": _clear,
    "behind": _clear,
    "tie": _tie,
    "same": _same,
    "few": _few,
    "alone": _alone,
    "unsettled": _unsettled,
}


def _signless(text: str) -> str:
    if not text.strip("-0.,"):
        return "0"
    return text.replace("-", MINUS)


def _bounded(share: float) -> str:
    whole = round(100 * share)
    if whole >= 100 and share < 1:
        return "more than 99"
    return "fewer than 1" if whole <= 0 < share else str(whole)
