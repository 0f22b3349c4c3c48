"""Talk: who tells whom after a job, posts, and retelling; what hearers remember."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import (
    COMPLAINT,
    COMPLAINT_NEED,
    FOLLOWER,
    MASK,
    POST,
    RETELL,
    TALK,
    TELL,
    draw,
    draw2,
    half,
    hazard,
)
from wom_sim.market.compiled import borrowing, inlined
from wom_sim.market.network import Ties
from wom_sim.market.persuasion import negative
from wom_sim.market.service import Jobs
from wom_sim.market.state import DELIGHTED, DISSATISFIED, HEARD, SATISFIED, Ints, People, State

GOOD, BAD = 0, 1
"""Valence of a story."""


class Told(NamedTuple):
    """The week's word of mouth.

    talkers, heard, posts: (K, 2) by valence; tellers: (K, 2) talkers and those who told on.
    trace: (rows, 4) teller, listener, trade, valence of everything heard, where asked for;
    traced: (1,) rows used.
    """

    talkers: Ints
    heard: Ints
    posts: Ints
    tellers: Ints
    trace: NDArray[np.int64]
    traced: Ints


class Story(NamedTuple):
    """Scratch of one story: its queue of tellers, and who has heard it.

    queue, hop: (N + 1,); waiting: (1,) tellers in the queue; heard_in: (N,) number of the
    last story each person heard; number: (1,) of the present story.
    """

    queue: Ints
    hop: NDArray[np.int16]
    waiting: Ints
    heard_in: Ints
    number: Ints


def fresh_story(size: int) -> Story:
    """Scratch for stories in a town of `size` people."""
    return Story(
        np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int16), np.zeros(1, np.int64),
        np.zeros(size, np.int64), np.zeros(1, np.int64),
    )


def _chance_to_talk(judgement: int, rules: Any) -> float:
    """Chance that a client talks; the ratio makes the dissatisfied more (or less) likely to.

        P(talks | delighted)    = talk.delighted
        P(talks | satisfied)    = talk.satisfied
        P(talks | dissatisfied) = negativity_ratio * talk.delighted
    """
    talk = rules.talk
    if judgement == DISSATISFIED:
        return talk.negativity_ratio * talk.delighted
    return talk.delighted if judgement == DELIGHTED else talk.satisfied


chance_to_talk = inlined(_chance_to_talk)


def _hear(
    week: int, teller: int, listener: int, j: int, valence: int, q: float, hop: int,
    people: People, rules: Any, told: Told,
) -> None:
    """One person hears a story; its hazard adds to what is left in memory (lazy decay).

        memory := memory * 0.5^(age / memory_half_life) + h * hearsay^(hop - 1)
        h = -ln(1 - q), of a bad story -ln(1 - min(negative_weight * q, 0.99))
        q = talk.strong, talk.weak, or posts.persuade for a post or complaint
        hop 1: heard from the client, a post or a complaint, in full strength;
        hop 2: from somebody who heard it at hop 1, times hearsay; and so on
    """
    fade = half(week - people.memory.heard[listener, j], rules.talk.memory_half_life)
    people.memory.good[listener, j] *= fade
    people.memory.bad[listener, j] *= fade
    people.memory.heard[listener, j] = week
    people.news[listener, j] |= HEARD
    weakened = rules.talk.hearsay ** (hop - 1)
    if valence == GOOD:
        people.memory.good[listener, j] += hazard(q) * weakened
    else:
        people.memory.bad[listener, j] += negative(q, rules.choice.negative_weight) * weakened
    told.heard[j, valence] += 1
    row = told.traced[0]
    if row < len(told.trace):
        told.trace[row, 0], told.trace[row, 1] = teller, listener
        told.trace[row, 2], told.trace[row, 3] = j, valence
        told.traced[0] = row + 1


hear = inlined(_hear)


def _told_by(valence: int, rules: Any) -> float:
    """Mean number of ties that a teller of this valence tells.

        told = told.positive of a good story, told.negative of a bad one
    """
    return rules.talk.told.positive if valence == GOOD else rules.talk.told.negative


told_by = inlined(_told_by)


def _spread(
    key: np.uint64, week: int, originator: int, j: int, need: int, valence: int, ties: Ties,
    people: People, book: Any, story: Story, told: Told,
) -> None:
    """Breadth first from the tellers in the queue; nobody hears a story twice.

    Each tie is told with the same chance, told / number of ties, so that a talker tells `told`
    ties on average; a hearer tells on with `retell`, up to `max_hops` from the first teller.

        P(a tie is told) = min(told / ties, 1), each tie on its own
        q = talk.strong over a strong tie, talk.weak over a weak one
        hop of a hearer = hop of the teller + 1; the client is at hop 0
        hops <= max_hops: who hears at hop max_hops tells nobody (1: no retelling)
        a reteller draws among all own ties as the client does (told.positive of
        a good story, told.negative of a bad one), less those who have heard it;
        nobody hears the same story twice, another story of the same business adds
    """
    rules = book[0]
    number, mean = story.number[0], told_by(valence, rules)
    place = 0
    while place < story.waiting[0]:
        teller, hop = story.queue[place], story.hop[place] + 1
        place += 1
        told.tellers[j, valence] += 1
        start, end = ties.start[teller], ties.start[teller + 1]
        for tie in range(start, end):
            listener = int(ties.friend[tie])
            if story.heard_in[listener] == number:
                continue
            u = draw(key, teller, listener, originator, TELL, j, need)
            if u >= mean / (end - start):
                continue
            story.heard_in[listener] = number
            q = rules.talk.strong if tie < ties.weak[teller] else rules.talk.weak
            hear(week, teller, listener, j, valence, q, hop, people, rules, told)
            if hop < rules.talk.max_hops and tells_on(key, listener, originator, j, need, rules):
                join_queue(listener, hop, story)


def _join_queue(teller: int, hop: int, story: Story) -> None:
    """One more person will tell the story, `hop` tellings away from its beginning."""
    story.queue[story.waiting[0]] = teller
    story.hop[story.waiting[0]] = hop
    story.waiting[0] += 1


join_queue = inlined(_join_queue)


def _tells_on(
    key: np.uint64, hearer: int, originator: int, j: int, need: int, rules: Any
) -> bool:
    """Whether a hearer of a story becomes a teller of it.

        P(tells on) = retell, for each who hears at a hop below max_hops,
        of a tie, a post or a complaint; in the same week, to own ties, never by a post
    """
    return draw(key, hearer, 0, originator, RETELL, j, need) < rules.talk.retell


tells_on = inlined(_tells_on)
spread = borrowing(_spread)


def _post(
    key: np.uint64, week: int, p: int, j: int, need: int, valence: int, people: People,
    rules: Any, story: Story, told: Told,
) -> None:
    """Followers of a posted story hear it; its reach has a Pareto tail.

        reach = min(reach_least * (1 - u)^(-1 / reach_tail), N - 1)   (Pareto)
    """
    posts, size = rules.talk.posts, story.heard_in.size
    u = draw(key, p, 0, week, POST, j, need)
    reach = min(posts.reach_least * (1.0 - u) ** (-1.0 / posts.reach_tail), size - 1.0)
    told.posts[j, valence] += 1
    for number in range(int(reach)):
        follower = int(draw(key, p, number, week, FOLLOWER, j, need) * size)
        if story.heard_in[follower] == story.number[0]:
            continue
        story.heard_in[follower] = story.number[0]
        hear(week, p, follower, j, valence, posts.persuade, 1, people, rules, told)
        if rules.talk.max_hops > 1 and tells_on(key, follower, p, j, need, rules):
            join_queue(follower, 1, story)


post = inlined(_post)


def _begin(story: Story) -> None:
    """A new story, which nobody has heard."""
    story.number[0] += 1
    story.waiting[0] = 0


begin = inlined(_begin)


def _tell(
    key: np.uint64, week: int, person: NDArray[np.int32], trade: NDArray[np.int16],
    ordinal: NDArray[np.int32], jobs: Jobs, ties: Ties, people: People, book: Any,
    story: Story, told: Told,
) -> None:
    """All stories of a week's jobs, in the order of needs.

        P(a talker posts) = posts.share
    """
    rules = book[0]
    for n in range(person.size):
        if jobs.judgement[n] < DISSATISFIED:
            continue
        p, j, o = int(person[n]), int(trade[n]), int(ordinal[n])
        u, v = draw2(key, p, 0, week, TALK, j, o)
        if u >= chance_to_talk(int(jobs.judgement[n]), rules):
            continue
        valence = int(jobs.judgement[n] < SATISFIED)
        told.talkers[j, valence] += 1
        begin(story)
        story.heard_in[p] = story.number[0]
        join_queue(p, 0, story)
        if v < rules.talk.posts.share:
            post(key, week, p, j, o, valence, people, rules, story, told)
        spread(key, week, p, j, o, valence, ties, people, book, story, told)


tell = borrowing(_tell)


def _complain(
    key: np.uint64, week: int, j: int, event: int, chance: float, people: People, book: Any,
    story: Story, told: Told,
) -> None:
    """People drawn at random hear a complaint as a bad post; some join the queue of tellers."""
    rules = book[0]
    originator = MASK - event
    begin(story)
    for p in range(story.heard_in.size):
        if draw(key, p, event, week, COMPLAINT, j, 0) >= chance:
            continue
        story.heard_in[p] = story.number[0]
        hear(week, -1, p, j, BAD, rules.talk.posts.persuade, 1, people, rules, told)
        if rules.talk.max_hops > 1 and tells_on(key, p, originator, j, COMPLAINT_NEED, rules):
            join_queue(p, 1, story)


hear_complaint = borrowing(_complain)


def complain(
    key: np.uint64, ties: Ties, state: State, week: int, trade: int, event: int, reach: float,
    entries: float, book: Any, story: Story, told: Told,
) -> None:
    """A complaint about `trade` goes viral: about `reach` people hear it, some tell it on.

    It also leaves `entries` bad entries in the public record. `event` is its number.

        P(a person hears) = reach / N;  bad entries += entries
    """
    people = state.people
    hear_complaint(key, week, trade, event, reach / len(people.own), people, book, story, told)
    spread(key, week, MASK - event, trade, COMPLAINT_NEED, BAD, ties, people, book, story, told)
    state.businesses.record_bad[trade] += entries


def fresh_told(trades: int, trace: int = 0) -> Told:
    """Word of mouth of a week in which nothing has been said; room for `trace` rows."""
    talkers, heard, posts, tellers = (np.zeros((trades, 2), np.int64) for _ in range(4))
    rows = np.zeros((trace, 4), np.int64)
    return Told(talkers, heard, posts, tellers, rows, np.zeros(1, np.int64))


def talk(
    key: np.uint64, ties: Ties, state: State, week: int, person: NDArray[np.int32],
    trade: NDArray[np.int16], ordinal: NDArray[np.int32], jobs: Jobs, book: Any, story: Story,
    told: Told,
) -> None:
    """Let the week's clients talk; posts also enter the public record."""
    willing = book["talk"]
    if willing["delighted"][0] == willing["satisfied"][0] == 0.0:
        return
    tell(key, week, person, trade, ordinal, jobs, ties, state.people, book, story, told)
    good, bad = state.businesses.record_good, state.businesses.record_bad
    good += told.posts[:, GOOD]
    bad += told.posts[:, BAD]
