"""How a run was made: the reviewers' checklist and the summary of the model, both generated.

The checklist is STRESS-ABS (Monks, Currie, Onggo, Robinson, Kunc and Taylor 2019), the summary
follows ODD (Grimm et al. 2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wom_sim.guide.steps import STEPS
from wom_sim.guide.telling import number
from wom_sim.guide.week import week
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.registry import outcomes
from wom_sim.show.page.kept import Kept
from wom_sim.show.page.sheets import Sheet
from wom_sim.show.text import clean
from wom_sim.show.wording import counted, span

WIDE = 1_000_000
"""Columns of a text that is not to be broken into lines."""
KINDS = {"run": "a run", "sweep": "a sweep", "sensitivity": "a sensitivity study", "fit": "a fit"}


class Part(NamedTuple):
    """A heading and its paragraphs."""

    heading: str
    texts: tuple[str, ...]


def facts(kept: Kept) -> Sheet:
    """Seed, versions and fingerprints, as in the manifest."""
    made, versions = kept.made, dict(kept.made.get("versions", {}))
    own = versions.pop("wom_sim", "")
    rows = [("wom_sim", str(own)), ("seed", str(made.get("seed", "")))]
    if kept.scenario is not None:
        rows += [("scenario", clean(kept.scenario.stem)), ("preset", kept.scenario.preset)]
    rows += [("fingerprint of the scenario (SHA-256)", str(made.get("scenario_hash", ""))),
             ("version of the random numbers", str(made.get("rng", "")))]
    rows += [(f"file {clean(name)} (SHA-256)", str(print_))
             for name, print_ in made.get("inputs", {}).items()]
    rows += [("stands on", ", ".join(f"{name} {one}" for name, one in sorted(versions.items())))]
    shown = tuple((name, value) for name, value in rows if value)
    return Sheet("What made these results", ("what", "value"), shown)


def again(kept: Kept) -> str:
    """How to make the same bytes once more."""
    if kept.kind in ("run", "sweep"):
        return "wom_sim verify runs scenario.yaml of this folder again and compares every byte."
    return "The same command with the same seed and versions writes the same tables."


def odd(scenario: Scenario) -> list[Part]:
    """The model in the order of the ODD protocol, with this scenario's numbers."""
    told = _sections(scenario)
    p = scenario.base
    return [
        Part("1 Purpose and patterns", (
            _purpose(scenario),
            "Patterns that it is held against: python -m wom_sim patterns compares simulated"
            " worlds with patterns that studies published.",
        )),
        Part("2 Entities, state variables, scales", (
            f"People ({number(p.population.size)}), who have ties, a provider in each trade,"
            " memories of stories and needs; businesses (one simulated in each of"
            f" {counted(p.trades.count, 'trade')}, the rest of the market as one), which have"
            " hours, quality, a public record, clients; partner ties, which have visibility,"
            " credibility and training; the group.",
            f"A step is a week; {span(scenario.weeks)} are counted, after"
            f" {counted(scenario.history_weeks, 'week')} of history. Space is the network of ties.",
            *told.get("THE TOWN", ())[:1],
        )),
        Part("3 Process overview and scheduling", (
            f"Every week, in this order: {', '.join(step.title.lower() for step in _steps())}."
            f" {_UPDATING[p.choice.updating]}",
        )),
        Part("4 Design concepts", tuple(_concepts(scenario))),
        Part("5 Initialization", told.get("THE TOWN", ())[1:] or ("No history.",)),
        Part("6 Input data", (_inputs(scenario),)),
        Part("7 Submodels", told.get("THE WEEK, IN ORDER", ())),
    ]


_UPDATING = {
    "together": "All needs of a week meet the state of the week's beginning.",
    "one_by_one": "Needs of a week are decided one after another, each in the state of its moment.",
}


def _steps() -> list[Any]:
    return [step for step in STEPS if step.place.isdigit()]


def _concepts(scenario: Scenario) -> Iterator[str]:
    yield ("Basic principles: disconfirmed expectations decide who talks (Oliver 1980), messages"
           " add as hazards, referrals need visibility and credibility.")
    yield ("Emergence: clients won, where they come from, referrals, talk and reputation follow"
           " from single decisions; none of them is set.")
    yield ("Adaptation and learning: clients stay or leave after each job, expectations move"
           " towards the quality met, partners answer what they received.")
    yield ("Sensing and interaction: a person knows what friends, partners, memory and the public"
           " record say; stories travel over ties.")
    yield ("Stochasticity: every draw has an address made of seed, world, week and purpose, so"
           f" arms share their luck. Seed {scenario.seed}.")
    yield ("Collectives: trades, circles of ties, spheres of trades, the referral group."
           " Objectives and prediction: none; nobody optimises.")
    yield f"Observation: {counted(len(list(outcomes)), 'outcome')} a world and weekly measures."


