"""One world: its history once, then each arm on a copy of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market import chance, record
from wom_sim.market.calendar import Change, Market, Visit, Week
from wom_sim.market.needs import Needs, schedule
from wom_sim.market.partners import join_up
from wom_sim.market.state import State, World, build_world, copy_state, fresh_state, per_trade
from wom_sim.scenario.parameters import Arm, Parameters, Scenario

Floats = NDArray[np.float64]

FOCAL = 0
"""Trade of the one business that is treated, with `treated: one`."""


class Replication(NamedTuple):
    """What one world gave: record (arms, weeks, K, measures) and fingerprints of its networks."""

    number: int
    record: Floats
    fingerprints: tuple[str, ...]


class Past(NamedTuple):
    """A world at week 0, shared by the arms that do not change the world itself."""

    world: World
    fingerprint: str
    state: State
    visits: tuple[Visit, ...]


def treated_of(scenario: Scenario, trades: int) -> NDArray[np.bool_]:
    """Which businesses an arm's overrides act on, (K,)."""
    mask = np.ones(trades, np.bool_)
    if scenario.treated == "one":
        mask[:] = False
        mask[FOCAL] = True
    return mask


def history_of(scenario: Scenario, parameters: Parameters, number: int) -> Past:
    """Build the world and run its history, without partners, under `parameters`."""
    key = chance.key_of(scenario.seed, number)
    world, fingerprint = build_world(parameters, key, scenario.folder)
    weeks = scenario.history_weeks
    state = fresh_state(world, parameters, weeks + scenario.weeks)
    alone = parameters.model_copy(
        update={
            "partners": parameters.partners.model_copy(update={"group": False, "count": 0}),
            "effort": parameters.effort.model_copy(update={"partners": 0.0}),
        }
    )
    needs = _needs(scenario, world, parameters, parameters, ())
    everybody = np.ones(world.trades, np.bool_)
    market = Market(world, state, needs, -weeks, weeks, everybody)
    market.set_parameters(alone, alone)
    if weeks:
        market.run()
    return Past(world, fingerprint, state, tuple(market.visits))


def run_arm(
    scenario: Scenario, past: Past, arm: Arm, before: Parameters, **watching: Any
) -> Market:
    """Run an arm on a copy of the past; `before` are the parameters its history ran under."""
    world = past.world
    treated = treated_of(scenario, world.trades)
    whole = scenario.treated == "all"
    needs = _needs(scenario, world, before, arm.parameters, arm.changes)
    rest_of_needs = Needs(needs.first[scenario.history_weeks :], *needs[1:])
    state = copy_state(past.state)
    state.businesses.exposures[:, : scenario.weeks] = (
        past.state.businesses.exposures[:, scenario.history_weeks :]
    )
    market = Market(world, state, rest_of_needs, 0, scenario.weeks, treated, past.visits,
                    **watching)
    others = arm.parameters if whole else scenario.base
    market.set_parameters(arm.parameters, others)
    join_up(world, state, market.own, treated, arm.parameters)
    changes = [Change(week, own, own if whole else scenario.base) for week, own in arm.changes]
    market.run(arm.events, changes)
    record.check(market.record, market.budget, market.capacity, state)
    return market


def _needs(
    scenario: Scenario, world: World, before: Parameters, after: Parameters, changes: Any
) -> Needs:
    """Needs of history and arm: rates of `before` up to week 0, then the arm's."""
    start, trades = scenario.history_weeks, world.trades
    rates = np.empty((start + scenario.weeks, trades))
    rates[:start] = per_trade(before.trades.need_rate, trades)
    rates[start:] = per_trade(after.trades.need_rate, trades)
    for week, parameters in changes:
        rates[start + week :] = per_trade(parameters.trades.need_rate, trades)
    return schedule(world.key, world.seat, rates)


def past_parameters(scenario: Scenario, arm: Arm) -> Parameters:
    """The base parameters in the arm's own world: population and number of trades are the arm's."""
    trades = arm.parameters.trades
    if arm.parameters.population == scenario.base.population and (
        trades.count == scenario.base.trades.count
    ):
        return scenario.base
    return scenario.base.model_copy(
        update={"population": arm.parameters.population, "trades": trades}
    )


def replicate(scenario: Scenario, number: int) -> Replication:
    """Run every arm in world `number`; equal numbers give equal worlds whatever else runs."""
    pasts: list[tuple[Parameters, Past]] = []
    records, fingerprints = [], []
    for arm in scenario.arms:
        before = past_parameters(scenario, arm)
        past = next((known for parameters, known in pasts if parameters == before), None)
        if past is None:
            past = history_of(scenario, before, number)
            pasts.append((before, past))
        records.append(run_arm(scenario, past, arm, before).record)
        fingerprints.append(past.fingerprint)
    return Replication(number, np.array(records), tuple(fingerprints))


class Story(NamedTuple):
    """Everything one business saw in one world: week by week."""

    weeks: tuple[Week, ...]
    clients: NDArray[np.int64]


def tell_story(scenario: Scenario, arm: Arm, number: int, trace: int = 200_000) -> Story:
    """Run one arm of one world again, watching; the same numbers come out."""
    before = past_parameters(scenario, arm)
    past = history_of(scenario, before, number)
    clients = np.flatnonzero(past.state.people.provider[:, FOCAL] == 1)
    seen: list[Week] = []
    run_arm(scenario, past, arm, before, watch=seen.append, trace=trace)
    return Story(tuple(seen), clients)
