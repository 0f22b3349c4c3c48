"""A scenario file resolved: defaults < preset < the file < `--set` < an arm's overrides."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from wom_sim.scenario import quantities, registry
from wom_sim.scenario.arms import (
    Dated,
    Plan,
    State,
    arms,
    events,
    few_events,
    normal,
    overrides,
    refuse_reach,
    refuse_trades,
    refuse_unequal_effort,
)
from wom_sim.scenario.checks import (
    find,
    plug,
    plug_settings,
    refuse,
    refuse_unknown,
    sift,
    strategies,
    written,
)
from wom_sim.scenario.claim import refuse_claim, written_claim
from wom_sim.scenario.dump import (
    FILE_KEYS,
    RUN_KEYS,
    SCHEMA,
    SECTIONS,
    too_long,
    written_event,
)
from wom_sim.scenario.explore import explore_of
from wom_sim.scenario.faults import Fault, ScenarioError, quoted, suggestion
from wom_sim.scenario.files import Found, Permission, Surroundings, changed
from wom_sim.scenario.layers import overlay, picked, preset_tree
from wom_sim.scenario.observed import observed_of
from wom_sim.scenario.parameters import Arm, Claim, Parameters, Plugin, Scenario
from wom_sim.scenario.permitted import plugins_of
from wom_sim.scenario.precision import precision_of
from wom_sim.scenario.quantities import HORIZON
from wom_sim.scenario.reader import Node
from wom_sim.scenario.registry import NETWORKS, PEOPLE, PLACES
from wom_sim.scenario.relations import cross_check, cross_check_run, words
from wom_sim.scenario.scalars import Refusal
from wom_sim.scenario.sources import content, gather
from wom_sim.scenario.sweep import fitting, written_sweep


class Registries(NamedTuple):
    """The plugs that a scenario may name."""

    networks: registry.Registry = registry.networks
    judgements: registry.Registry = registry.judgements
    strategies: registry.Registry = registry.strategies
    outcomes: registry.Registry = registry.outcomes
    figures: registry.Registry = registry.figures


DEFAULT = Registries()
KEYS_IN_ORDER = ("question", "preset", "arms", "events", "replications", "weeks", "treated")
"""Keys that are named first where a key is unknown."""
APART = ("sweep", "claim", "observed", "explore")
"""Keys that commands of their own read."""
NO_PERMISSION = Permission()


def read(
    path: str | os.PathLike[str],
    *,
    settings: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    allowed: Permission = NO_PERMISSION,
    registries: Registries = DEFAULT,
    plain: bool = False,
) -> Scenario:
    """The scenario in the file at `path`; the other arguments are those of `read_text`.

    Raises ScenarioError with every fault of the file, or one for a file that cannot be read, or
    that could not be read again as its results keep it.
    """
    scenario = read_text(
        content(Path(path)),
        os.fspath(path),
        settings=settings,
        seed=seed,
        replications=replications,
        allowed=allowed,
        registries=registries,
        plain=plain,
    )
    problem = too_long(scenario)
    if problem:
        raise ScenarioError([Fault(os.fspath(path), 0, 0, "", problem, "split the scenario")])
    return scenario.model_copy(update={"folder": str(Path(path).parent)})


def read_text(
    text: str | bytes,
    name: str,
    *,
    settings: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    allowed: Permission = NO_PERMISSION,
    registries: Registries = DEFAULT,
    plain: bool = False,
) -> Scenario:
    """The scenario in `text`; `name` is the file's name, for faults and for `Scenario.stem`.

    `settings` are texts `dotted.name=value`, as if written at the top level of the file, or in
    an arm with `arms.NAME.dotted.name=value`. `seed` and `replications` win over all of them.
    With `plain` what a plain run goes without is left out unread (`APART`): settings of every
    arm would put a sweep of the same name at fault.
    Files that it names are looked for beside `name`. Plugins that are `allowed` are run.
    Raises ScenarioError with every fault, in the order of the file.
    """
    numbers = {"seed": seed, "replications": replications}
    options = [(f"--set {setting}", setting) for setting in settings]
    options += [(f"--{k} {v}", f"{k}={v}") for k, v in numbers.items() if v is not None]
    log: list[Fault] = []
    texts: dict[str, str] = {}
    around = Surroundings(Path(name).parent, texts, allowed)
    try:
        tree = gather(text, name, options, around, texts, log)
        if plain and isinstance(tree.value, dict):
            kept = {key: node for key, node in tree.value.items() if key not in APART}
            tree = tree._replace(value=kept)
        named = plugins_of(tree, around, log)
        scenario = _Resolution(tree, Path(name).stem, registries, around, named, log).scenario()
        if log:
            raise ScenarioError(log)
    except ScenarioError as error:
        raise ScenarioError(_in_order(error.faults, name), texts) from None
    return scenario


class _Resolution:
    """One scenario being resolved; faults go to `log`, and what is at fault is left out."""

    def __init__(
        self,
        tree: Node,
        stem: str,
        plugs: Registries,
        around: Surroundings,
        named: tuple[Plugin, ...],
        log: list[Fault],
    ) -> None:
        self._top = dict(tree.value) if isinstance(tree.value, dict) else {}
        self._tree, self._stem, self._plugs, self._log = tree, stem, plugs, log
        self._around, self._plugins = around, named
        self._fingerprints: dict[Found, str] = {}
        self._people: dict[str, int] = {}
        # Most arms share the base's plugs; the nodes are kept so that no other gets their id.
        self._plugged: dict[tuple[str, int], tuple[Node | None, dict[str, Any] | None]] = {}

    def scenario(self) -> Scenario:
        self._refuse_unknown_keys()
        self._refuse_schema()
        run = self._run()
        base = self._settled(overlay(preset_tree(run.preset), self._part(SECTIONS)))
        doubtful = words(self._log)
        self._last = HORIZON if "weeks" in doubtful else run.weeks
        self._trades_known = not {"trades", "population"} & doubtful
        dated = events(self._top.get("events"), self._last, self._log)
        named = arms(self._tree, self._top.get("arms"), self._log)
        named = few_events(named, len(dated), self._tree, self._log)
        plans = [self._plan(name, node, base, dated, run) for name, node in named]
        precise = precision_of(self._top, len(plans), self._plugs.outcomes, self._log)
        most = {"replications": precise.most} if precise else {}
        self._cross_check(plans, run.model_copy(update=most))
        states = self._states(base.tree, base.parameters, dated if named else ())
        parts = {
            "plugins": self._plugins,
            "outcomes": plug_settings(self._top.get("outcomes"), self._plugs.outcomes, self._log),
            "figures": plug_settings(self._top.get("figures"), self._plugs.figures, self._log),
            "base": base.parameters,
            "events": normal(dated if named else (), states),
            "arms": tuple(plan.arm for plan in plans),
            "baseline": self._baseline(run, plans),
        }
        if precise is not None:
            parts |= {"precision": precise, "replications": precise.least}
        swept = written_sweep(self._top.get("sweep"), self._log)
        parts["claim"] = self._claim([plan.arm.name for plan in plans], run.weeks)
        found = run.model_copy(update=parts)
        known = observed_of(self._top.get("observed"), found, self._around, self._log)
        page = explore_of(self._top.get("explore"), found, self._log)
        found = found.model_copy(update={"observed": known, "explore": page})
        # Its values are held against the scenario, which must be sound for that.
        if swept is None or self._log:
            return found
        return found.model_copy(update={"sweep": fitting(swept, self._tree, found, self._log)})

    def _claim(self, named: Sequence[str], weeks: int) -> Claim | None:
        node = self._top.get("claim")
        claim = written_claim(node, self._log)
        if claim is not None and node is not None and not self._log:
            refuse_claim(claim, node, named, weeks, self._log)
        return claim

    def _part(self, keys: Iterable[str]) -> Node:
        chosen = {key: self._top[key] for key in keys if key in self._top}
        return self._tree._replace(value=chosen)

    def _refuse_unknown_keys(self) -> None:
        known = (*KEYS_IN_ORDER, *SECTIONS, *RUN_KEYS, *FILE_KEYS)
        for key, node in self._top.items():
            if key not in known:
                refuse_unknown(key, node, known, self._log)

    def _refuse_schema(self) -> None:
        node = self._top.get("schema")
        if node is None or isinstance(node.value, Refusal):
            return
        if node.value == SCHEMA and node.value is not True:
            return
        newer = isinstance(node.value, int) and node.value > SCHEMA
        problem = f"{written(node)} is newer than this program ({SCHEMA})"
        remedy = "update wom_sim"
        if not newer:
            problem, remedy = f"must be {SCHEMA}, got {written(node)}", ""
        refuse(self._log, node, problem, remedy)

    def _run(self) -> Scenario:
        part = self._part(RUN_KEYS[1:])
        stem = Node(self._stem, self._tree.mark, self._tree.mark, "stem")
        keys = part.value if isinstance(part.value, dict) else {}
        _, run = sift(Scenario, part._replace(value={**keys, "stem": stem}), self._log)
        return run or Scenario(stem=self._stem)

    def _settled(self, tree: Node, week: int = 0) -> State:
        clean, found = sift(Parameters, tree, self._log)
        settled = found or Parameters()
        for place in PLACES:
            chosen = self._once(place.name, clean, partial(self._plug, place))
            settled = _with(settled, place.section, place.key, chosen)
        shares = self._once("partners.strategies", clean, self._strategies)
        return State(week, clean, _with(settled, "partners", "strategies", shares))

    def _once(
        self, place: str, tree: Node, resolve: Callable[[Node], dict[str, Any] | None]
    ) -> dict[str, Any] | None:
        """What `resolve` makes of the plugs at `place`; for the same node only once."""
        node = find(tree, place.split("."))
        known = (place, id(node))
        if known not in self._plugged:
            self._plugged[known] = node, resolve(tree)
        return self._plugged[known][1]

    def _strategies(self, tree: Node) -> dict[str, Any] | None:
        return strategies(tree, self._plugs.strategies, self._log)

    def _plug(self, place: registry.Place, tree: Node) -> dict[str, Any] | None:
        """The plug at `place` with its parameters; a file it reads is found and fingerprinted."""
        plugs = next(known for known in self._plugs if known.kind == place.plugs.kind)
        chosen = plug(tree, place.name, plugs, self._log)
        for key in quantities.files(plugs[chosen["kind"]].section) if chosen else ():
            file = find(tree, (place.section, place.key, key))
            if file is not None and chosen is not None:
                parent = find(tree, (place.section, place.key))
                chosen = self._fingerprinted(chosen, key, file, parent)
        return chosen

    def _fingerprinted(
        self, chosen: dict[str, Any], key: str, node: Node, parent: Node | None
    ) -> dict[str, Any] | None:
        known = str(chosen.get("sha256", ""))
        found = self._around.find(node, self._log, known)
        if found is None:
            return None
        if "sha256" not in chosen:
            return {**chosen, key: found.path}
        if found not in self._fingerprints:
            self._fingerprints[found] = found.fingerprint()
            self._count_people(found, chosen, node)
        actual = self._fingerprints[found]
        if known and known != actual and parent is not None:
            where = find(parent, ("sha256",)) or node
            refuse(self._log, where, *changed(chosen[key], actual))
        return {**chosen, key: found.path, "sha256": actual}

    def _count_people(self, found: Found, chosen: dict[str, Any], node: Node) -> None:
        """Read the file far enough to know its people, for networks that say how."""
        kinds = self._plugs.networks
        facts = kinds[chosen["kind"]].facts if chosen["kind"] in kinds else {}
        try:
            if "people" in facts:
                self._people[found.path] = facts["people"](found.place)
        except ValueError as error:
            refuse(self._log, node, str(error), "mend the file")

    def _refuse_other_size(self, state: State) -> None:
        """Refuse a file with another number of people, or with fewer than there are trades."""
        for place in NETWORKS:
            spec, size = place.of(state.parameters), place.number(state.parameters)
            people = self._people.get(spec.get("path", ""), size)
            if people < size or (people > size and place is PEOPLE):
                node = find(state.tree, (place.section, place.key, "path")) or state.tree
                wanted = f"not {size}" if place is PEOPLE else f"fewer than the {size} trades"
                problem = f"{quoted(spec['path'])} holds {people} people, {wanted}"
                refuse(self._log, node, problem, f"write {place.size}: {people}")

    def _plan(
        self,
        name: str,
        node: Node,
        base: State,
        dated: tuple[Dated, ...],
        run: Scenario,
    ) -> Plan:
        above = overrides(node, self._log)
        state = self._settled(overlay(base.tree, above))
        own = node.value.get("events") if isinstance(node.value, dict) else None
        dated = events(own, self._last, self._log) if own else dated
        states = self._states(state.tree, state.parameters, dated)
        if self._trades_known:
            refuse_trades(dated, state.parameters.trades.count, self._log)
            refuse_reach(dated, state.parameters.population.size, self._log)
        happening = normal(dated, states)
        above_base = picked(state.parameters.model_dump(), above)
        for place in PLACES:
            written, whole = above_base.get(place.section, {}), place.of(state.parameters)
            if "path" in written.get(place.key, {}) and "sha256" in whole:
                written[place.key]["sha256"] = whole["sha256"]
        if own:
            above_base["events"] = [written_event(event) for event in happening]
        in_force = {later.week: later.parameters for later in states[1:]}
        arm = Arm(
            name=name,
            overrides=above_base,
            parameters=state.parameters,
            events=happening,
            changes=tuple(in_force.items()),
        )
        return Plan(arm, node, states, dated)

    def _states(
        self, tree: Node, parameters: Parameters, dated: Iterable[Dated]
    ) -> tuple[State, ...]:
        """The state at the start and after each event `set`, in order of week."""
        states = [State(0, tree, parameters)]
        for event, node in sorted(dated, key=lambda pair: pair[0].week):
            change = find(node, ("set",))
            if change is not None:
                above = overlay(states[-1].tree, change)
                states.append(self._settled(above, event.week))
        return tuple(states)

    def _cross_check(self, plans: Sequence[Plan], run: Scenario) -> None:
        doubtful = words(self._log)
        for plan in plans:
            for state in plan.states:
                self._refuse_other_size(state)
                self._log += cross_check(
                    state.tree, state.parameters, doubtful, self._plugs.networks
                )
        self._log += cross_check_run(self._tree, run, [plan.arm.parameters for plan in plans])
        if not run.allow_unequal_effort and "effort" not in doubtful:
            refuse_unequal_effort(plans, self._log)

    def _baseline(self, run: Scenario, plans: Sequence[Plan]) -> str:
        names = [plan.arm.name for plan in plans]
        if not run.baseline and names:
            return names[0]
        if names and run.baseline not in names:
            node = self._top.get("baseline", self._tree)
            problem = f"no arm {quoted(run.baseline)}"
            refuse(self._log, node, problem, suggestion(run.baseline, names))
        return run.baseline


def _in_order(log: Iterable[Fault], name: str) -> list[Fault]:
    unlike = dict.fromkeys(log)
    return sorted(unlike, key=lambda fault: (fault.file != name, fault.line, fault.column))


def _with(settled: Parameters, section: str, key: str, value: Any) -> Parameters:
    """`settled` with a value in a section, unchanged where the value is None."""
    if value is None:
        return settled
    own = getattr(settled, section).model_copy(update={key: value})
    return settled.model_copy(update={section: own})
