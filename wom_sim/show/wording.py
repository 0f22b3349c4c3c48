"""What a run says in words: one sentence and one table for a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from wom_sim.show import findings
from wom_sim.show.findings import Lead
from wom_sim.show.text import clean, clip, columns, fold, pad
from wom_sim.study.results import Results

MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN = "–"
LONGEST_NAME = 32
LEAST_NAME = 6
HEADER = (
    ("", "arm"),
    ("clients won", "(90 % range)"),
    ("by cus-", "tomers"),
    ("by part-", "ners"),
    ("lost to", "bad talk"),
    ("refer-", "passed"),
    ("rals", "closed"),
    ("", "margin"),
    ("hours/", "client"),
)
COLUMNS = (
    "won_by_customers",
    "won_by_partners",
    "lost_to_negative",
    "referrals_received",
    "referrals_closed",
    "margin",
    "hours_per_client",
)


def verdict(results: Results) -> str:
    """The answer in one or two computed sentences, on clients won."""
    lead = findings.lead(results)
    first = _FIRST[lead.kind](lead, span(findings.weeks(results)))
    second = "" if lead.kind == "few" else sources(results)
    return f"{first} {second}".strip()


def sources(results: Results) -> str:
    """Customers against partners as sources, in the arm with partners; empty if none has any."""
    arm = findings.partner_arm(results.scenario)
    if arm is None:
        return ""
    won = float(results.value(arm, "clients_won").mean())
    if not won > 0:
        return f"With {quoted(arm)}, nobody is won at all."
    partners = float(results.value(arm, "won_by_partners").mean()) / won
    customers = float(results.value(arm, "won_by_customers").mean()) / won
    return (
        f"With {quoted(arm)}, {percent(partners)} of the clients won come through partners,"
        f" {percent(customers)} through customers."
    )


def table(results: Results, width: int = 80) -> str:
    """One line an arm, in at most `width` columns, with a note on what the numbers are."""
    rows = [_row(results, arm) for arm in results.arms]
    cells = [_widest(place, rows) for place in range(1, len(HEADER))]
    room = width - sum(cells) - len(cells)
    names = [fold(clean(arm), max(room, LEAST_NAME), 2) for arm in results.arms]
    first = max(columns(line) for lines in [*names, ["arm"]] for line in lines)
    widths = [first, *cells]
    body = [_line([head[level] for head in HEADER], widths) for level in range(2)]
    body.append("─" * (sum(widths) + len(cells)))
    for lines, row in zip(names, rows, strict=True):
        body.append(_line([lines[0], *row], widths))
        body.extend(lines[1:])
    return "\n".join([*body, *_note(results, width)])


def number(x: float) -> str:
    """A number as a person would say it: 1,234 or 31 or 4.5 or 0.07; a dash if unknown."""
    if not math.isfinite(x):
        return UNKNOWN
    size = abs(x)
    if size >= 999_950:
        return _signless(f"{x / 1e6:,.1f}") + " million"
    text = f"{x:,.{_decimals(size)}f}"
    return _signless(text.rstrip("0").rstrip(".") if "." in text else text)


def short(x: float) -> str:
    """A number in at most six characters and a sign, for a narrow column: 12.3k for 12,345."""
    size = abs(x)
    for letter, unit in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if math.isfinite(x) and size >= 9.9995 * unit:
            return number(float(f"{x / unit:.3g}")) + letter
    return number(x)


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
    return clip(clean(arm), LONGEST_NAME)


def quoted(arm: str) -> str:
    """An arm's name as part of a sentence, in quotation marks."""
    return f"“{name(arm)}”"