def _purpose(scenario: Scenario) -> str:
    question = clean(scenario.question) if scenario.question else "No question is written down."
    return ("To compare what a service business may do with its hours: serve, ask its customers,"
            f" or trade referrals with partners. Here: {question}")


def _inputs(scenario: Scenario) -> str:
    files = [plugin.path for plugin in scenario.plugins]
    network = scenario.base.population.network
    files += [network["path"]] if network.get("path") else []
    named = f" Files: {', '.join(map(clean, files))}." if files else ""
    events = f"{counted(len(scenario.events), 'event')} change the course." if scenario.events \
        else "Nothing outside the model drives it over time."
    return f"{events}{named}"


def _sections(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """What `explain FILE` says, by its headings; a paragraph a text."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in week(scenario, WIDE).splitlines():
        if line and line == line.upper() and not line.startswith(" "):
            heading = line
        elif line.strip():
            found.setdefault(heading, []).append(line.strip())
    return {name: tuple(texts) for name, texts in found.items()}


def stress(kept: Kept, scenario: Scenario) -> Sheet:
    """The reviewers' checklist STRESS-ABS, filled in from the scenario and the declarations."""
    rows = [(item, name, answer) for item, name, answer in _answers(kept, scenario)]
    return Sheet("STRESS-ABS: strengthening the reporting of agent-based simulation",
                 ("item", "asks for", "answer"), tuple(rows))


def _answers(kept: Kept, scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    p, arms = scenario.base, ", ".join(clean(arm.name) for arm in scenario.arms)
    numbers = [entry for entry in declarations(Parameters) if entry.is_number]
    guesses = sum(entry.assumed(scenario.preset) for entry in numbers)
    yield "1.1", "Purpose of the model", _purpose(scenario)
    yield ("1.2", "Model outputs", "Means over the treated businesses: "
           + ", ".join(name.replace("_", " ") for name in outcomes) + ".")
    yield "1.3", "Aims of the experiment", f"{_kind(kept)} that compares these arms: {arms}."
    yield "2.1", "Overview of the base model", "ODD summary below, parts 1 to 3."
    yield "2.2", "Logic of the base model", "ODD summary below, part 7, in the order of a week."
    yield "2.3", "Logic of the scenarios", "Table of what differs between the arms, above."
    yield ("2.4", "Algorithms", "Numba kernels over arrays, one mechanism a file; each names the"
           " source of its equation.")
    yield ("2.5.1", "Components: environment", f"{counted(p.trades.count, 'trade')}, a market of"
           " other businesses in each, a public record.")
    yield ("2.5.2", "Components: agents", f"{number(p.population.size)} people and"
           f" {counted(p.trades.count, 'business').replace('businesss', 'businesses')}.")
    yield ("2.5.3", "Components: topology of interaction",
           f"Network of people: {_plug(p.population.network)}; of professionals:"
           f" {_plug(p.population.professionals)}.")
    yield "2.5.4", "Components: entry and exit", "People and businesses stay; members may leave."
    yield ("3.1", "Sources of data", f"A source stands beside every parameter; {guesses} of"
           f" {counted(len(numbers), 'number')} are marked assumed.")
    yield "3.2", "Pre-processing", _inputs(scenario)
    yield "3.3", "Input parameters", "scenario.yaml of this folder holds every value."
    yield "3.4", "Assumptions", "Section on assumptions, above."
    yield ("4.1", "Initialisation", f"{counted(scenario.history_weeks, 'week')} of history under"
           " the base, without partners; not counted.")
    yield ("4.2", "Run length", f"{counted(scenario.weeks, 'week')}; one world of one arm at a"
           " time.")
    yield ("4.3", "Estimation", f"{counted(_replications(kept), 'world')} an arm, paired"
           " by common random numbers; intervals hold for skewed outcomes.")
    versions: Mapping[str, str] = kept.made.get("versions", {})
    yield ("5.1", "Software", f"wom_sim {versions.get('wom_sim', '')}, Python"
           f" {versions.get('python', '')}; libraries in the table above.")
    yield ("5.2", "Random sampling", "Philox 4x32-10, counter-based: a draw is a function of its"
           f" address (Salmon et al. 2011). Seed {scenario.seed}.")
    yield ("5.3", "Execution", "Weeks in order by SimPy; worlds on several processes; the same"
           " bytes on any number of them.")
    yield "5.4", "System", "Any machine with Python 3.11 or newer; manifest.json names this one's."
    yield "6.1", "Sharing", f"Code under the MIT licence. {again(kept)}"


def _kind(kept: Kept) -> str:
    return KINDS.get(kept.kind, "a study").capitalize()


def _replications(kept: Kept) -> int:
    return int(kept.made["replications"])


def _plug(spec: Mapping[str, Any]) -> str:
    settings = [f"{key} {number(value) if isinstance(value, (int, float)) else value}"
                for key, value in spec.items()
                if key not in ("kind", "sha256") and value is not None]
    name = str(spec["kind"]).replace("_", " ")
    return clean(f"{name} ({', '.join(settings)})" if settings else name)
