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

from wom_sim.market import (
    asking,
    choice,
    friends,
    needs,
    partners,
    reciprocity,
    record,
    reviews,
    service,
    talk,
    undecided,
)
from wom_sim.market.needs import Needs, Ordinals, Persons, TradeIds
from wom_sim.market.referral import Doors
from wom_sim.market.state import (
    BUSINESS,
    NOBODY,
    Floats,
    State,
    World,
    book_of,
    columns_of,
    firms_of,
    per_trade,
    sphere_matrix,
)
from wom_sim.scenario.parameters import Complaint, Event, Parameters

PHASES = {"changes": 0.0, "events": 0.1, "market": 0.2, "asking": 0.4, "meeting": 0.6,
          "one_to_ones": 0.7, "close": 0.9}
"""When in its week each process acts, as a fraction of the week."""

YEAR = 52
MOST_COMPLAINTS = 1024
"""More than a scenario may hold, so that events of different weeks have different numbers."""


class Visits:
    """Who was served where, week after week, from the first week of history on."""

    def __init__(self, first: int) -> None:
        self._first, self._until = first, [0]
        self._person, self._trade = np.empty(1024, np.int32), np.empty(1024, np.int16)

    def add(self, person: NDArray[np.int32], trade: NDArray[np.int16]) -> None:
        """Note the next week's clients."""
        start, end = self._until[-1], self._until[-1] + person.size
        if end > self._person.size:
            self._person = np.resize(self._person, 2 * end)
            self._trade = np.resize(self._trade, 2 * end)
        self._person[start:end], self._trade[start:end] = person, trade
        self._until.append(end)

    def since(self, week: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
        """People and trades of all visits from `week` on."""
        start = self._until[min(max(week - self._first, 0), len(self._until) - 1)]
        return self._person[start : self._until[-1]], self._trade[start : self._until[-1]]

    def copy(self) -> Visits:
        """A copy that may grow on its own."""
        twin = Visits(self._first)
        twin._until = self._until.copy()
        twin._person, twin._trade = self._person.copy(), self._trade.copy()
        return twin


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

    `first` is the number of the first week (negative in history), `past` how many came before.
    `watch` is called with each Week; it never changes what happens. `trace` rows of word of
    mouth are kept a week.
    """

    def __init__(
        self, world: World, state: State, needs: Needs, first: int, weeks: int,
        treated: NDArray[np.bool_], visits: Visits | None = None, past: int = 0,
        watch: Callable[[Week], None] | None = None, trace: int = 0,
    ) -> None:
        self.world, self.state, self.needs = world, state, needs
        self.first, self.weeks, self.past, self.treated = first, weeks, past, treated
        self.visits = Visits(first) if visits is None else visits.copy()
        self.watch, self.trace = watch, trace
        self.story = talk.fresh_story(world.size)
        self.told = talk.fresh_told(world.trades, trace)
        self.undecided: undecided.Undecided | None = None
        self.record = np.zeros((weeks, world.trades, len(record.MEASURES)))
        self.budget = np.zeros((weeks, world.trades))
        self.capacity = np.zeros((weeks, world.trades))
        self.unspent = np.zeros(world.trades)

    def set_parameters(self, own: Parameters, others: Parameters) -> None:
        """Put parameters in force: `own` for the town and the treated, `others` for the rest."""
        self.parameters = own
        self.book = book_of(own)
        self.firms = firms_of(own, others, self.treated)
        self.own = columns_of(
            self.firms, max(own.group.meeting_hours, own.one_to_ones.hours)
        )
        self.appoints = bool(
            ((self.own.asks_at == asking.APPOINTMENTS) & (self.own.asking > 0.0)).any()
        )
        self.mixes = (own.partners.strategies, others.partners.strategies)
        self.strategies = reciprocity.known_to(self.mixes)
        self.spheres = sphere_matrix(own) * self.world.may
        self.value = per_trade(own.trades.job_value, self.world.trades)
        self.fading = friends.fading_of(own, self.past + self.weeks + 1)
        self.margin = per_trade(own.trades.margin, self.world.trades)

    def start_arms(self, before: Parameters) -> None:
        """Week 0: partners join up, hours put aside are gone, `before` was in force until now."""
        businesses = self.state.businesses
        businesses.ask_bank[:] = businesses.partner_bank[:] = businesses.returned[:] = 0.0
        businesses.expectation[:] += (
            self.parameters.judgement.expectation - before.judgement.expectation
        )
        partners.join_up(self.world, self.state, self.own, self.treated, self.parameters)
        reciprocity.deal_strategies(self.world, self.state, self.treated, self.mixes)

    def run(self, events: Sequence[Event] = (), changes: Sequence[Change] = ()) -> None:
        """Run all weeks. Call `set_parameters` first; `changes` put others in force later.

            a meeting every group.every weeks; one-to-ones every one_to_ones.every weeks
        """
        env = simpy.Environment(initial_time=self.first)
        for change in changes:
            env.process(_once(env, change.week, "changes", self._change(change)))
        for number, event in _numbered(events):
            env.process(_once(env, event.week, "events", self._event(number, event)))
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
        """Needs, choice, service, judgement, talk, asking during jobs, and the ledger.

            value of a job = job_value * size
        """
        world, state, place, row = self.world, self.state, week - self.first, self.row(week)
        hours = self._give_hours(place, row)
        reviews.age_record(state.businesses, place + self.past, self.parameters.record.half_life,
                           self.own.backfire)
        hazards = reviews.record_hazards(state.businesses, self.parameters)
        doors = partners.doors(state, self.spheres, hazards, self.strategies, self.parameters,
                               week)
        due = self._due(week, doors)
        record.count_waiting(due.waiting, row)
        person, trade, ordinal, foreseen = self._in_order(due, week, hours)
        decisions = choice.choose(world, state, week, person, trade, ordinal, doors, self.book,
                                  self.firms, self.fading, foreseen)
        bank = state.businesses.ask_bank.copy()
        jobs = service.serve(
            world.key, state, week, person, trade, ordinal, decisions, self.book, self.firms,
            self.own, hours, self.parameters.judgement,
        )
        if self.undecided is not None:
            decided = decisions.provider != NOBODY
            self.undecided.notice(person[decided], trade[decided])
        row[:, record.PLACE["hours_asking"]] += bank - state.businesses.ask_bank
        row[:, record.PLACE["hours_per_job"]] = jobs.hours_per_job
        value = decisions.size * self.value[trade]
        told, self.told = self.told, talk.fresh_told(world.trades, self.trace)
        talk.talk(world.key, world.ties, state, week, person, trade, ordinal, jobs, self.book,
                  self.story, told)
        record.count_talk(told, row)
        if jobs.asked.any():
            self._ask(week, person[jobs.asked > 0], trade[jobs.asked > 0])
        if doors.any.any():
            partners.follow_up(world.key, week, person, trade, ordinal, decisions, jobs, value,
                               state.partners, state.people, self.book)
        record.tally(trade, decisions, jobs, value, self.margin, self.parameters.referral.cost,
                     row)
        served = decisions.provider == BUSINESS
        self.visits.add(person[served], trade[served])
        if self.watch is not None:
            self.watch(Week(week, person, trade, ordinal, decisions, jobs, told))

    def _due(self, week: int, doors: Doors) -> undecided.Due:
        """The week's needs in the order of person and trade; all of them where anybody watches."""
        parameters, trades = self.parameters, self.world.trades
        if parameters.trades.needs != "once":
            self.undecided = None
            arisen = needs.of_week(self.needs, week - self.first)
            return undecided.Due(*arisen, np.zeros(trades, np.int64))
        if self.undecided is None:
            self.undecided = undecided.Undecided(self.world, self.state)
        if self.watch is None and undecided.can_be_told(parameters):
            most = undecided.most_unheard(self.state, doors, parameters)
        else:
            most = np.full(trades, np.inf)
        return self.undecided.of_week(week, most, self.fading)

    def _in_order(
        self, due: undecided.Due, week: int, hours: Floats
    ) -> tuple[Persons, TradeIds, Ordinals, choice.Foreseen]:
        """The week's needs in the order they are decided in, and what is foreseen of their jobs.

            updating: together      in the order of person and trade
                      one_by_one    in keyed random order
        """
        key, parameters = self.world.key, self.parameters
        person, trade, ordinal, _ = due
        if parameters.choice.updating == "together":
            return person, trade, ordinal, choice.NOTHING_FORESEEN
        order = choice.in_turn(key, week, person, trade, ordinal)
        person, trade, ordinal = person[order], trade[order], ordinal[order]
        foreseen = service.foresee(key, self.state, week, person, trade, ordinal, self.book,
                                   self.firms, self.own, hours, parameters.judgement)
        return person, trade, ordinal, foreseen

    def asking_round(self, week: int) -> None:
        """Appointments with recent clients, as far as the hours for asking go."""
        if not self.appoints:
            return
        bank = self.state.businesses.ask_bank.copy()
        person, trade = self.visits.since(week - int(self.own.ask_window.max()))
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
        row, businesses = self.row(week), self.state.businesses
        record.count_standing(self.state, row)
        service.return_hours(businesses, self.own)
        unspent = businesses.ask_bank + businesses.partner_bank + businesses.returned
        row[:, record.PLACE["hours_unspent"]] = unspent - self.unspent
        self.unspent = unspent
        partners.fade(self.state.partners, self.parameters.referral)
        if week >= 0 and (week + 1) % YEAR == 0:
            partners.anniversary(self.world, self.state, week, self.parameters)

    def _give_hours(self, place: int, row: Floats) -> Floats:
        """Hand out the week's hours; returns those for service, (K,).

            hours for jobs = effort.service + hours returned
            put aside: += effort.asking for asking, += effort.partners for partners
        """
        own, businesses = self.own, self.state.businesses
        businesses.ask_bank[:] += own.asking
        businesses.partner_bank[:] += own.partners
        hours = own.service + businesses.returned
        businesses.returned[:] = 0.0
        row[:, record.PLACE["hours_service"]] = hours
        self.budget[place] = own.service + own.asking + own.partners
        self.capacity[place] = service.places_of(businesses, own, hours)
        return hours

    def _ask(self, week: int, clients: NDArray[Any], trades: NDArray[Any]) -> None:
        if clients.size == 0:
            return
        counts = {name: np.zeros(self.world.trades, np.int64)
                  for name in ("asks", "named", "testimonials")}
        asking.ask(self.world.key, self.world.ties, self.state, week, week - self.first + self.past,
                   clients.astype(np.int64), trades.astype(np.int64),
                   self.parameters, self.book, self.firms, counts)
        for name, count in counts.items():
            self.row(week)[:, record.PLACE[name]] += count

    def _event(self, number: int, event: Event) -> Callable[[int], None]:
        def happen(week: int) -> None:
            if event.complaint is not None:
                self._complain(week, number, event.complaint)
            if event.join is not None and not self.state.partners.member[event.join]:
                partners.seat(self.state, event.join, self.parameters)
                self.state.partners.keeps[event.join] = 1
            if event.leave is not None and self.state.partners.member[event.leave]:
                partners.unseat(self.state, event.leave)

        return happen

    def _complain(self, week: int, number: int, complaint: Complaint) -> None:
        for trade in np.flatnonzero(self.treated):
            talk.complain(
                self.world.key, self.world.ties, self.state, week, int(trade), number,
                complaint.reach, complaint.entries, self.book, self.story, self.told,
            )

    def _change(self, change: Change) -> Callable[[int], None]:
        def act(week: int) -> None:
            shift = change.own.judgement.expectation - self.parameters.judgement.expectation
            self.state.businesses.expectation[:] += shift
            self.set_parameters(change.own, change.others)

        return act


class Change(NamedTuple):
    """Parameters in force from a week on: for the town and the treated, and for the others."""

    week: int
    own: Parameters
    others: Parameters


def _numbered(events: Sequence[Event]) -> list[tuple[int, Event]]:
    """Events with numbers of their own: their week and their rank among that week's complaints."""
    numbered, rank = [], dict.fromkeys((event.week for event in events), 0)
    for event in events:
        numbered.append((event.week * MOST_COMPLAINTS + rank[event.week], event))
        rank[event.week] += event.complaint is not None
    return numbered


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