def headline(lead: Lead, horizon: str) -> str:
    """The comparison as a title, without numbers of uncertainty."""
    arm, baseline = quoted(lead.arm), quoted(lead.baseline)
    more = f"{number(abs(lead.difference))} more clients"
    return {
        "ahead": f"{arm} wins {more} than {baseline} in {horizon}",
        "behind": f"{baseline} wins {more} than {arm} in {horizon}",
        "tie": f"No arm clearly wins more clients than {baseline} in {horizon}",
        "same": f"Every arm wins exactly as many clients as {baseline}",
        "few": f"{few(lead.worlds)} to say which arm wins more clients",
        "alone": f"{arm}: clients won in {horizon}",
    }[lead.kind]


def few(worlds: int) -> str:
    """`Only 3 worlds were run, too few`."""
    return f"Only {counted(worlds, 'world')} {'was' if worlds == 1 else 'were'} run, too few"


def interval(lead: Lead) -> str:
    """`95 % interval 25 to 37`, of the arm's difference from the baseline."""
    return f"95{NBSP}% interval {number(lead.low)} to {number(lead.high)}"


def winning_interval(lead: Lead) -> str:
    """The interval of a clear lead seen from the winner, so without minus signs."""
    low, high = sorted((abs(lead.low), abs(lead.high)))
    return interval(lead._replace(low=low, high=high))


def _clear(lead: Lead, horizon: str) -> str:
    chance = lead.chance if lead.kind == "ahead" else 1 - lead.chance
    return (
        f"{headline(lead, horizon)} ({winning_interval(lead)});"
        f" it is ahead in {of_hundred(chance)} pairs of random worlds."
    )


def _tie(lead: Lead, horizon: str) -> str:
    return (
        f"{headline(lead, horizon)}: {quoted(lead.arm)} is furthest off, by"
        f" {signed(lead.difference)} ({interval(lead)}), and ahead in"
        f" {of_hundred(lead.chance)} pairs of random worlds."
    )


def _few(lead: Lead, horizon: str) -> str:
    return f"{headline(lead, horizon)}; run at least {findings.FEW}, better 100."


def _alone(lead: Lead, horizon: str) -> str:
    return f"There is only one arm, {quoted(lead.arm)}, run for {horizon}: nothing to compare."


_FIRST = {
    "ahead": _clear,
    "behind": _clear,
    "tie": _tie,
    "same": lambda lead, horizon: f"{headline(lead, horizon)}, in each of {lead.worlds} worlds.",
    "few": _few,
    "alone": _alone,
}


def _row(results: Results, arm: str) -> list[str]:
    won = results.value(arm, "clients_won")
    cells = [short(float(won.mean()))]
    if len(won) >= findings.FEW:
        low, high = np.quantile(won, [0.05, 0.95])
        cells = [f"{cells[0]} ({short(low)}–{short(high)})"]
    return cells + [short(float(_mean(results, arm, outcome))) for outcome in COLUMNS]


def _mean(results: Results, arm: str, outcome: str) -> float:
    values = results.value(arm, outcome)
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _widest(place: int, rows: Sequence[Sequence[str]]) -> int:
    return max(columns(cell) for cell in (*HEADER[place], *(row[place - 1] for row in rows)))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = pad(cells[0], widths[0], right=False)
    rest = [pad(cell, width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return " ".join([first, *rest]).rstrip()


def _note(results: Results, width: int) -> list[str]:
    horizon, worlds = span(findings.weeks(results)), findings.worlds(results)
    ranges = f"; 90{NBSP}% of them lie in the range" if worlds >= findings.FEW else ""
    note = (
        f"Per business over {horizon}: means of {counted(worlds, 'world')}{ranges}."
        " Passed: referrals handed to the business; closed: those it won."
    )
    return fold(note, width, 4)


def _decimals(size: float) -> int:
    if size >= 9.95:
        return 0
    return 1 if size >= 0.995 else 2


def _signless(text: str) -> str:
    if not text.strip("-0.,"):
        return "0"
    return text.replace("-", MINUS)


def _bounded(share: float) -> str:
    whole = round(100 * share)
    if whole >= 100 and share < 1:
        return "more than 99"
    return "fewer than 1" if whole <= 0 < share else str(whole)
