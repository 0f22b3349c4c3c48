"""SimPy's calendar: the week of the market, meetings, one-to-ones, asking rounds, events.

Every institution is a process with its own period and phase; within a week they come in the
order of `PHASES`. SimPy schedules institutions, never consumers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from wom_sim.market import asking, choice, partners, record, reviews, service, talk
from wom_sim.market.needs import Needs
from wom_sim.market.state import (
    BUSINESS,
    Floats,
    Ints,
    State,
    World,
    columns_of,
    firms_of,
    per_trade,
    rules_of,
    sphere_matrix,
)
from wom_sim.scenario.parameters import Complaint, Event, Parameters

PHASES = {"events": 0.0, "market": 0.2, "asking": 0.4, "meeting": 0.6, "one_to_ones": 0.7,
          "close": 0.9}
"""When in its week each process acts, as a fraction of the week."""

YEAR = 52


class Visit(NamedTuple):
    """Who was served in a week: people and trades, (jobs,)."""

    week: int
    person: NDArray[np.int32]
    trade: NDArray[np.int16]


class Week(NamedTuple):
    """A week's events for whoever watches: needs, decisions, jobs and word of mouth."""

    week: int
    person: NDArray[np.int32]
    trade: NDArray[np.int16]
    ordinal: NDArray[np.int32]
    decisions: choice.Decisions
    jobs: service.Jobs
    told: talk.Told


