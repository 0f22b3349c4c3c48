"""Keys of a scenario file that are no section's: what each means."""

from __future__ import annotations

from typing import NamedTuple

from wom_sim.scenario.parameters.observed import QUANTITIES
from wom_sim.scenario.parameters.series import WEEKLY


class Key(NamedTuple):
    """What a key means, its default and what it may be, where nothing declares it.

    `more` is what else there is to know before using it, `related` what goes with it.
    """

    meaning: str
    default: str = ""
    choices: str = ""
    more: str = ""
    related: tuple[str, ...] = ()


KEYS = {
    "schema": Key("version of this form of file", "1", "1"),
    "question": Key("what the scenario asks, in words; shown with its results"),
    "preset": Key(
        "the set of values that the file starts from: research evidence, or the articles",
        "evidence",
    ),
    "extends": Key(
        "another scenario; this file states only what differs from it, and arms of the same name"
        " are merged",
        more="The path is relative to this file.",
    ),
    "seed": Key("root of all random numbers", related=("replications",)),
    "replications": Key("independent worlds each arm is run in", related=("seed",)),
    "weeks": Key("weeks that are counted", related=("history_weeks",)),
    "history_weeks": Key(
        "weeks before week 0",
        more="The history is run once for each world, under the base (the file without its arms),"
        " without partners and without events; hours of effort.partners are left out, not"
        " spent on something else. What it leaves behind, clients, stories, the record, is"
        " where all arms start. An arm's own values act from week 0 on; only an arm's own"
        " population or number of trades decides the world it has a history in. Nothing of the"
        " history is counted.",
        related=("weeks", "arms", "baseline"),
    ),
    "treated": Key(
        "which businesses an arm's own settings act on: all of them, or the one in trade 0 while"
        " the others follow the base",
        "all",
        more="With `treated: one` the sections of a business, service, effort, asking,"
        " testimonials and partners, take an arm's values for the business of trade 0 alone."
        " All other sections belong to the town (its people, how they choose and talk, what"
        " they expect, group, one_to_ones, referral) and take an arm's values for everybody."
        " If it alone wants a group or partners, the others take part as guests, at no charge"
        " in hours. Outcomes count the treated businesses: the mean of all, or that one."
        " An arm's own values act from week 0 on; history runs under the base.",
        related=("arms", "history_weeks", "baseline"),
    ),
    "baseline": Key(
        "name of the arm that the others are compared with",
        "first arm",
        more="It is the yardstick of comparison.csv and changes nothing in any run. It is not the"
        " base: the base is the file without its arms, under which all history runs, also that"
        " of the baseline; the baseline's own values act from week 0 on, as any arm's do."
        " An arm that is {} is the base.",
        related=("arms", "history_weeks", "treated"),
    ),
    "allow_unequal_effort": Key(
        "whether arms may spend different hours a week",
        "false",
        "true or false",
        related=("arms", "effort"),
    ),
    "arms": Key(
        "the alternatives to compare: a name for each, and what it changes ({} for nothing)",
        "base",
        more="An arm writes sections as the top of the file does, and only what differs there."
        " All arms meet the same people, needs and luck, and spend equal hours a week (effort:"
        " service + asking + partners) unless allow_unequal_effort is true. An arm's own events"
        " replace those at the top. One value of one arm can be set by"
        " --set arms.NAME.talk.retell=0.1.",
        related=("baseline", "treated", "events", "effort", "allow_unequal_effort"),
    ),
    "events": Key(
        "what happens in one week: a complaint, a business that joins or leaves the group,"
        " parameters that change",
        more="Each event has a week, counted from 0, and exactly one of complaint, join, leave"
        " and set. `set` takes dotted names or sections and holds from that week on; it cannot"
        " change what decides the world before week 0, such as population. Trades are numbered"
        " from 0.",
        related=("weeks", "arms", "treated"),
    ),
    "plugins": Key(
        "Python files with plugs of your own; run only with --allow-plugins",
        more="Paths are relative to the scenario. A plug is a function registered by"
        " wom_sim.network, strategy, judgement, outcome or figure; its keyword-only arguments"
        " are its parameters in a scenario.",
        related=("population.network", "judgement.rule", "partners.strategies"),
    ),
    "outcomes": Key(
        "settings of those outcomes that take any, by the outcome's name",
        more="All outcomes are computed in every run, named here or not; those of the package"
        " take no settings.",
    ),
    "sweep": Key(
        "what wom_sim sweep varies: names, and the values that each takes",
        more="Names are those of --set: friends.weak, or arms.NAME.friends.weak for one arm. Values"
        " are a list, {linspace: [from, to, how many]} with even steps, or {logspace: [from, to,"
        " how many]} with even factors. Every combination is a point; the last name varies"
        " fastest. With `design: latin_hypercube` or `sobol`, `points: 64` are drawn instead"
        " (for sobol a power of two), and a name has {range: [from, to]} or {log_range: [from,"
        " to]}; the draw goes by the seed. Whole numbers are rounded. All points meet the same"
        " people, needs and luck, so that they differ by their settings alone. At most 10,000"
        " points. A plain run leaves the sweep out; wom_sim sweep FILE runs it.",
        related=("arms", "seed", "replications", "extends"),
    ),
    "precision": Key(
        "how surely a difference is to be known: worlds are run until it is, in place of a number"
        " of replications",
        more="{outcome: clients_won, half_width: 2} runs `least` worlds (30), then ten at a time,"
        " until the 95 % interval of every arm's difference from the baseline is at most 2 to"
        " either side, in the outcome's unit, and has stayed so for the last 5 worlds (5 % of them"
        " above 100); with several arms the intervals hold together. It ends at `most` worlds"
        " (1,000) and says so if that was not enough. With one arm the mean is meant, and"
        " {relative: 0.05} asks for an error of 5 % of a positive mean. It never looks at which"
        " arm is ahead, so stopping favours none. Worlds are looked at in their order, so workers"
        " and interruptions change nothing. It stands in place of replications.",
        related=("replications", "arms", "baseline"),
    ),
    "claim": Key(
        "a claim that wom_sim claims tests: number, quotation, source, and tests",
        more="Each test has a measure (an outcome, or one of those that the JSON Schema lists), a"
        " contrast of arms, an effect (difference, ratio, interaction or shapley), a rule (above,"
        " below or within, with value, and to), and may leave out weeks before first_week or hold"
        " the measure `against` another. A variant of the claim holds where all its tests do."
        " `input` says which parameters assert the claim; then it is no finding. A plain run"
        " leaves the claim out.",
        related=("arms", "sweep", "question"),
    ),
    "observed": Key(
        "what is known of a real business, for wom_sim fit to move assumed numbers by",
        more=f"Quantities are {', '.join(QUANTITIES)}: shares are of new clients, unhappy_share"
        " of jobs. Each is a number, or {value: 60, give_or_take: 8} with its standard error."
        " They are of one business in `arm` (the baseline), from week `from_week` (0) to the end:"
        " with `treated: one` that of trade 0, otherwise any. Those in `hold_out: [names]` are"
        " not fitted to, but predicted. `series: {new_clients: mine.csv}` reads a weekly series"
        f" ({', '.join(WEEKLY)}) from a CSV file beside the scenario: a column week, from 0, and"
        " one of that name, or {path: mine.csv, column: its name}; weeks may be missing. A fit"
        " uses its means over spans of a quarter, half a year or a year, at most six where these"
        " suffice. A plain run leaves it out; wom_sim fit FILE uses it.",
        related=("arms", "baseline", "treated", "weeks"),
    ),
    "explore": Key(
        "what wom_sim explore lets a trainer move on its page, and the questions on its buttons",
        more="`sliders` are names of single numbers, arms.NAME. before that of one arm; each takes"
        " {} or {range: [from, to], says: '{} of people in need ask'}, {} standing for the value"
        " and (s) for a plural. A slider acts from week 0 on, in all arms that do not set the"
        " number themselves. `presets` are up to four questions, each with the sliders that it"
        " sets. `compare` names the two arms whose worlds are held against each other: the one in"
        " the headline is the second. The page's town has `people` inhabitants (1,000), not"
        " population.size, so that answers come at once. What is left out has a good default. A"
        " plain run leaves it out.",
        related=("arms", "sweep", "question"),
    ),
    "figures": Key(
        "settings of those figures that take any, by the figure's name",
        more="All figures are drawn in every run, named here or not; those of the package take"
        " no settings.",
    ),
}
"""In the order in which a file is best written."""

