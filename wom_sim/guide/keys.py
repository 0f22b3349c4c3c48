"""Keys of a scenario file that are no section's: what each means."""

from __future__ import annotations

from typing import NamedTuple


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
    "history_weeks": Key("weeks before week 0", related=("weeks",)),
    "treated": Key(
        "which businesses an arm's own settings act on: all of them, or the one in trade 0 while"
        " the others follow the base",
        "all",
        related=("arms",),
    ),
    "baseline": Key(
        "name of the arm that the others are compared with", "first arm", related=("arms",)
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
    "outcomes": Key("settings of those outcomes that take any, by the outcome's name"),
    "figures": Key("settings of those figures that take any, by the figure's name"),
}
"""In the order in which a file is best written."""
