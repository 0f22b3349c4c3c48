"""Sections 2 and 3 of README.md: who is in a town, whom they know, and what is kept of them."""

import math
from bisect import bisect_right, insort
from functools import partial
from itertools import accumulate, count
from types import SimpleNamespace as State

import networkx as nx

from reference import numbers
from reference.numbers import hz

NOBODY, BUSINESS, REST = range(3)
UNKNOWN, DISSATISFIED, SATISFIED, DELIGHTED = range(4)
NONE, REPEAT, BY_PARTNER, BY_FRIEND, BY_HEARSAY, REQUESTED, BY_RECORD, UNPROMPTED = range(-1, 7)
SOURCES = ("partner", "asked_friend", "word_of_mouth", "requested", "public_record", "unprompted")
EXPERIENCES = ("dissatisfied", "satisfied", "delighted")
NEVER = -20000

Memory = partial(  # 3.2
    State, provider=NOBODY, own=UNKNOWN, own_week=NEVER, rest_x=UNKNOWN, rest_week=NEVER, good=0.0,
    bad=0.0, heard=NEVER, request=0.0, requested=NEVER, asked=NEVER, cue=0, cue_week=NEVER, via=0)
Firm = partial(  # 3.3
    State, load=0.0, record_good=0.0, record_bad=0.0, spare=0.0, ask_bank=0.0, partner_bank=0.0,
    returned=0.0, banked=0.0, cued=False, keeps=False, score=0.0, year_value=0.0)
Pair = partial(State, linked=False, visibility=0.0, credibility=0.0, training=0.0, given=0)
Need = partial(  # 4.6
    State, open=0, provider=REST, rejected=0, turned=0, source=NONE, grudge=0, drift=0, lost=0.0,
    referrer=-1, tier=0, duplicate=0, teller=-1, asked=0, quality=math.nan, judgement=UNKNOWN)
TURNED_AWAY = {"provider": REST, "source": NONE, "new": 0, "turned": 1}


def network(N, seed, kind, degrees=(0,), **given):  # 2, step 1 without `file`: friends by person
    wanted, g = [degrees[p % len(degrees)] for p in range(N)], State(**given)
    wanted[-1] += sum(wanted) % 2 * (1 if wanted[-1] + 1 < N else -1)
    graph = {
        "small_world": lambda: nx.watts_strogatz_graph(N, g.neighbours, g.rewiring, seed),
        "scale_free": lambda: nx.barabasi_albert_graph(N, g.links, seed),
        "random": lambda: nx.fast_gnp_random_graph(N, min(1.0, g.mean_degree / (N - 1)), seed),
        "cliques": lambda: nx.caveman_graph(-(-N // g.members), g.members),
        "complete": lambda: nx.complete_graph(N),
        "degree_sequence": lambda: nx.configuration_model(wanted, seed=seed),
    }[kind]()
    return [set(graph[p]) & set(range(N)) - {p} for p in range(N)]


def of_trade(value, j):
    """A parameter that is one number for all trades or a list by trade."""
    return value[j] if isinstance(value, list) else value


def verdict(poor, fine):
    return DISSATISFIED if poor else DELIGHTED if fine else SATISFIED


def town(population, trades, draw):
    """Section 2: friends, who may refer to whom, rows of (weak, friend, circle), owner, seat."""
    people, ties = range(population.size), population.ties
    seeds = [int(draw(numbers.NETWORK, 0, whom)[0] * 2**32) for whom in (0, 1)]
    friends = network(len(people), seeds[0], **population.network)
    refers_to = network(len(trades), seeds[1], **population.professionals)
    row, owner = [[] for _ in people], []
    for p, f in ((a, b) for a in people for b in friends[a]):
        u, v = draw(numbers.TIE, min(p, f), max(p, f))
        close_knit = len(friends[p] & friends[f]) >= ties.shared_neighbours
        strong = u < ties.strong_share if ties.strong_by == "share" else close_knit
        insort(row[p], (not strong, f, int(v * ties.circles)))
    for j in trades if population.owners == "residents" else ():
        attempts = (int(draw(numbers.OWNER, j, attempt)[0] * len(people)) for attempt in count())
        owner.append(next(p for p in attempts if p not in owner))
    seat = [owner.index(p) if p in owner else -1 for p in people]
    return friends, refers_to, row, owner, seat


def need(draw, p, j, o, week):
    """Section 4.6: a need, with what it draws in its week."""
    draws = partial(draw, who=p, week=week, trade=j, ordinal=o)
    return Need(person=p, trade=j, ordinal=o, draw=draws)


def calendar_of(plans, clients, trades, history, draw):
    """Section 2.1: the needs of each week; `plans` are the parameters in force, week by week."""
    paces = [0.0 if plan.trades.needs == "once" else plan.trades.need_rate for plan in plans]
    until = [list(accumulate((of_trade(x, j) / 52 for x in paces), initial=0.0)) for j in trades]
    calendar = [[] for _ in plans]
    for p, j in clients:
        waits = (hz(draw(numbers.NEED, p, 0, 0, j, o)[0]) for o in count())
        for o, time in enumerate(accumulate(waits)):
            if (place := bisect_right(until[j], time) - 1) == len(plans):
                break
            calendar[place].append(need(draw, p, j, o, place - history))
    return calendar