_HOURS = (
    "Hours do not limit how many partners a business is linked with; they limit how often it sees"
    " them. Each week effort.partners is put aside; the group's meeting, where there is one,"
    " takes group.meeting_hours of it first, then each one-to-one takes one_to_ones.hours of both"
    " sides, as far as hours reach, the pairs in random order. So 4 hours, less 1.5 for a meeting,"
    " pay for two one-to-ones of 1.25, and each of 26 members is met about once in 13 weeks, while"
    " visibility and training fade every week. Hours that exceed a week's worth at its end go"
    " back to service."
)

MORE = {
    "partners.count": f"{_HOURS} Pairs are made once,"
    " at week 0, as long as both sides want more partners.",
    "partners.group": f"{_HOURS} The group seats the trades from 0 on, as far as group.size goes.",
    "population.network": "The network says who knows whom; population.ties says which of these"
    " ties are strong.",
    "population.professionals": "Any network will do, among the trades.count businesses instead of"
    " the people; explain population.network lists them. Ties go both ways, but those of a file"
    " from the first to the second. They say who can refer to whom, as who is close enough to know"
    " the other's work; who is in a group or has partners is decided by partners.group and"
    " partners.count alone, and whether a need is passed by all that referral tells.",
}
"""What else there is to know about a parameter before using it."""
