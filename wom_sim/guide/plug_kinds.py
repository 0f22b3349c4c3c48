"""The five kinds of plugs: what each receives and answers, and a file of each that runs."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """How to write one kind of plug.

    head: the decorator and the arguments; receives: each argument, and what it is; code and
    scenario: a plugin and what a scenario says to use it; notes: what else there is to know.
    """

    what: str
    head: str
    receives: tuple[tuple[str, str], ...]
    answers: str
    notes: tuple[str, ...]
    code: str
    scenario: str


FILE = "my_plugs.py"
"""The plugin that examples name."""

_NETWORK = Kind(
    "a network: who knows whom",
    '@wom_sim.network("villages")\ndef villages(size, seed, *, ...):',
    (
        ("size", "int, population.size; trades.count where population.professionals names it"),
        ("seed", "int from 0 to 2^32 - 1, another in each world; draw all luck from it"),
    ),
    "an undirected NetworkX graph whose nodes are exactly the integers 0 to size - 1; ties to"
    " oneself and doubles do not count",
    (
        "It is called once for each world (and again for an arm that changes the population)."
        " Which ties are strong, and their circles, are dealt afterwards (population.ties);"
        " attributes of nodes and edges are ignored.",
    ),
    '''\
from typing import Annotated

import networkx as nx
import numpy as np

import wom_sim
from wom_sim.scenario.quantities import count, share


@wom_sim.network("villages")
def villages(
    size, seed, *,
    people: Annotated[int, count(12, "people", "people in a village", low=2)] = 12,
    away: Annotated[float, share(0.1, "share of people with a tie elsewhere")] = 0.1,
):
    """Villages where all know each other, and some ties between them (Watts 1999)."""
    luck = np.random.default_rng(seed)
    graph = nx.empty_graph(size)
    for first in range(0, size, people):
        village = range(first, min(first + people, size))
        graph.add_edges_from((a, b) for a in village for b in village if a < b)
    for person in np.flatnonzero(luck.random(size) < away):
        graph.add_edge(int(person), int(luck.integers(size)))
    return graph
''',
    "population: {network: {kind: villages, people: 20}}\n",
)

_STRATEGY = Kind(
    "a strategy: how willing a business is to refer a partner, given what went before",
    '@wom_sim.strategy("grudger")\ndef grudger(received, given, score, *, ...):',
    (
        (
            "received",
            "whole numbers, shape (rows, partners): received[i, j] is how many referrals row i has"
            " received from j so far",
        ),
        ("given", "the same shape: given[i, j] is how many row i has given to j so far"),
        (
            "score",
            "numbers, shape (partners,): what j has given to anybody, fading by half in"
            " referral.score_half_life weeks, over the mean of businesses with partners (1 for all"
            " while nobody has given)",
        ),
    ),
    "R, numbers in [0, 1] of the shape of `given`: how willing row i is to refer j",
    (
        "Rows are the businesses that follow this strategy (as many as partners.strategies deals"
        " to it, never none); columns are all businesses, one a trade, also the business itself"
        " and those it is not linked with, whose answers are not used. Counts begin at 0 in week 0,"
        " and start anew between the members and one who takes a seat later; a referral"
        " counts when it is passed, closed or not.",
        "The answer is mixed: willingness = referral.willing + (1 - referral.willing) R, and with"
        " referral.reciprocity: false it is not asked for. Set referral.willing: 0 if your rule"
        " alone should decide.",
        "R is a chance: a need is passed with chance contact x sphere x visibility x credibility x"
        " willingness x recognition, and the model draws. Answer 0.1 for one time in ten; do not"
        " draw yourself.",
    ),
    '''\
from typing import Annotated

import numpy as np

import wom_sim
from wom_sim.scenario.quantities import share


@wom_sim.strategy("grudger")
def grudger(
    received, given, score, *,
    patience: Annotated[float, share(0.2, "answer after a slight")] = 0.2,
):
    """Refers until it has given more than it received (after Friedman 1971)."""
    return np.where(given > received, patience, 1.0)
''',
    """\
effort: {service: 32, partners: 4}
partners:
  group: true
  strategies:
    grudger: {share: 0.5, patience: 0.1}
    reciprocator: 0.5