class Market:
    """One arm of one world: parameters in force, state, calendar and record.

    `first` is the number of the first week (negative in history). `watch` is called with each
    Week; it never changes what happens. `trace` rows of word of mouth are kept a week.
    """

    def __init__(
        self, world: World, state: State, needs: Needs, first: int, weeks: int,
        treated: NDArray[np.bool_], visits: Sequence[Visit] = (),
        watch: Callable[[Week], None] | None = None, trace: int = 0,
    ) -> None:
        self.world, self.state, self.needs = world, state, needs
        self.first, self.weeks, self.treated = first, weeks, treated
        self.visits = list(visits)
        self.watch, self.trace = watch, trace
        self.story = talk.fresh_story(world.size)
        self.record = np.zeros((weeks, world.trades, len(record.MEASURES)))
        self.budget = np.zeros((weeks, world.trades))
        self.capacity = np.zeros((weeks, world.trades))

    def set_parameters(self, own: Parameters, others: Parameters) -> None:
        """Put parameters in force: `own` for the town and the treated, `others` for the rest."""
        self.parameters = own
        self.rules = rules_of(own)
        self.firms = firms_of(own, others, self.treated)
        self.own = columns_of(self.firms)
        self.spheres = sphere_matrix(own)
        self.value = per_trade(own.trades.job_value, self.world.trades)
        self.margin = per_trade(own.trades.margin, self.world.trades)

    def run(self, events: Sequence[Event] = (), changes: Sequence[Change] = ()) -> None:
        """Run all weeks. Call `set_parameters` first; `changes` put others in force later."""
        env = simpy.Environment(initial_time=self.first)
        for number, event in enumerate(events):
            env.process(_once(env, event.week, "events", self._event(number, event)))
        for change in changes:
            env.process(_once(env, change.week, "events", self._change(change)))
        env.process(_every(env, "market", self.market_week))
        env.process(_every(env, "asking", self.asking_round))
        env.process(_every(env, "one_to_ones", self.one_to_ones,
                           lambda: self.parameters.one_to_ones.every))
        env.process(_every(env, "meeting", self.meeting, lambda: self.parameters.group.every))
        env.process(_every(env, "close", self.close_week))
        env.run(until=self.first + self.weeks)

    def row(self, week: int) -> Floats:
        """This week's counts, (K, measures)."""
        row: Floats = self.record[week - self.first]
        return row

    def market_week(self, week: int) -> None:
        """Needs, choice, service, judgement, talk, asking during jobs, and the ledger."""
        world, state, place, row = self.world, self.state, week - self.first, self.row(week)
        self._give_hours(place, row)
        reviews.age_record(state.businesses, place, self.parameters.record.half_life,
                           self.own.backfire)
        hazards = reviews.record_hazards(state.businesses, self.parameters)
        doors = partners.doors(state, self.spheres, hazards, self.parameters)
        person, trade, ordinal, decisions = choice.choose(
            world, state, self.needs, place, week, doors, self.rules, self.firms
        )
        bank = state.businesses.ask_bank.copy()
        jobs = service.serve(
            world.key, state, week, person, trade, ordinal, decisions, self.rules, self.firms,
            self.own, self.parameters.judgement.rule,
        )
        row[:, record.PLACE["hours_asking"]] += bank - state.businesses.ask_bank
        row[:, record.PLACE["hours_per_job"]] = jobs.hours_per_job
        value = decisions.size * self.value[trade]
        told = talk.fresh_told(world.trades, self.trace)
        talk.talk(world.key, world.ties, state, week, person, trade, ordinal, jobs, self.rules,
                  self.story, told)
        record.count_talk(told, row)
        self._ask(week, person[jobs.asked > 0], trade[jobs.asked > 0])
        partners.follow_up(world.key, week, person, trade, ordinal, decisions, jobs, value,
                           state.partners, state.people.deaf, self.rules)
        record.tally(trade, decisions, jobs, value, self.margin, row)
        served = decisions.provider == BUSINESS
        self.visits.append(Visit(week, person[served], trade[served]))
        if self.watch is not None:
            self.watch(Week(week, person, trade, ordinal, decisions, jobs, told))

    def asking_round(self, week: int) -> None:
        """Appointments with recent clients, as far as the hours for asking go."""
        wanted = self.own.asks_at == asking.APPOINTMENTS
        if not (wanted & (self.own.asking > 0.0)).any():
            return
        bank = self.state.businesses.ask_bank.copy()
        person, trade = self._visitors(week)
        clients, trades = asking.appointments(
            self.world.key, self.state, week, person, trade, self.own
        )
        spent = bank - self.state.businesses.ask_bank
        self.row(week)[:, record.PLACE["hours_asking"]] += spent
        self._ask(week, clients, trades)

    def one_to_ones(self, week: int) -> None:
        """A round of one-to-ones among linked businesses."""
        if self.state.partners.linked.any():
            spent = self.row(week)[:, record.PLACE["hours_partners"]]
            partners.one_to_ones(self.world, self.state, week, self.parameters, self.own, spent)

    def meeting(self, week: int) -> None:
        """The group's meeting, where there is a group."""
        if self.state.partners.member.any():
            spent = self.row(week)[:, record.PLACE["hours_partners"]]
            partners.meeting(self.world, self.state, week, self.parameters, self.own, spent)

    def close_week(self, week: int) -> None:
        """Note how things stand, let them fade, and once a year renew memberships."""
        row = self.row(week)
        record.count_standing(self.state, row)
        spent = row[:, record.PLACE["hours_asking"]] + row[:, record.PLACE["hours_partners"]]
        given = self.own.asking + self.own.partners
        row[:, record.PLACE["hours_unspent"]] = given - spent
        partners.fade(self.state.partners, self.parameters.referral)
        if week > 0 and week % YEAR == 0:
            partners.anniversary(self.world, self.state, week, self.parameters)

    def _give_hours(self, place: int, row: Floats) -> None:
        own, businesses = self.own, self.state.businesses
        businesses.ask_bank[:] += own.asking
        businesses.partner_bank[:] += own.partners
        row[:, record.PLACE["hours_service"]] = own.service
        self.budget[place] = own.service + own.asking + own.partners
        self.capacity[place] = service.places_of(businesses, own)

    def _ask(self, week: int, clients: NDArray[Any], trades: NDArray[Any]) -> None:
        if clients.size == 0:
            return
        counts = {name: np.zeros(self.world.trades, np.int64)
                  for name in ("asks", "named", "testimonials")}
        asking.ask(self.world.key, self.world.ties, self.state, week, week - self.first,
                   clients.astype(np.int64), trades.astype(np.int64),
                   self.parameters, self.rules, self.firms, counts)
        for name, count in counts.items():
            self.row(week)[:, record.PLACE[name]] += count

    def _visitors(self, week: int) -> tuple[Ints, Ints]:
        window = self.own.ask_window.max()
        recent = [visit for visit in self.visits if week - visit.week <= window]
        person = np.concatenate([visit.person for visit in recent])
        return person, np.concatenate([visit.trade for visit in recent])

    def _event(self, number: int, event: Event) -> Callable[[int], None]:
        def happen(week: int) -> None:
            if event.complaint is not None:
                self._complain(week, number, event.complaint)
            if event.join is not None:
                partners.seat(self.state, event.join, self.parameters)
            if event.leave is not None:
                partners.unseat(self.state, event.leave)

        return happen

    def _complain(self, week: int, number: int, complaint: Complaint) -> None:
        told = talk.fresh_told(self.world.trades)
        for trade in np.flatnonzero(self.treated):
            talk.complain(
                self.world.key, self.world.ties, self.state, week, int(trade), number,
                complaint.reach, complaint.entries, self.rules, self.story, told,
            )
        record.count_talk(told, self.row(week))

    def _change(self, change: Change) -> Callable[[int], None]:
        return lambda week: self.set_parameters(change.own, change.others)


class Change(NamedTuple):
    """Parameters in force from a week on: for the town and the treated, and for the others."""

    week: int
    own: Parameters
    others: Parameters


def _once(
    env: simpy.Environment, week: int, phase: str, act: Callable[[int], None]
) -> Generator[simpy.Event, Any, None]:
    yield env.timeout(week + PHASES[phase] - env.now)
    act(week)


def _every(
    env: simpy.Environment, phase: str, act: Callable[[int], None],
    period: Callable[[], int] = lambda: 1,
) -> Generator[simpy.Event, Any, None]:
    week = int(env.now)
    while True:
        yield env.timeout(week + PHASES[phase] - env.now)
        act(week)
        week += period()


