"""One world: its history once, then each arm on a copy of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market import chance, record
from wom_sim.market.calendar import Change, Market, Visits, Week
from wom_sim.market.needs import Needs, schedule
from wom_sim.market.state import State, World, build_world, copy_state, fresh_state, per_trade
from wom_sim.scenario.parameters import Arm, Parameters, Scenario

Floats = NDArray[np.float64]

FOCAL = 0
"""Trade of the one business that is treated, with `treated: one`."""


class Replication(NamedTuple):
    """What one world gave: for each arm a record (weeks, K, measures) and its network's print."""

    number: int
    record: tuple[Floats, ...]
    fingerprints: tuple[str, ...]


class Past(NamedTuple):
    """A world at week 0, shared by the arms that do not change the world itself.

    rates: (history and weeks, K) needs a person and year; needs: what arises at these rates.
    """

    world: World
    fingerprint: str
    state: State
    visits: Visits
    rates: Floats
    needs: Needs


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
    rates = _rates(scenario, parameters, parameters, ())
    needs = schedule(key, world.seat, rates)
    market = Market(world, state, needs, -weeks, weeks, np.ones(world.trades, np.bool_))
    market.set_parameters(alone, alone)
    if weeks:
        market.run()
    return Past(world, fingerprint, state, market.visits, rates, needs)


def run_arm(
    scenario: Scenario, past: Past, arm: Arm, before: Parameters, into: State | None = None,
    **watching: Any,
) -> Market:
    """Run an arm on a copy of the past; `before` are the parameters its history ran under.

    `into` is the state of an arm that is done with, of the same world.
    """
    world, start = past.world, scenario.history_weeks
    treated = treated_of(scenario, world.trades)
    others = None if scenario.treated == "all" else scenario.base
    rates = _rates(scenario, before, arm.parameters, arm.changes)
    same = np.array_equal(rates, past.rates)
    needs = past.needs if same else schedule(world.key, world.seat, rates)
    needs = needs._replace(first=needs.first[start:])
    state = copy_state(past.state, into)
    market = Market(world, state, needs, 0, scenario.weeks, treated, past.visits,
                    past=start, **watching)
    market.set_parameters(arm.parameters, others or arm.parameters)
    market.start_arms(before)
    changes = [Change(week, own, others or own) for week, own in arm.changes]
    market.run(arm.events, changes)
    record.check(market)
    return market


def _rates(scenario: Scenario, before: Parameters, after: Parameters, changes: Any) -> Floats:
    """Needs a person and year in each week: those of `before` up to week 0, then the arm's.

    None arise while needs come once: these are open from the first week on.
    """
    start = scenario.history_weeks
    rates = np.empty((start + scenario.weeks, after.trades.count))
    rates[:start] = _rates_of(before)
    rates[start:] = _rates_of(after)
    for week, parameters in changes:
        rates[start + week :] = _rates_of(parameters)
    return rates


def _rates_of(parameters: Parameters) -> Floats:
    """Needs a person and year in each trade, (K,)."""
    if parameters.trades.needs == "once":
        return np.zeros(parameters.trades.count)
    return per_trade(parameters.trades.need_rate, parameters.trades.count)


def past_parameters(scenario: Scenario, arm: Arm) -> Parameters:
    """The base parameters in the arm's own world: population and number of trades are the arm's.

    With another number of trades the arm's trades hold, since lists have one entry for each.
    """
    base, own = scenario.base, arm.parameters
    if own.trades.count == base.trades.count:
        return base.model_copy(update={"population": own.population})
    return base.model_copy(update={"population": own.population, "trades": own.trades})


def replicate(scenario: Scenario, number: int) -> Replication:
    """Run every arm in world `number`; equal numbers give equal worlds whatever else runs."""
    pasts: list[tuple[Parameters, Past]] = []
    done: dict[int, State] = {}
    records, fingerprints = [], []
    for arm in scenario.arms:
        before = past_parameters(scenario, arm)
        past = next((known for parameters, known in pasts if parameters == before), None)
        if past is None:
            past = history_of(scenario, before, number)
            pasts.append((before, past))
        market = run_arm(scenario, past, arm, before, done.get(id(past)))
        done[id(past)] = market.state
        records.append(market.record)
        fingerprints.append(past.fingerprint)
    return Replication(number, tuple(records), tuple(fingerprints))


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
    run_arm(scenario, past, arm, before, watch=lambda week: seen.append(_kept(week)), trace=trace)
    return Story(tuple(seen), clients)


def _kept(week: Week) -> Week:
    """The week without the room for word of mouth that it did not need, which is most of it."""
    told = week.told
    return week._replace(told=told._replace(trace=told.trace[: told.traced[0]].copy()))