""",
)

_JUDGEMENT = Kind(
    "a judgement rule: whether a job met its client's expectation",
    '@wom_sim.judgement("plain_expectation")\n'
    "def plain_expectation(quality, expectation, *, ...):",
    (
        ("quality", "numbers, shape (jobs,): of all businesses' jobs of a week"),
        (
            "expectation",
            "numbers, shape (jobs,): what each client expects, judgement.referred included",
        ),
    ),
    "codes of the same shape: DISSATISFIED (1), SATISFIED (2) or DELIGHTED (3) for each job, from"
    " wom_sim.market.state",
    (
        "It is called every week, also in history; in a week without jobs the arrays are empty."
        " Both are in units of service.noise: as wide as quality spreads from job to job by luck.",
    ),
    '''\
from typing import Annotated

import numpy as np

import wom_sim
from wom_sim.market.state import DELIGHTED, DISSATISFIED, SATISFIED
from wom_sim.scenario.quantities import amount


@wom_sim.judgement("plain_expectation")
def plain_expectation(
    quality, expectation, *,
    slack: Annotated[float, amount(0.5, "quality", "gap that goes unnoticed")] = 0.5,
):
    """Better or worse than expected (after Oliver 1980)."""
    gap = quality - expectation
    happy = np.where(gap > slack, DELIGHTED, SATISFIED)
    return np.where(gap < -slack, DISSATISFIED, happy)
''',
    "judgement: {rule: {kind: plain_expectation, slack: 0.8}}\n",
)

_OUTCOME = Kind(
    "an outcome: what a world of an arm comes to, one number",
    '@wom_sim.outcome("best_quarter", unit="clients")\ndef best_quarter(weekly, *, ...):',
    (
        (
            "weekly",
            "weekly[measure], numbers of shape (weeks,): means over the treated businesses, from"
            " week 0 on, without history",
        ),
    ),
    "one number; NaN where it is undefined, such as a share of nothing",
    (
        "unit= must be given and each parameter needs a default: the outcome stands in all tables,"
        " named by the scenario or not, and figures may ask for it. Do not change the arrays.",
    ),
    '''\
from typing import Annotated

import numpy as np

import wom_sim
from wom_sim.scenario.quantities import count


@wom_sim.outcome("best_quarter", unit="clients")
def best_quarter(
    weekly, *, weeks: Annotated[int, count(13, "weeks", "length of a run", low=1)] = 13
):
    """Most clients won in any run of weeks."""
    return np.convolve(weekly["won"], np.ones(weeks), "valid").max()
''',
    "outcomes: {best_quarter: {weeks: 4}}\n",
)

_FIGURE = Kind(
    "a figure: a picture of the results",
    '@wom_sim.figure("spread")\ndef spread(results, *, ...):',
    (
        (
            "results",
            "results.arms: names; results.value(arm, outcome): shape (worlds,);"
            " results.series(arm, measure): shape (worlds, weeks); results.unit(name);"
            " results.scenario",
        ),
    ),
    "a matplotlib.figure.Figure, made without pyplot; it is saved as PNG and SVG in"
    " results/<scenario>/figures/",
    (
        "Each parameter needs a default: the figure is drawn in every run, named by the scenario"
        " or not. Import Matplotlib inside the function, so that reading a scenario stays quick.",
        "Arrays are NumPy's, in the order of worlds, paired: world n of all arms has the same luck."
        " explain outcomes lists the outcomes, and the measures of a week.",
    ),
    '''\
from typing import Annotated

import wom_sim
from wom_sim.scenario.quantities import count


@wom_sim.figure("spread")
def spread(
    results, *, bins: Annotated[int, count(20, "bars", "bars a range is cut in", low=1)] = 20
):
    """Clients won by each arm, world by world."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.8, 7.2))
    axes = figure.subplots()
    won = [results.value(arm, "clients_won") for arm in results.arms]
    axes.hist(won, bins, label=results.arms)
    axes.set(xlabel="clients won per business", ylabel="worlds")
    axes.legend()
    return figure
''',
    "figures: {spread: {bins: 10}}\n",
)

KINDS = {
    "network": _NETWORK,
    "strategy": _STRATEGY,
    "judgement": _JUDGEMENT,
    "outcome": _OUTCOME,
    "figure": _FIGURE,
}

PARAMETERS = """\
Keyword-only arguments, those behind the *, are the plug's parameters in YAML. A plain one, such as
bins: int = 20, works; with Annotated it also has unit, range and meaning, for the check of
the file and for explain. Types: bool, int, float, str, list[...], Literal["a", "b"]. The value
behind the = is the default; write the same one inside.

    patience: Annotated[float, share(0.2, "answer after a slight")] = 0.2

From wom_sim.scenario.quantities:

    share(default, meaning)           0 to 1, a share or a chance
    chance(default, meaning)          0 to .99, of a message
    amount(default, unit, meaning)    at least 0
    hours(default, meaning)           0 to 168
    weeks(default, meaning)           more than 0, such as a half-life
    count(default, unit, meaning)     a whole number, at least 0
    choice(default, meaning)          yes or no, or a word of a Literal
    quantity(default, unit, meaning)  any number

Each also takes a source after the meaning (else "assumed"), and low= and high=, inclusive, where
share and chance have none of their own.
"""

USE = """\
A scenario names the file, relative to its own folder and in it or below, and then the plugs by
name, with their parameters where they differ from the defaults:

    question: Do grudges pay?
    plugins: [my_plugs.py]
    effort: {service: 32, partners: 4}
    partners:
      group: true
      strategies: {grudger: {share: 1, patience: 0.1}}

A plugin is a program and runs only with permission, also for check:

    python -m wom_sim check my_question.yaml --allow-plugins
    python -m wom_sim my_question.yaml --allow-plugins

One file may hold several plugs of any kind. A name that is taken is refused. Plain arguments must
have the names below, in that order. A plug that fails, or answers what cannot be used, ends the run
with one line: file, line and reason; a figure that fails is left out, and the run says so.
"""
