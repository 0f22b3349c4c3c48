"""The market in plain Python: slow, and written from README.md beside it alone.

Sections named in docstrings are those of README.md. What a person, business, pair or need is
known by are plain namespaces; sums are loops, because `sum` rounds differently.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable
from hashlib import blake2b
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import networkx as nx

from wom_sim.scenario.parameters import BUSINESS_SECTIONS, Arm, Parameters, Scenario

NETWORK, TIE, OWNER, STRATEGY, PAIR = range(1, 6)
NEED, LOYALTY, MIND, CHOICE, FRIEND, TURN, PARTNER, SIGNAL, JOB = range(10, 19)
TALK, TELL, RETELL, POST, FOLLOWER, COMPLAINT = range(20, 26)
ASKED, APPOINTMENT, NAMING, FRAME, TESTIMONIAL, EXPOSURE = range(30, 36)
MEETING, TESTIFY, ONE_TO_ONE, DROP, RENEWAL, IMITATION = range(40, 46)

NOBODY, BUSINESS, REST = range(3)
UNKNOWN, DISSATISFIED, SATISFIED, DELIGHTED = range(4)
NONE, REPEAT, BY_PARTNER, BY_FRIEND, BY_HEARSAY, REQUESTED, BY_RECORD, UNPROMPTED = range(-1, 7)
SOURCES = ("partner", "asked_friend", "word_of_mouth", "requested", "public_record", "unprompted")
EXPERIENCES = ("unknown", "dissatisfied", "satisfied", "delighted")
GOOD, BAD = range(2)
VALENCES = ("positive", "negative")
NEVER, LAST = -20000, 2**32 - 1


class Luck:
    """Section 1: two uniforms at each address, by Philox4x32-10."""

    def __init__(self, seed: int, number: int) -> None:
        text = b"wom_sim/rng/1" + seed.to_bytes(16, "little") + number.to_bytes(8, "little")
        self.key = int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
        self.known: dict[tuple[int, ...], tuple[float, float]] = {}

    def both(self, *address: int) -> tuple[float, float]:
        if address not in self.known:
            stream, who, whom, week, trade, ordinal = (*address, 0, 0, 0, 0, 0)[:6]
            last = (stream << 24) + (trade << 16) + ordinal
            words = philox((who % 2**32, whom % 2**32, week % 2**32, last), self.key)
            high, low = (words[0] << 32) + words[1], (words[2] << 32) + words[3]
            self.known[address] = (high >> 11) * 2.0**-53, (low >> 11) * 2.0**-53
        return self.known[address]

    def u(self, *address: int) -> float:
        return self.both(*address)[0]

    def v(self, *address: int) -> float:
        return self.both(*address)[1]


def philox(counter: tuple[int, int, int, int], key: int) -> tuple[int, int, int, int]:
    c0, c1, c2, c3 = counter
    k0, k1 = key & LAST, key >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & LAST, (p0 >> 32) ^ c3 ^ k1, p0 & LAST
        k0, k1 = (k0 + 0x9E3779B9) & LAST, (k1 + 0xBB67AE85) & LAST
    return c0, c1, c2, c3


def normal(u: float) -> float:
    return NormalDist().inv_cdf(max(u, 2.0**-54))


def hz(q: float) -> float:
    return -math.log1p(-q)


def left(age: float, half_life: float) -> float:
    return math.exp2(-(age / half_life))


def power(base: float, exponent: int) -> float:
    """Section 7: by repeated squaring."""
    result = 1.0
    while exponent:
        result, exponent, base = result * base if exponent % 2 else result, exponent // 2, base**2
    return result


def total(numbers: Iterable[float]) -> float:
    running = 0.0
    for number in numbers:
        running += number
    return running


def pairwise(x: list[float]) -> float:
    """Section 7: the sum of up to 128 numbers as NumPy adds them."""
    whole = len(x) - len(x) % 8
    r = [total(x[k:whole:8]) for k in range(8)]
    blocks = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
    return total([blocks, *x[whole:]])


def of_trade(value: float | list[float], j: int) -> float:
    return value[j] if isinstance(value, list) else value


def edges(size: int, kind: str, seed: int, **given: Any) -> list[tuple[int, int]]:
    """Section 2, step 1."""
    if kind == "small_world":
        graph = nx.watts_strogatz_graph(size, given["neighbours"], given["rewiring"], seed)
    elif kind == "scale_free":
        graph = nx.barabasi_albert_graph(size, given["links"], seed)
    elif kind == "random":
        graph = nx.fast_gnp_random_graph(size, min(1.0, given["mean_degree"] / (size - 1)), seed)
    elif kind == "cliques":
        of = [p // given["members"] for p in range(size)]
        graph = nx.Graph((a, b) for a in range(size) for b in range(a) if of[a] == of[b])
    else:
        wanted = [given["degrees"][p % len(given["degrees"])] for p in range(size)]
        if sum(wanted) % 2:
            wanted[-1] += 1 if wanted[-1] + 1 < size else -1
        graph = nx.Graph(nx.configuration_model(wanted, seed=seed))
    return sorted((min(tie), max(tie)) for tie in graph.edges if tie[0] != tie[1])


class Town:
    """Section 2: rows of (friend, circle), the strong ties first; owners and seats."""

    def __init__(self, parameters: Parameters, luck: Luck) -> None:
        size, ties = parameters.population.size, parameters.population.ties
        network, self.size, people = parameters.population.network, size, range(size)
        pairs = edges(size, seed=int(luck.u(NETWORK) * 2**32), **network)
        friends: list[set[int]] = [set() for _ in people]
        for a, b in pairs:
            friends[a].add(b)
            friends[b].add(a)
        strong: list[list[tuple[int, int]]] = [[] for _ in people]
        weak: list[list[tuple[int, int]]] = [[] for _ in people]
        for a, b in pairs:
            u, v = luck.both(TIE, a, b)
            is_strong = u < ties.strong_share
            if ties.strong_by == "shared_neighbours":
                is_strong = len(friends[a] & friends[b]) >= ties.shared_neighbours
            for p, f in ((a, b), (b, a)):
                (strong if is_strong else weak)[p].append((f, int(v * ties.circles)))
        self.strong, self.weak = [sorted(s) for s in strong], [sorted(w) for w in weak]
        self.row = [s + w for s, w in zip(self.strong, self.weak, strict=True)]
        self.owner, self.seat = [], [-1] * size
        for trade in range(parameters.trades.count):
            attempt = 0
            while self.seat[p := int(luck.u(OWNER, trade, attempt) * size)] >= 0:
                attempt += 1
            self.owner.append(p)
            self.seat[p] = trade
        self.near = [[owner in friends[p] for owner in self.owner] for p in people]


# Section 3: what is remembered


def stranger() -> Any:
    return SimpleNamespace(
        provider=NOBODY, own=UNKNOWN, own_week=NEVER, rest=UNKNOWN, rest_week=NEVER, good=0.0,
        bad=0.0, heard=NEVER, request=0.0, requested=NEVER, asked=NEVER, cue=0, cue_week=NEVER,
        via=0)  # fmt: skip


def business(expectation: float) -> Any:
    return SimpleNamespace(
        expectation=expectation, load=0.0, record_good=0.0, record_bad=0.0, spare=0.0,
        ask_bank=0.0, partner_bank=0.0, returned=0.0, banked=0.0, cued=False, member=False,
        keeps=False, score=0.0, year_value=0.0, exposures=defaultdict(float))  # fmt: skip


def unmet() -> Any:
    return SimpleNamespace(linked=False, visibility=0.0, credibility=0.0, training=0.0, given=0)


def need_of(week: int, person: int, trade: int, ordinal: int) -> Any:
    return SimpleNamespace(
        week=week, person=person, trade=trade, ordinal=ordinal, at=(week, trade, ordinal), open=0,
        provider=REST, source=NONE, new=0, grudge=0, drift=0, lost=0.0, size=0.0, referrer=-1,
        tier=0, duplicate=0, teller=-1, turned=0, asked=0, quality=math.nan,
        judgement=UNKNOWN)  # fmt: skip


class Market:
    """One arm of one world, history included; `now` is in force, `of` by business."""

    def __init__(self, scenario: Scenario, arm: Arm, luck: Luck) -> None:
        """Section 4.0, step 1."""
        self.luck, self.u, self.v = luck, luck.u, luck.v
        self.base, self.arm, self.changes = scenario.base, arm, dict(arm.changes)
        self.past, self.weeks = scenario.history_weeks, scenario.weeks
        base, own, alone = scenario.base, arm.parameters, {"group": False, "count": 0}
        self.now = base.model_copy(update={
            "population": own.population,
            "trades": base.trades if base.trades.count == own.trades.count else own.trades,
            "partners": base.partners.model_copy(update=alone),
            "effort": base.effort.model_copy(update={"partners": 0.0}),
        })  # fmt: skip
        self.town, self.trades = Town(self.now, luck), range(own.trades.count)
        self.of = [self.now for _ in self.trades]
        self.treated = [j == 0 or scenario.treated == "all" for j in self.trades]
        self.memory = [[stranger() for _ in self.trades] for _ in range(self.town.size)]
        self.deaf: set[tuple[int, int]] = set()
        self.firms = [business(self.now.judgement.expectation) for _ in self.trades]
        self.pairs = [[unmet() for _ in self.trades] for _ in self.trades]
        self.calendar = self.needs_by_week()

    def needs_by_week(self) -> list[list[tuple[int, int, int]]]:
        """Section 2.1."""
        rates, now = [self.now.trades.need_rate] * self.past, self.arm.parameters
        for week in range(self.weeks):
            now = self.changes.get(week, now)
            rates.append(now.trades.need_rate)
        calendar: list[list[tuple[int, int, int]]] = [[] for _ in rates]
        for j in self.trades:
            until = [0.0]
            for rate in rates:
                until.append(until[-1] + of_trade(rate, j) / 52)
            for p in (p for p in range(self.town.size) if self.town.seat[p] != j):
                time, o = hz(self.u(NEED, p, 0, 0, j, 0)), 0
                while time < until[-1]:
                    calendar[bisect_right(until, time) - 1].append((p, j, o))
                    o += 1
                    time += hz(self.u(NEED, p, 0, 0, j, o))
        return [sorted(needs) for needs in calendar]

    def play(self) -> list[Any]:
        """Section 4.0: the weeks of the arm as they are seen."""
        self.meeting = self.one_to_one = -self.past
        for week in range(-self.past, 0):
            self.play_week(week)
        self.start_arm()
        self.meeting = self.one_to_one = 0
        return [self.play_week(week) for week in range(self.weeks)]

    def enforce(self, parameters: Parameters, old: Parameters) -> None:
        kept = {name: getattr(self.base, name) for name in BUSINESS_SECTIONS}
        others = parameters.model_copy(update=kept)
        self.now, self.of = parameters, [parameters if own else others for own in self.treated]
        for firm in self.firms:
            firm.expectation += parameters.judgement.expectation - old.judgement.expectation

    def start_arm(self) -> None:
        self.enforce(self.arm.parameters, self.base)
        for firm in self.firms:
            firm.ask_bank = firm.partner_bank = firm.returned = firm.banked = 0.0
        self.join_up()
        for parameters, own in ((self.arm.parameters, True), (self.base, False)):
            dealt = [j for j in self.trades if self.treated[j] == own]
            self.deal(dealt, parameters.partners.strategies)

    def join_up(self) -> None:
        """Section 4.2."""
        partners, size = [of.partners for of in self.of], len(self.trades)
        alone = size > 1 and not self.treated[-1]
        for j, firm in enumerate(self.firms):
            group = partners[j].group or (alone and partners[0].group)
            firm.member = j < self.now.group.size and group
            firm.keeps = partners[j].group or partners[j].count > 0
        want = [own.count for own in partners]
        inviting = [alone and j == 0 and want[j] > 0 for j in self.trades]
        every = [(i, j) for i in self.trades for j in range(i + 1, size)]
        for i, j in sorted(every, key=lambda ij: self.u(PAIR, *ij) + (not self.akin(*ij))):
            agreed = (want[i] > 0 or inviting[j]) and (want[j] > 0 or inviting[i])
            if agreed and (want[i] > 0 or want[j] > 0):
                self.pairs[i][j].linked = self.pairs[j][i].linked = True
                want[i], want[j] = want[i] - 1, want[j] - 1
        self.meet_first(pair for row in self.pairs for pair in row)
        for t in self.members():
            self.take_seat(t)

    def akin(self, i: int, j: int) -> bool:
        return (i - j) % self.now.trades.spheres == 0

    def members(self) -> list[int]:
        return [j for j in self.trades if self.firms[j].member]

    def meet_first(self, pairs: Iterable[Any]) -> None:
        start = self.now.referral
        for pair in pairs:
            pair.visibility, pair.credibility = start.visibility_start, start.credibility_start
            pair.training = 0.0

    def take_seat(self, t: int) -> None:
        firm, others = self.firms[t], [m for m in self.members() if m != t]
        firm.member, firm.score, firm.year_value = True, 0.0, 0.0
        pairs = [self.pairs[t][m] for m in others] + [self.pairs[m][t] for m in others]
        for pair in pairs:
            pair.linked, pair.given = True, 0
        self.meet_first(pairs)

    def deal(self, businesses: list[int], strategies: dict[str, dict[str, Any]]) -> None:
        """Section 4.3."""
        names, many = sorted(strategies), len(businesses)
        exact = [strategies[name]["share"] * many for name in names]
        seats = [math.floor(x + 1e-9) for x in exact]
        short = sorted(range(len(names)), key=lambda k: seats[k] - exact[k])
        for k in short[: many - sum(seats)]:
            seats[k] += 1
        dealt = [name for name, n in zip(names, seats, strict=True) for _ in range(n)]
        in_order = sorted(businesses, key=lambda j: self.u(STRATEGY, j))
        for j, name in zip(in_order, dealt, strict=True):
            self.firms[j].strategy = name, strategies[name]

    def play_week(self, week: int) -> Any:
        """Section 4.1: the week's needs in order, who told whom, and the counts by measure."""
        self.week, self.place = week, week + self.past
        self.counts = defaultdict(lambda: [0.0] * len(self.trades))
        self.trace: list[tuple[int, int, int, int]] = []
        if week in self.changes:
            self.enforce(self.changes[week], self.now)
        if week >= 0:
            self.happen()
        needs = self.market()
        self.appointments()
        if week == self.meeting:
            self.meet()
            self.meeting += self.now.group.every
        if week == self.one_to_one:
            self.meet_in_pairs()
            self.one_to_one += self.now.one_to_ones.every
        self.close()
        return SimpleNamespace(week=week, needs=needs, trace=self.trace, counts=self.counts)

    def happen(self) -> None:
        """Section 4.4."""
        number = self.week * 1024
        for event in (event for event in self.arm.events if event.week == self.week):
            if event.join is not None and not self.firms[event.join].member:
                self.take_seat(event.join)
                self.firms[event.join].keeps = True
            if event.leave is not None and self.firms[event.leave].member:
                for m in self.members():
                    self.pairs[event.leave][m].linked = self.pairs[m][event.leave].linked = False
                self.firms[event.leave].member = self.firms[event.leave].keeps = False
            if event.complaint is not None:
                for j in (j for j in self.trades if self.treated[j]):
                    self.complain(event.complaint, number, j)
                number += 1

    def complain(self, complaint: Any, number: int, j: int) -> None:
        story = self.story(LAST - number, j, 65535, BAD)
        for p in range(self.town.size):
            if self.u(COMPLAINT, p, number, self.week, j) < complaint.reach / self.town.size:
                self.hear(story, -1, p, self.now.talk.posts.persuade, 1)
        self.tell(story)
        self.firms[j].record_bad += complaint.entries

    def market(self) -> list[Any]:
        """Section 4.5."""
        needs = [need_of(self.week, *need) for need in self.calendar[self.place]]
        for j, firm in enumerate(self.firms):
            effort = self.of[j].effort
            firm.ask_bank += effort.asking
            firm.partner_bank += effort.partners
            firm.hours, firm.returned = effort.service + firm.returned, 0.0
            self.age_record(j, firm)
        self.doors = [[self.door(i, j) for j in self.trades] for i in self.trades]
        for need in needs:
            self.decide(need)
        for j in self.trades:
            self.serve(j, [n for n in needs if n.trade == j and n.provider == BUSINESS])
        self.remember(needs)
        for need in (need for need in needs if need.judgement):
            self.talk(need)
        for j, firm in enumerate(self.firms):
            firm.record_good += self.counts["posts_positive"][j]
            firm.record_bad += self.counts["posts_negative"][j]
        self.ask([(need.person, need.trade) for need in needs if need.asked])
        self.follow_up(needs)
        self.count(needs)
        return needs

    def age_record(self, j: int, firm: Any) -> None:
        record = self.now.record
        remains = 0.5 ** (1 / record.half_life)
        good, bad = firm.record_good * remains, firm.record_bad * remains
        x = min(firm.exposures[self.place], good)
        firm.record_good = good = good - x
        firm.record_bad = bad = bad + self.of[j].testimonials.backfire * x
        y = (1 - math.exp(-(good + bad) / record.saturation)) / max(good + bad, 1e-300)
        firm.good_hazard = hz(record.persuade) * y * good
        firm.bad_hazard = self.neg(record.persuade) * y * bad

    def neg(self, q: float) -> float:
        return hz(min(self.now.choice.negative_weight * q, 0.99))

    def door(self, i: int, j: int) -> float:
        pair, trades = self.pairs[i][j], self.now.trades
        sphere = trades.sphere_inside if self.akin(i, j) else trades.sphere_outside
        door = pair.linked * sphere * pair.visibility * pair.credibility
        return door * self.willingness(i, j) if door > 0 else 0.0

    def willingness(self, i: int, j: int) -> float:
        """Section 4.7."""
        w0, (kind, settings) = self.now.referral.willing, self.firms[i].strategy
        if not self.now.referral.reciprocity:
            return w0
        answer = 1.0 if kind == "giver" else 0.0
        if kind == "reciprocator":
            x = (self.pairs[i][j].given - self.pairs[j][i].given) / settings["scale"]
            answer = 1 / (1 + math.exp(min(max(x, -700), 700)))
        if kind == "image_scorer":
            linked = [m for m in self.trades if any(pair.linked for pair in self.pairs[m])]
            mean = pairwise([self.firms[m].score for m in linked]) / len(linked)
            ratio = self.firms[j].score / mean if mean > 0 else 1.0
            answer = 1.0 if ratio >= settings["threshold"] else 0.0
        return w0 + (1 - w0) * answer

    # Section 4.6

    def draw(self, stream: int, need: Any, whom: int = 0) -> tuple[float, float]:
        return self.luck.both(stream, need.person, whom, *need.at)

    def decide(self, n: Any) -> None:
        me, loyalty = self.memory[n.person][n.trade], self.now.loyalty
        mine, (u, around) = me.provider == BUSINESS, self.draw(LOYALTY, n)
        noise = normal(self.v(NEED, n.person, 0, 0, n.trade, n.ordinal))
        n.size = math.exp(self.now.trades.job_spread * noise)
        last = me.own if mine else me.rest
        chance = (1 - loyalty.grudge, 1 - loyalty.grudge, loyalty.satisfied, loyalty.delighted)
        if me.provider and u < chance[last]:
            n.provider, n.source = me.provider, REPEAT if mine else NONE
        else:
            n.open, asks = 1, around < self.now.friends.ask_around
            self.choose(n, me, self.friends_asked(n) if asks else [])
        if n.provider != BUSINESS:
            n.size, n.grudge = 0.0, int(mine and me.own == DISSATISFIED)
            n.drift = int(mine and me.own != DISSATISFIED)

    def choose(self, n: Any, me: Any, asked: list[tuple[int, float]]) -> None:
        choice, firm, plus = self.now.choice, self.firms[n.trade], [0.0] * 7
        plus[BY_PARTNER] = self.partner(n)
        fading = 0.5 ** ((n.week - me.heard) / self.now.talk.memory_half_life)
        heard_good, heard_bad = me.good * fading, me.bad * fading
        said = [(f, *self.witness(n, f, q)) for f, q in asked if self.town.seat[f] != n.trade]
        good, bad = total(g for _, g, _ in said), total(b for _, _, b in said)
        if good > heard_good:
            plus[BY_FRIEND], n.teller = good, max(said, key=lambda word: word[1])[0]
        else:
            plus[BY_HEARSAY] = heard_good
        plus[REQUESTED] = self.requested(n, me)
        aware, look_up = self.draw(MIND, n)
        plus[UNPROMPTED] = hz(choice.close_unprompted) if aware < choice.awareness else 0.0
        looks_up = look_up < self.now.record.look_up
        plus[BY_RECORD], record_bad = looks_up * firm.good_hazard, looks_up * firm.bad_hazard
        force = total(plus)
        if force <= 0:
            return
        doubt = hz(choice.own_bad) * self.recall(me.own_week) if me.own == DISSATISFIED else 0.0
        if choice.rule == "counts":
            def positive(hazard: float, message: int) -> bool:
                return self.draw(SIGNAL, n, message)[0] < 1 - math.exp(-hazard)

            def negative(hazard: float, message: int) -> bool:
                return self.draw(SIGNAL, n, message)[1] < 1 - math.exp(-hazard)

            pro, con = [positive(g, f) for f, g, _ in said], [negative(b, f) for f, _, b in said]
            pro = pro if good > heard_good else [positive(heard_good, LAST - BY_HEARSAY)]
            con = con if bad > heard_bad else [negative(heard_bad, LAST - BY_HEARSAY)]
            others = (BY_PARTNER, REQUESTED, BY_RECORD, UNPROMPTED)
            votes = sum(pro) + sum(positive(plus[s], LAST - s) for s in others)
            against = sum(con) + negative(record_bad, LAST - BY_RECORD)
            doubts = negative(doubt, LAST)
            chance = votes / (votes + against + doubts) if votes else 0.0
            without = votes / (votes + doubts) if votes else 0.0
        else:
            chance = self.persuaded(force, doubt + (max(heard_bad, bad) + record_bad))
            without = self.persuaded(force, doubt)
        rivals = total(self.rival(n, f, q) for f, q in asked)
        share = force / (force + choice.competition * rivals)
        n.lost = (without - chance) * share
        u, v = self.draw(CHOICE, n)
        if u < chance * share:
            sources = [s for s in range(1, 7) if plus[s] > 0]
            past = [s for s in sources if total(plus[: s + 1]) > v * force]
            n.provider, n.source = BUSINESS, (past or sources[-1:])[0]
            n.new = int(me.provider != BUSINESS)

    def persuaded(self, force: float, against: float) -> float:
        yes, no = -math.expm1(-force), -math.expm1(-against)
        more = yes * no * yes / (yes + no) if self.now.choice.rule == "compete" else 0.0
        return yes * (1 - no) + more

    def says(self, experience: int) -> float:
        friends = self.now.friends
        return (0.0, 0.0, friends.recommend_satisfied, friends.recommend_delighted)[experience]

    def recall(self, week: int) -> float:
        return 0.5 ** ((self.week - week) / self.now.friends.recall_half_life)

    def friends_asked(self, n: Any) -> list[tuple[int, float]]:
        """The friends asked, in order, with the strength of their word."""
        friends, asked = self.now.friends, []
        rows = (self.town.strong[n.person], self.town.weak[n.person])
        for row, u, q in zip(rows, self.draw(TURN, n), (friends.strong, friends.weak), strict=True):
            t = int(u * len(row))
            asked += [(f, q) for f, _ in row[t:] + row[:t]]
        return asked[: friends.number]

    def witness(self, n: Any, f: int, q: float) -> tuple[float, float]:
        """Hazards for and against that friend f adds."""
        friend, u = self.memory[f][n.trade], self.draw(FRIEND, n, f)[0]
        if friend.provider == NOBODY:
            fading = 0.5 ** ((n.week - friend.heard) / self.now.talk.memory_half_life)
            y = self.now.friends.relay * fading
            return friend.good * y, friend.bad * y
        if friend.own == DISSATISFIED:
            return 0.0, (u < self.now.friends.warn) * self.neg(q) * self.recall(friend.own_week)
        recommends = friend.provider == BUSINESS and u < self.says(friend.own)
        return recommends * hz(q) * self.recall(friend.own_week), 0.0

    def rival(self, n: Any, f: int, q: float) -> float:
        friend, u = self.memory[f][n.trade], self.draw(FRIEND, n, f)[0]
        recommends = friend.provider == REST and u < self.says(friend.rest)
        return recommends * hz(q) * self.recall(friend.rest_week)

    def partner(self, n: Any) -> float:
        """The partner who refers, if any; the hazard of the referral."""
        referral, willing = self.now.referral, []
        least, most = referral.recognise_untrained, referral.recognise_trained
        for i in (i for i in self.trades if (n.person, i) not in self.deaf):
            best, tier = self.contact(n.person, i) if self.doors[i][n.trade] > 0 else (0.0, 0)
            seen = least + (most - least) * self.pairs[i][n.trade].training
            recognised = 1 - (1 - seen) ** (n.size**referral.size_effect)
            u, v = self.draw(PARTNER, n, i) if best > 0 else (1.0, 0.0)
            if u < best * self.doors[i][n.trade] * recognised:
                willing.append((v, i, tier))
        if not willing:
            return 0.0
        (_, n.referrer, n.tier), n.duplicate = min(willing), len(willing) - 1
        cu, ct = referral.close_untrained, referral.close_trained
        return hz(cu + (ct - cu) * self.pairs[n.referrer][n.trade].training)

    def contact(self, p: int, i: int) -> tuple[float, int]:
        known, seat, contact = self.memory[p][i], self.town.seat[p], self.now.referral.contact
        best, tier, recent = 0.0, 0, self.week - known.own_week <= self.now.referral.window
        if known.provider == BUSINESS and known.own >= SATISFIED and recent:
            best, tier = contact.client, 2 + known.via
        if self.town.near[p][i] and contact.friend > best:
            best, tier = contact.friend, 2
        partners = seat >= 0 and (seat == i or self.pairs[seat][i].linked)
        return (contact.member, 1) if partners and contact.member > best else (best, tier)

    def requested(self, n: Any, me: Any) -> float:
        """Hazard of having been named, and of friends who think of the person now."""
        asking = self.of[n.trade].asking
        hazard = me.request * left(n.week - me.requested, asking.request_half_life)
        for f, circle in self.town.row[n.person] if self.firms[n.trade].cued else ():
            friend = self.memory[f][n.trade]
            content = friend.provider == BUSINESS and friend.own >= SATISFIED
            faded = asking.cue * left(n.week - friend.cue_week, asking.cue_half_life)
            if content and friend.cue == circle + 1 and self.draw(FRIEND, n, f)[1] < faded:
                hazard, n.teller = hazard + hz(asking.persuade), f
        return hazard

    def serve(self, j: int, got: list[Any]) -> None:
        """Section 4.8."""
        firm, of, service, rule = self.firms[j], self.of[j], self.of[j].service, self.now.judgement
        places = math.floor((firm.hours + firm.spare) / service.least_hours)
        used = service.least_hours * min(len(got), places)
        firm.spare = min(firm.spare + firm.hours - used, service.least_hours)
        turn = sorted(got, key=lambda n: self.draw(JOB, n)[1] + (n.source != REPEAT))
        for n in turn[places:]:
            n.provider, n.source, n.new, n.turned = REST, NONE, 0, 1
        got = [n for n in got if not n.turned]
        if of.asking.when == "during":
            self.ask_during(j, sorted(got, key=lambda n: self.draw(ASKED, n)[0]))
        firm.load = service.smoothing * firm.load + (1 - service.smoothing) * len(got)
        hours = self.counts["hours_per_job"][j] = firm.hours / max(firm.load, len(got), 1)
        worth = service.gain * (1 - math.exp(-hours / service.hours_scale))
        for n in got:
            noise = service.noise * normal(self.draw(JOB, n)[0])
            n.quality = (service.level - of.asking.intrusion * n.asked) + noise + worth
            referred = n.source in (BY_PARTNER, BY_FRIEND, BY_HEARSAY, REQUESTED)
            x = n.quality - (firm.expectation + rule.referred * referred)
            content = DELIGHTED if x > rule.rule["above"] else SATISFIED
            n.judgement = DISSATISFIED if x < -rule.rule["below"] else content
        if got:
            mean = total(n.quality for n in got) / len(got)
            firm.expectation += rule.adaptation * (mean - firm.expectation)

    def ask_during(self, j: int, needs: list[Any]) -> None:
        asking = self.of[j].asking
        quota = math.floor(self.firms[j].ask_bank / asking.hours_during)
        for need in needs:
            me = self.memory[need.person][j]
            if quota > 0 and self.week - me.asked >= asking.pause:
                need.asked, me.asked, quota = 1, self.week, quota - 1
        self.pay_for_asks(j, asking.hours_during, sum(need.asked for need in needs))

    def pay_for_asks(self, j: int, hours: float, asks: int) -> None:
        before = self.firms[j].ask_bank
        self.firms[j].ask_bank -= hours * asks
        self.counts["hours_asking"][j] += before - self.firms[j].ask_bank
        self.counts["asks"][j] += asks

    def remember(self, needs: list[Any]) -> None:
        rest = self.now.rest
        for n in needs:
            me, u = self.memory[n.person][n.trade], self.draw(JOB, n)[0]
            me.provider = n.provider
            if n.provider == BUSINESS:
                me.own, me.own_week = n.judgement, n.week
                me.via = int(n.source == BY_PARTNER) if n.new else me.via
            else:
                content = DELIGHTED if u < rest.dissatisfied + rest.delighted else SATISFIED
                me.rest = DISSATISFIED if u < rest.dissatisfied else content
                me.rest_week = n.week

    # Section 4.9

    def story(self, originator: int, trade: int, need: int, valence: int) -> Any:
        return SimpleNamespace(at=(originator, trade, need), trade=trade, valence=valence,
                               word=VALENCES[valence], known=set(), queue=deque())  # fmt: skip

    def talk(self, n: Any) -> None:
        p, j, talk, at = n.person, n.trade, self.now.talk, n.at
        unhappy = talk.negativity_ratio * talk.delighted
        u, v = self.draw(TALK, n)
        if u >= (0.0, unhappy, talk.satisfied, talk.delighted)[n.judgement]:
            return
        story = self.story(p, j, n.ordinal, BAD if n.judgement == DISSATISFIED else GOOD)
        story.known.add(p)
        story.queue.append((p, 0))
        self.counts["talkers_" + story.word][j] += 1
        if v < talk.posts.share:
            self.counts["posts_" + story.word][j] += 1
            tail = (1 - self.draw(POST, n)[0]) ** (-1 / talk.posts.reach_tail)
            for number in range(int(min(talk.posts.reach_least * tail, self.town.size - 1))):
                f = int(self.u(FOLLOWER, p, number, *at) * self.town.size)
                if f not in story.known:
                    self.hear(story, p, f, talk.posts.persuade, 1)
        self.tell(story)

    def tell(self, story: Any) -> None:
        talk = self.now.talk
        told = talk.told.negative if story.valence == BAD else talk.told.positive
        while story.queue:
            teller, hop = story.queue.popleft()
            self.counts["tellers_" + story.word][story.trade] += 1
            row, strong = self.town.row[teller], len(self.town.strong[teller])
            for place, (f, _) in enumerate(row):
                q = talk.strong if place < strong else talk.weak
                if f not in story.known and self.u(TELL, teller, f, *story.at) < told / len(row):
                    self.hear(story, teller, f, q, hop + 1)

    def hear(self, story: Any, teller: int, f: int, q: float, hop: int) -> None:
        talk, me = self.now.talk, self.memory[f][story.trade]
        story.known.add(f)
        self.counts["heard_" + story.word][story.trade] += 1
        self.trace.append((teller, f, story.trade, story.valence))
        remains = left(self.week - me.heard, talk.memory_half_life)
        weight = power(talk.hearsay, hop - 1)
        me.good, me.bad, me.heard = me.good * remains, me.bad * remains, self.week
        me.good += hz(q) * weight * (story.valence == GOOD)
        me.bad += self.neg(q) * weight * (story.valence == BAD)
        if hop < talk.max_hops and self.u(RETELL, f, 0, *story.at) < talk.retell:
            story.queue.append((f, hop))

    # Section 4.10

    def appointments(self) -> None:
        asking = [j for j in self.trades if self.of[j].asking.when == "appointment"]
        if not any(self.of[j].effort.asking > 0 for j in asking):
            return
        clients = []
        for j in asking:
            hours = self.of[j].asking.hours_appointment
            quota = math.floor(self.firms[j].ask_bank / hours)
            may = [p for p in range(self.town.size) if self.may_be_asked(p, j)]
            may = sorted(may, key=lambda p, j=j: self.u(APPOINTMENT, p, 0, self.week, j))[:quota]
            for p in may:
                self.memory[p][j].asked = self.week
            clients += [(p, j) for p in may]
            self.pay_for_asks(j, hours, len(may))
        self.ask(clients)

    def may_be_asked(self, p: int, j: int) -> bool:
        me, asking = self.memory[p][j], self.of[j].asking
        content = me.provider == BUSINESS and me.own >= SATISFIED
        recent = self.week - me.own_week <= asking.window
        return content and recent and self.week - me.asked >= asking.pause

    def ask(self, clients: list[tuple[int, int]]) -> None:
        for c, j in clients:
            if self.u(NAMING, c, c, self.week, j) < self.says(self.memory[c][j].own):
                self.name_friends(c, j)
        for c, j in clients:
            if self.memory[c][j].own == DELIGHTED:
                self.testify(c, j)

    def name_friends(self, c: int, j: int) -> None:
        asking, me, row = self.of[j].asking, self.memory[c][j], self.town.row[c]
        recall, circles = asking.recall_broad, range(self.now.population.ties.circles)
        if asking.frame == "framed":
            ties = [sum(x == circle for _, x in row) for circle in circles]
            u, v = self.luck.both(FRAME, c, 0, self.week, j)
            circle = ties.index(max(ties)) if u < asking.frame_fit else int(v * len(circles))
            me.cue, me.cue_week, self.firms[j].cued = circle + 1, self.week, True
            recall, row = asking.recall_framed, [tie for tie in row if tie[1] == circle]
        for f in (f for f, _ in row if self.u(NAMING, c, f, self.week, j) < recall):
            named = self.memory[f][j]
            named.request *= left(self.week - named.requested, asking.request_half_life)
            named.request, named.requested = named.request + hz(asking.persuade), self.week
            self.counts["named"][j] += 1

    def testify(self, c: int, j: int) -> None:
        give, at = self.of[j].testimonials, (c, 0, self.week, j)
        u, x = self.luck.both(TESTIMONIAL, *at)
        if u >= give.give:
            return
        organised = x < give.expert + give.organisation
        weight = give.weight_organisation if organised else give.weight_consumer
        weight = give.weight_expert if x < give.expert else weight
        self.firms[j].record_good += weight
        self.counts["testimonials"][j] += 1
        u, v = self.luck.both(EXPOSURE, *at)
        if u < give.inauthentic and give.found_out > 0:
            certain = give.found_out == 1
            delay = 1 + (0 if certain else int(math.log1p(-v) / math.log1p(-give.found_out)))
            faded = left(delay, self.now.record.half_life)
            self.firms[j].exposures[self.place + delay] += weight * faded

    # Sections 4.11 to 4.13

    def follow_up(self, needs: list[Any]) -> None:
        referral = self.now.referral
        for n in (need for need in needs if need.referrer >= 0):
            pair = self.pairs[n.referrer][n.trade]
            pair.given += 1
            self.firms[n.referrer].score += 1
            self.firms[n.trade].year_value += self.value(n) * (n.source == BY_PARTNER)
            if n.judgement == DISSATISFIED:
                pair.credibility *= 1 - referral.credibility_loss
                if self.draw(DROP, n, n.referrer)[0] < referral.drop_referrer:
                    self.deaf.add((n.person, n.referrer))
            elif n.judgement == DELIGHTED:
                pair.credibility += referral.credibility_gain * (1 - pair.credibility)

    def value(self, n: Any) -> float:
        return n.size * of_trade(self.now.trades.job_value, n.trade)

    def meet(self) -> None:
        group, present = self.now.group, []
        for j in self.members():
            firm, hours = self.firms[j], group.meeting_hours * self.firms[j].keeps
            if firm.keeps and firm.partner_bank < group.meeting_hours:
                continue
            if self.u(MEETING, j, 0, self.week) < self.of[j].partners.attendance:
                present.append(j)
                firm.partner_bank -= hours
                self.counts["hours_partners"][j] += hours
        both = [(i, j) for i in present for j in present]
        for pair in (self.pairs[i][j] for i, j in both):
            pair.visibility += group.visibility_gain * (1 - pair.visibility)
        for i, j in both:
            client = self.memory[self.town.owner[i]][j]
            recent = self.week - client.own_week <= self.now.referral.window
            testifies = self.u(TESTIFY, i, j, self.week) < group.testify
            if client.own == DELIGHTED and recent and testifies:
                for pair in (self.pairs[m][j] for m in present if m != j):
                    pair.credibility += group.testimony * (1 - pair.credibility)

    def meet_in_pairs(self) -> None:
        rules, firms, met = self.now.one_to_ones, self.firms, []
        pairs = [(i, j) for j in self.trades for i in range(j) if self.pairs[i][j].linked]
        for pair in sorted(pairs, key=lambda pair: (self.u(ONE_TO_ONE, *pair, self.week), pair)):
            paying = [firms[k] for k in pair if firms[k].keeps]
            if paying and all(firm.partner_bank >= rules.hours for firm in paying):
                met.append(pair)
                for firm in paying:
                    firm.partner_bank -= rules.hours
        for k in self.trades:
            meetings = sum(k in pair for pair in met)
            self.counts["hours_partners"][k] += rules.hours * meetings * firms[k].keeps
        for i, j in [*met, *((j, i) for i, j in met)]:
            pair = self.pairs[i][j]
            gap = self.of[j].partners.message_specificity - pair.training
            pair.training += rules.training_gain * max(gap, 0)
            pair.visibility += rules.visibility_gain * (1 - pair.visibility)

    # Sections 4.14 and 5

    def close(self) -> None:
        referral, counts = self.now.referral, self.counts
        for j, firm in enumerate(self.firms):
            views = [row[j] for row in self.pairs if row[j].linked]
            for name in ("visibility", "credibility", "training"):
                counts[name][j] = total(getattr(pair, name) for pair in views) / max(len(views), 1)
            counts["record_good"][j], counts["record_bad"][j] = firm.record_good, firm.record_bad
            asking, effort = self.of[j].asking, self.of[j].effort
            ask = asking.hours_during if asking.when == "during" else asking.hours_appointment
            x = max(firm.ask_bank - max(effort.asking, ask), 0)
            contact = max(self.now.group.meeting_hours, self.now.one_to_ones.hours)
            y = max(firm.partner_bank - max(effort.partners, contact), 0)
            firm.ask_bank, firm.partner_bank = firm.ask_bank - x, firm.partner_bank - y
            firm.returned = firm.returned + x + y
            banked = firm.ask_bank + firm.partner_bank + firm.returned
            counts["hours_unspent"][j], firm.banked = banked - firm.banked, banked
            counts["hours_service"][j] = firm.hours
            firm.score *= 0.5 ** (1 / referral.score_half_life)
        for pair in (pair for row in self.pairs for pair in row):
            pair.visibility *= referral.visibility_fade
            pair.training *= referral.training_fade
        if self.week >= 0 and (self.week + 1) % 52 == 0:
            self.anniversary()

    def anniversary(self) -> None:
        group, members, firms = self.now.group, self.members(), self.firms
        value, strategy = [x.year_value for x in firms], [x.strategy for x in firms]
        for t in members:
            others = [m for m in members if m != t]
            u, v = self.luck.both(IMITATION, t, 0, self.week)
            m = others[int(v * len(others))] if others and u < group.imitation else t
            firms[t].strategy = strategy[m] if value[m] > value[t] else strategy[t]
        for t in members:
            leaves = group.renewal * math.exp(-value[t] / group.cost)
            if self.u(RENEWAL, t, 0, self.week) < leaves:
                self.take_seat(t)
        for firm in firms:
            firm.year_value = 0.0

    def count(self, needs: list[Any]) -> None:
        """Section 5: what the needs add to the measures of their business."""
        for n in needs:
            served, referred, value = n.provider == BUSINESS, n.referrer >= 0, self.value(n)
            add = {
                "needs": 1, "open_needs": n.open, "lost_grudge": n.grudge, "lost_drift": n.drift,
                "lost_negative": n.lost, "turned_away": n.turned, "to_rest": not served,
                "referrals_received": referred, "referrals_duplicate": n.duplicate,
                "repeat": n.source == REPEAT,
            }  # fmt: skip
            if served:
                margin = value * of_trade(self.now.trades.margin, n.trade)
                add |= {"revenue": value, "margin": margin, EXPERIENCES[n.judgement]: 1}
            if n.source > REPEAT:
                source, partner = SOURCES[n.source - 1], n.source == BY_PARTNER
                add |= {
                    "won": 1, "new_clients": n.new, "won_" + source: 1, "new_" + source: n.new,
                    "won_after_referral": referred, "referrals_closed": partner,
                    f"won_tier{n.tier or 1}": partner, "value_partner": value * partner,
                    "value_customers": value * (BY_FRIEND <= n.source <= REQUESTED),
                }  # fmt: skip
            for name, amount in add.items():
                self.counts[name][n.trade] += amount
            if referred:
                self.counts["referrals_passed"][n.referrer] += 1


def run(scenario: Scenario, number: int) -> list[list[Any]]:
    """For each arm the weeks of one world: `needs`, `trace` of who told whom, and `counts`."""
    luck = Luck(scenario.seed, number)
    return [Market(scenario, arm, luck).play() for arm in scenario.arms]
