"""The market in plain Python: slow, and written from README.md beside it alone.

Sections and names are those of README.md; a draw is the pair (u, v) at its address.
"""

import math
from bisect import bisect_right, insort
from collections import Counter, defaultdict
from functools import cache, partial, reduce
from hashlib import blake2b
from itertools import accumulate, combinations, count, islice, permutations, product
from operator import add
from statistics import NormalDist
from types import SimpleNamespace as State

import networkx as nx

from wom_sim.scenario.parameters import BUSINESS_SECTIONS

NETWORK, TIE, OWNER, STRATEGY, PAIR = range(1, 6)
NEED, LOYALTY, MIND, CHOICE, FRIEND, TURN, PARTNER, SIGNAL, JOB, MEET = range(10, 20)
TALK, TELL, RETELL, POST, FOLLOWER, COMPLAINT, ORDER = range(20, 27)
ASKED, APPOINTMENT, NAMING, FRAME, TESTIMONIAL, EXPOSURE = range(30, 36)
MEETING, TESTIFY, ONE_TO_ONE, DROP, RENEWAL, IMITATION = range(40, 46)

NOBODY, BUSINESS, REST = range(3)
UNKNOWN, DISSATISFIED, SATISFIED, DELIGHTED = range(4)
NONE, REPEAT, BY_PARTNER, BY_FRIEND, BY_HEARSAY, REQUESTED, BY_RECORD, UNPROMPTED = range(-1, 7)
SOURCES = ("partner", "asked_friend", "word_of_mouth", "requested", "public_record", "unprompted")
EXPERIENCES = ("dissatisfied", "satisfied", "delighted")
NEVER, LAST, TINY = -20000, 2**32 - 1, 2.0**-54
normal = NormalDist().inv_cdf

Memory = partial(
    State, provider=NOBODY, own=UNKNOWN, own_week=NEVER, rest_x=UNKNOWN, rest_week=NEVER, good=0.0,
    bad=0.0, heard=NEVER, request=0.0, requested=NEVER, asked=NEVER, cue=0, cue_week=NEVER, via=0)
Firm = partial(
    State, load=0.0, record_good=0.0, record_bad=0.0, spare=0.0, ask_bank=0.0, partner_bank=0.0,
    returned=0.0, banked=0.0, cued=False, keeps=False, score=0.0, year_value=0.0)
Pair = partial(State, linked=False, visibility=0.0, credibility=0.0, training=0.0, given=0)
Need = partial(
    State, open=0, provider=REST, rejected=0, turned=0, source=NONE, new=0, grudge=0, drift=0,
    lost=0.0, referrer=-1, tier=0, duplicate=0, teller=-1, asked=0, quality=math.nan,
    judgement=UNKNOWN)


def uniforms(key, stream, who=0, whom=0, week=0, trade=0, ordinal=0):
    """Section 1.1: u and v at an address, by Philox4x32-10."""
    c0, c1, c2, c3 = who & LAST, whom & LAST, week & LAST, (stream << 24) + (trade << 16) + ordinal
    k0, k1 = key & LAST, key >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & LAST, (p0 >> 32) ^ c3 ^ k1, p0 & LAST
        k0, k1 = (k0 + 0x9E3779B9) & LAST, (k1 + 0xBB67AE85) & LAST
    return (((c0 << 32) + c1) >> 11) * 2.0**-53, (((c2 << 32) + c3) >> 11) * 2.0**-53


def hz(q):
    """The hazard of a message that alone convinces with chance q."""
    return -math.log1p(-q)


def left(age, half_life):
    """Section 7: what is left of stories, requests, cues and exposures."""
    return math.exp2(-(age / half_life))


def power(a, n, r=1.0):
    """Section 7: a ** n by repeated squaring."""
    return power(a * a, n // 2, r * a if n % 2 else r) if n else r


def total(numbers):
    """Section 7: the sum from left to right, which `sum` of later Pythons is not."""
    return reduce(add, numbers, 0.0)


def of_trade(value, j):
    """A parameter that is one number for all trades or a list by trade."""
    return value[j] if isinstance(value, list) else value


def network(N, seed, kind, degrees=(0,), **given):
    """Section 2, step 1, but for `file`: the friends of each person."""
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


def play(scenario, arm, draw):
    """The weeks of one arm, history first; `now` is in force for the town, `of` by business."""
    # Section 4.0, step 1
    B, A, H, changes = scenario.base, arm.parameters, scenario.history_weeks, dict(arm.changes)
    now = B.model_copy(update={
        "population": A.population,
        "trades": B.trades if B.trades.count == A.trades.count else A.trades,
        "partners": B.partners.model_copy(update={"group": False, "count": 0}),
        "effort": B.effort.model_copy(update={"partners": 0.0}),
    })  # fmt: skip
    N, people, trades = A.population.size, range(A.population.size), range(A.trades.count)
    treated, of = [j == 0 or scenario.treated == "all" for j in trades], [now for _ in trades]

    # Section 2: rows of (weak, friend, circle)
    ties, row, owner = now.population.ties, [[] for _ in people], []
    friends = network(N, int(draw(NETWORK)[0] * 2**32), **now.population.network)
    seed = int(draw(NETWORK, 0, 1)[0] * 2**32)
    refers_to = network(len(trades), seed, **now.population.professionals)
    for p, f in ((a, b) for a in people for b in friends[a]):
        (u, v), common = draw(TIE, min(p, f), max(p, f)), len(friends[p] & friends[f])
        by_share, close_knit = ties.strong_by == "share", common >= ties.shared_neighbours
        strong = u < ties.strong_share if by_share else close_knit
        insort(row[p], (not strong, f, int(v * ties.circles)))
    for j in trades if now.population.owners == "residents" else ():
        attempts = (int(draw(OWNER, j, attempt)[0] * N) for attempt in count())
        owner.append(next(p for p in attempts if p not in owner))
    seat = [owner.index(p) if p in owner else -1 for p in people]

    # Section 3
    memory, deaf, members = {pj: Memory() for pj in product(people, trades)}, set(), set()
    pairs, expectation = {ij: Pair() for ij in product(trades, trades)}, now.judgement.expectation
    firms = [Firm(expectation=expectation, exposures=defaultdict(float)) for _ in trades]

    # Section 2.1
    in_force = accumulate(range(scenario.weeks), lambda old, x: changes.get(x, old), initial=A)
    plans = [now] * H + list(in_force)[1:]
    paces = [0.0 if plan.trades.needs == "once" else plan.trades.need_rate for plan in plans]
    rates = [[of_trade(pace, j) / 52 for pace in paces] for j in trades]
    until, calendar = [list(accumulate(rate, initial=0.0)) for rate in rates], [[] for _ in plans]

    def need(p, j, o, week):
        """A need, with what it draws in its week."""
        at = partial(draw, who=p, week=week, trade=j, ordinal=o)
        return Need(person=p, trade=j, ordinal=o, draw=at)

    clients = [(p, j) for p, j in memory if seat[p] != j]
    for p, j in clients:
        for o, time in enumerate(accumulate(hz(draw(NEED, p, 0, 0, j, o)[0]) for o in count())):
            if (place := bisect_right(until[j], time) - 1) == len(plans):
                break
            calendar[place].append(need(p, j, o, place - H))

    def enforce(new):
        """Section 4.0: new parameters come into force."""
        nonlocal now, of
        others = new.model_copy(update={name: getattr(B, name) for name in BUSINESS_SECTIONS})
        for firm in firms:
            firm.expectation += new.judgement.expectation - now.judgement.expectation
        now, of = new, [new if own else others for own in treated]

    def start():
        """Sections 4.0 (step 3), 4.2 and 4.3."""
        enforce(A)
        partners, alone, spheres = [x.partners for x in of], not all(treated), A.trades.spheres
        want, inviting = [x.count for x in partners], [False for _ in trades]
        inviting[0] = alone and want[0] > 0
        order = {ij: draw(PAIR, *ij)[0] for ij in combinations(trades, 2)}
        for i, j in sorted(order, key=lambda ij: order[ij] + ((ij[0] - ij[1]) % spheres > 0)):
            if (want[i] > 0 or inviting[j]) and (want[j] > 0 or inviting[i]):
                pairs[i, j].linked = pairs[j, i].linked = True
                want[i], want[j] = want[i] - 1, want[j] - 1
        for pair in pairs.values():
            vars(pair).update(fresh())
        for j, firm in enumerate(firms):
            firm.ask_bank = firm.partner_bank = firm.returned = firm.banked = 0.0
            firm.keeps = partners[j].group or partners[j].count > 0
            if j < A.group.size and (partners[j].group or (alone and partners[0].group)):
                take_seat(j)
        for own, strategies in ((True, A.partners.strategies), (False, B.partners.strategies)):
            dealt = [j for j in trades if treated[j] == own]
            dealt.sort(key=lambda j: draw(STRATEGY, j)[0])
            exact = {name: strategies[name]["share"] * len(dealt) for name in sorted(strategies)}
            seats = {name: math.floor(exact[name] + 1e-9) for name in exact}
            short = sorted(exact, key=lambda name: seats[name] - exact[name])
            seats = Counter(seats) + Counter(short[: len(dealt) - sum(seats.values())])
            for j, name in zip(dealt, sorted(seats.elements()), strict=True):
                firms[j].strategy = name, strategies[name]

    def fresh():
        """Section 4.2, step 3."""
        start = now.referral
        return {"visibility": start.visibility_start, "credibility": start.credibility_start}

    def take_seat(t):
        """Section 4.2."""
        members.add(t)
        firms[t].score = firms[t].year_value = 0.0
        for ij in (ij for ij in permutations(members, 2) if t in ij):
            pairs[ij] = Pair(linked=True, **fresh())

    def happen(event, number):
        """Section 4.4."""
        if event.join is not None and event.join not in members:
            take_seat(event.join)
            firms[event.join].keeps = True
        if event.leave in members:
            for ij in (ij for ij in permutations(members, 2) if event.leave in ij):
                pairs[ij].linked = False
            members.remove(event.leave)
            firms[event.leave].keeps = False
        for j in (j for j in trades if treated[j] and event.complaint):
            chance = event.complaint.reach / N
            hearers = [p for p in people if draw(COMPLAINT, p, number, w, j)[0] < chance]
            tell((LAST - number, j, 65535), "negative", -1, hearers)
            firms[j].record_bad += event.complaint.entries

    def door(i, j):
        """Section 4.5, step 4, with the willingness of 4.7."""
        pair, w0, inside = pairs[i, j], now.referral.willing, (i - j) % now.trades.spheres == 0
        sphere = now.trades.sphere_inside if inside else now.trades.sphere_outside
        sphere *= j in refers_to[i]
        met = pair.linked * sphere * pair.visibility * pair.credibility
        if met <= 0 or not now.referral.reciprocity:
            return met * w0
        kind, settings = firms[i].strategy
        answer = int(kind == "giver")
        if kind == "reciprocator":
            x = (pair.given - pairs[j, i].given) / settings["scale"]
            answer = 1 / (1 + math.exp(min(max(x, -700), 700)))
        if kind == "image_scorer":
            x = [firms[m].score for m in trades if any(pairs[m, k].linked for k in trades)]
            r = [total(x[k : len(x) // 8 * 8 : 8]) for k in range(8)]  # section 7
            blocks = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
            mean = total([blocks, *x[len(x) // 8 * 8 :]]) / len(x)
            famous = (firms[j].score / mean if mean > 0 else 1) >= settings["threshold"]
            answer = 1 if famous else 1 - settings["known"]
        return met * (w0 + (1 - w0) * answer)

    def decide(n):
        """Section 4.6: loyalty, and after."""
        me, loyalty, (u, v) = memory[n.person, n.trade], now.loyalty, n.draw(LOYALTY)
        mine, job = me.provider == BUSINESS, draw(NEED, n.person, 0, 0, n.trade, n.ordinal)[1]
        n.size = math.exp(now.trades.job_spread * normal(max(job, TINY)))
        stays = (1 - loyalty.grudge, 1 - loyalty.grudge, loyalty.satisfied, loyalty.delighted)
        if me.provider and u < stays[me.own if mine else me.rest_x]:
            n.provider, n.source = me.provider, REPEAT if mine else NONE
        else:
            n.open = 1
            choose(n, me, list(asked_friends(n)) if v < now.friends.ask_around else [])
        if n.provider != BUSINESS:
            grudge = me.own == DISSATISFIED
            n.size, n.grudge, n.drift = 0.0, int(mine and grudge), int(mine and not grudge)
        n.value = n.size * of_trade(now.trades.job_value, n.trade)
        if now.choice.updating == "one_by_one":
            act(n, firms[n.trade])

    def act(n, firm):
        """Section 4.6.1: what follows from a decision at once."""
        if n.provider == BUSINESS and firm.free == 0:
            turn_away(n)
        if n.provider == BUSINESS:
            firm.free -= 1
            judge(n, firm.hours / max(firm.load, 1))
        remember(n, at_once=True)

    def choose(n, me, said):
        """Section 4.6: from the partner to the choice, with what the friends asked said."""
        choice, firm, plus = now.choice, firms[n.trade], [0.0] * 7
        m = 0.5 ** ((w - me.heard) / now.talk.memory_half_life)
        G, B, (G2, B2, R) = me.good * m, me.bad * m, (total(x[k] for x in said) for k in (1, 2, 3))
        plus[BY_PARTNER], plus[BY_FRIEND if G2 > G else BY_HEARSAY] = partner(n), max(G, G2)
        n.teller = max(said, key=lambda word: word[1])[0] if G2 > G else -1
        plus[REQUESTED] = requested(n, me)
        aware, look_up = n.draw(MIND)
        in_mind = aware < choice.awareness * choice.awareness_left ** max(w, 0)
        plus[UNPROMPTED] = hz(choice.close_unprompted) * in_mind
        looks_up = look_up < now.record.look_up
        plus[BY_RECORD], rec_bad = firm.rec_good * looks_up, firm.rec_bad * looks_up
        running, once = list(accumulate(plus)), now.trades.needs == "once"
        T, against = running[-1], max(B, B2) + rec_bad
        if in_mind and choice.unprompted == "decides":
            n.provider, n.source, n.new = BUSINESS, UNPROMPTED, int(me.provider != BUSINESS)
            return
        if T <= 0 and not once:
            return
        r = 0.5 ** ((w - me.own_week) / now.friends.recall_half_life)
        D = hz(choice.own_bad) * r if me.own == DISSATISFIED else 0.0
        if choice.rule == "counts":
            pro = [(g, f) for f, g, _, _ in said] if G2 > G else [(G, LAST - BY_HEARSAY)]
            con = [(b, f) for f, _, b, _ in said] if B2 > B else [(B, LAST - BY_HEARSAY)]
            pro += [(plus[s], LAST - s) for s in (BY_PARTNER, REQUESTED, BY_RECORD, UNPROMPTED)]
            con += [(rec_bad, LAST - BY_RECORD)]
            votes, noes, doubt = (
                sum(n.draw(SIGNAL, whom=message)[lane] < 1 - math.exp(-h) for h, message in signals)
                for lane, signals in ((0, pro), (1, con), (1, [(D, LAST)]))
            )
            chance, without = (votes / max(votes + x + doubt, 1) for x in (noes, 0))
            either = votes + noes + doubt > 0
        else:
            yes, *noes, either = (-math.expm1(-x) for x in (T, D + against, D, T + D + against))
            both = yes if choice.rule == "compete" else 0.0
            chance, without = (yes * (1 - no) + both * no * yes / (yes + no or 1) for no in noes)
        s = T / (T + choice.competition * R) if T > 0 else 0.0
        n.lost, (u, v) = (without - chance) * s, n.draw(CHOICE)
        if u < chance * s:
            sources = [s for s in range(1, 7) if plus[s] > 0]
            n.source = next((s for s in sources if running[s] > v * T), sources[-1])
            n.provider, n.new = BUSINESS, int(me.provider != BUSINESS)
        elif once:
            n.provider, n.rejected = REST if u < either else NOBODY, int(chance <= u < either)

    def asked_friends(n):
        """Section 4.6: each friend asked, in order, and what it adds to G2, B2 and R."""
        p, rules, asked = n.person, now.friends, []
        for lane, q in enumerate((rules.strong, rules.weak)):
            ties = [f for weak, f, _ in row[p] if weak == lane]
            t = int(n.draw(TURN)[lane] * len(ties))
            asked += [(f, q) for f in ties[t:] + ties[:t]]
        del asked[rules.number :]
        for number in range(min(now.population.ties.met, rules.number - len(asked))):
            met = (n.draw(MEET, whom=number, trade=0, ordinal=attempt)[0] for attempt in range(64))
            known = {p, *friends[p], *(f for f, _ in asked)}
            strangers = (f for u in met if (f := int(u * N)) not in known)
            asked += [(f, rules.weak) for f in islice(strangers, 1)]
        for f, q in asked:
            friend, u, g, b, R = memory[f, n.trade], n.draw(FRIEND, whom=f)[0], 0.0, 0.0, 0.0
            recalled = 0.5 ** ((w - friend.own_week) / rules.recall_half_life)
            if friend.provider == REST and u < says[friend.rest_x]:
                R = hz(q) * 0.5 ** ((w - friend.rest_week) / rules.recall_half_life)
            if seat[f] != n.trade and friend.provider == NOBODY:
                y = rules.relay * 0.5 ** ((w - friend.heard) / now.talk.memory_half_life)
                g, b = friend.good * y, friend.bad * y
            elif seat[f] != n.trade and friend.provider == REST and friend.rest_x == UNKNOWN:
                warning = 0.5 ** ((w - friend.rest_week) / rules.recall_half_life)
                b = neg(q) * warning * (u < rules.rejecters_warn)
            elif seat[f] != n.trade and friend.own == DISSATISFIED:
                b = neg(q) * recalled * (u < rules.warn)
            elif seat[f] != n.trade and friend.provider == BUSINESS:
                g = hz(q) * recalled * (u < says[friend.own])
            yield f, g, b, R

    def neg(q):
        """The hazard of a message that speaks against the business."""
        return hz(min(now.choice.negative_weight * q, 0.99))

    def partner(n):
        """Section 4.6: the partner who refers, if any; the hazard of the referral."""
        p, j, rule, willing = n.person, n.trade, now.referral, []
        contact, trained = rule.contact, rule.recognise_trained - rule.recognise_untrained
        for i in (i for i in trades if doors[i, j] > 0 and (p, i) not in deaf):
            fellow = seat[p] == i or (seat[p] >= 0 and pairs[seat[p], i].linked)
            near, me = any(seat[f] == i for f in friends[p]), memory[p, i]
            client = contact.client * content(me, rule.window), 2 + me.via
            others = (contact.friend * near, 2), (contact.member * fellow, 1)
            best, tier = max(client, *others, key=lambda way: way[0])
            seen = rule.recognise_untrained + trained * pairs[i, j].training
            b = 1 - (1 - seen) ** (n.size**rule.size_effect)
            u, v = n.draw(PARTNER, whom=i) if best > 0 else (1.0, 0.0)
            if u < best * doors[i, j] * b:
                willing.append((v, i, tier))
        if not willing:
            return 0.0
        (_, n.referrer, n.tier), n.duplicate = min(willing), len(willing) - 1
        gain = (rule.close_trained - rule.close_untrained) * pairs[n.referrer, j].training
        return hz(rule.close_untrained + gain)

    def content(me, window=math.inf):
        """Whether the business served a client last, well, and within so many weeks."""
        return me.provider == BUSINESS and me.own >= SATISFIED and w - me.own_week <= window

    def requested(n, me):
        """Section 4.6: the hazard of having been named, and of ties reminded by a cue."""
        asking = of[n.trade].asking
        h = me.request * left(w - me.requested, asking.request_half_life)
        for _, f, circle in row[n.person] if firms[n.trade].cued else ():
            friend, v = memory[f, n.trade], n.draw(FRIEND, whom=f)[1]
            chance = asking.cue * left(w - friend.cue_week, asking.cue_half_life)
            if content(friend) and friend.cue == circle + 1 and v < chance:
                h, n.teller = h + hz(asking.persuade), f
        return h

    def serve(j, got):
        """Section 4.8: places, asking during the job, quality, expectation."""
        firm, service = firms[j], of[j].service
        used = service.least_hours * min(len(got), firm.places)
        firm.spare = min(firm.spare + firm.hours - used, service.least_hours)
        for n in sorted(got, key=lambda n: n.draw(JOB)[1] + (n.source != REPEAT))[firm.places :]:
            turn_away(n)
        got = [n for n in got if not n.turned]
        if of[j].asking.when == "during":
            hand_out(j, sorted(got, key=lambda n: n.draw(ASKED)[0]))
        firm.load = service.smoothing * firm.load + (1 - service.smoothing) * len(got)
        hours = counts["hours_per_job"][j] = firm.hours / max(firm.load, len(got), 1)
        for n in got:
            judge(n, hours)
        if got:
            mean = total(n.quality for n in got) / len(got)
            firm.expectation += now.judgement.adaptation * (mean - firm.expectation)

    def turn_away(n):
        """Section 4.8: a need for which there is no place."""
        n.provider, n.source, n.new, n.turned = REST, NONE, 0, 1

    def judge(n, hours):
        """Section 4.8: quality with so many hours, and what the client thinks of it."""
        service, asking, rule = of[n.trade].service, of[n.trade].asking, now.judgement
        worth = service.gain * (1 - math.exp(-hours / service.hours_scale))
        noise = service.noise * normal(max(n.draw(JOB)[0], TINY))
        n.quality = (service.level - asking.intrusion * n.asked) + noise + worth
        referred = BY_PARTNER <= n.source <= REQUESTED
        x = n.quality - (firms[n.trade].expectation + rule.referred * referred)
        fine = DELIGHTED if x > rule.rule["above"] else SATISFIED
        n.judgement = DISSATISFIED if x < -rule.rule["below"] else fine

    def hand_out(j, line):
        """Sections 4.8 and 4.10: who of those in line is asked, and the hours that takes."""
        firm, asking, before = firms[j], of[j].asking, firms[j].ask_bank
        hours = getattr(asking, f"hours_{asking.when}")
        for n in line:
            rested = w - memory[n.person, j].asked >= asking.pause
            if rested and sum(x.asked for x in line) < math.floor(before / hours):
                n.asked, memory[n.person, j].asked = 1, w
        counts["asks"][j] += sum(n.asked for n in line)
        firm.ask_bank -= hours * sum(n.asked for n in line)
        counts["hours_asking"][j] += before - firm.ask_bank

    def remember(n, at_once=False):
        """Section 4.8: memory; at once (4.6.1) all but via."""
        me, u, rest = memory[n.person, n.trade], n.draw(JOB)[0], now.rest
        me.provider = n.provider or me.provider
        if n.provider == BUSINESS:
            me.own, me.own_week = n.judgement, w
            me.via = int(n.source == BY_PARTNER) if n.new and not at_once else me.via
        if n.provider == REST:
            fine = DELIGHTED if u < rest.dissatisfied + rest.delighted else SATISFIED
            judged = DISSATISFIED if u < rest.dissatisfied else fine
            me.rest_x, me.rest_week = UNKNOWN if n.rejected else judged, w

    def talk(n):
        """Section 4.9: who talks and posts."""
        p, j, rules, posts, (u, v) = n.person, n.trade, now.talk, now.talk.posts, n.draw(TALK)
        chance = (0.0, rules.negativity_ratio * rules.delighted, rules.satisfied, rules.delighted)
        word, reach = "negative" if n.judgement == DISSATISFIED else "positive", 0
        if u < chance[n.judgement]:
            counts["talkers_" + word][j] += 1
            if v < posts.share:
                counts["posts_" + word][j] += 1
                tail = (1 - n.draw(POST)[0]) ** (-1 / posts.reach_tail)
                reach = min(posts.reach_least * tail, N - 1)
            followers = [int(n.draw(FOLLOWER, whom=number)[0] * N) for number in range(int(reach))]
            tell((p, j, n.ordinal), word, p, followers)

    def tell(story, word, first, audience):
        """Section 4.9: what reaches an audience, if any, at once, and then is told and retold."""
        rules, j, known, told = now.talk, story[1], {first}, getattr(now.talk.told, word)
        queue = [(first, 0, audience)] + [(first, 0, None)] * (first >= 0)
        for teller, hop, reached in queue:
            if reached is not None:
                listeners = [(f, rules.posts.persuade) for f in reached]
            else:
                counts["tellers_" + word][j] += 1
                listeners = [
                    (f, rules.weak if weak else rules.strong) for weak, f, _ in row[teller]
                    if f not in known and draw(TELL, teller, f, *story)[0] < told / len(row[teller])
                ]  # fmt: skip
            for f, q in (x for x in listeners if x[0] not in known):
                known.add(f)
                trace.append((teller, f, j, int(word == "negative")))
                counts["heard_" + word][j] += 1
                me, e = memory[f, j], power(rules.hearsay, hop)
                x = left(w - me.heard, rules.memory_half_life)
                good, bad = (hz(q) * e, 0.0) if word == "positive" else (0.0, neg(q) * e)
                me.good, me.bad, me.heard = me.good * x + good, me.bad * x + bad, w
                if hop + 1 < rules.max_hops and draw(RETELL, f, 0, *story)[0] < rules.retell:
                    queue.append((f, hop + 1, None))

    def name(n):
        """Section 4.10: naming."""
        c, j, asking = n.person, n.trade, of[n.trade].asking
        me, recall, ties = memory[c, j], asking.recall_broad, row[c]
        if not n.asked or draw(NAMING, c, c, w, j)[0] >= says[me.own]:
            return
        if asking.frame == "framed":
            circles, (u, v) = [circle for *_, circle in row[c]], draw(FRAME, c, 0, w, j)
            circle = int(v * now.population.ties.circles)
            if u < asking.frame_fit:
                circle = max(range(now.population.ties.circles), key=circles.count)
            me.cue, me.cue_week, firms[j].cued = circle + 1, w, True
            recall, ties = asking.recall_framed, [tie for tie in row[c] if tie[2] == circle]
        for f in (f for _, f, _ in ties if draw(NAMING, c, f, w, j)[0] < recall):
            friend = memory[f, j]
            faded = friend.request * left(w - friend.requested, asking.request_half_life)
            friend.request, friend.requested = faded + hz(asking.persuade), w
            counts["named"][j] += 1

    def testify(n):
        """Section 4.10: testimonials."""
        c, j, rules = n.person, n.trade, of[n.trade].testimonials
        (u, x), (caught, v) = draw(TESTIMONIAL, c, 0, w, j), draw(EXPOSURE, c, 0, w, j)
        if not n.asked or memory[c, j].own != DELIGHTED or u >= rules.give:
            return
        kinds = (rules.weight_expert, rules.weight_organisation, rules.weight_consumer)
        weight = kinds[(x >= rules.expert) + (x >= rules.expert + rules.organisation)]
        firms[j].record_good += weight
        counts["testimonials"][j] += 1
        if caught < rules.inauthentic and rules.found_out > 0:
            certain = rules.found_out == 1
            delay = 1 + (0 if certain else int(math.log1p(-v) / math.log1p(-rules.found_out)))
            firms[j].exposures[w + delay] += weight * left(delay, now.record.half_life)

    def follow_up(n):
        """Section 4.11."""
        if n.referrer < 0:
            return
        pair, rule = pairs[n.referrer, n.trade], now.referral
        pair.given += 1
        firms[n.referrer].score += 1
        firms[n.referrer].year_value -= rule.cost
        counts["cost_passing"][n.referrer] += rule.cost
        firms[n.trade].year_value += n.value * (n.source == BY_PARTNER)
        if n.judgement == DISSATISFIED:
            pair.credibility *= 1 - rule.credibility_loss
            if n.draw(DROP, whom=n.referrer)[0] < rule.drop_referrer:
                deaf.add((n.person, n.referrer))
        if n.judgement == DELIGHTED:
            pair.credibility += rule.credibility_gain * (1 - pair.credibility)

    def meet():
        """Section 4.12."""
        group, present = now.group, []
        for j in sorted(members):
            hours = group.meeting_hours * firms[j].keeps
            attends = draw(MEETING, j, 0, w)[0] < of[j].partners.attendance
            if attends and firms[j].partner_bank >= hours:
                present.append(j)
                firms[j].partner_bank -= hours
                counts["hours_partners"][j] += hours
        for i, j in product(present, present):
            pairs[i, j].visibility += group.visibility_gain * (1 - pairs[i, j].visibility)
            me = memory[owner[i], j] if owner else Memory()
            pleased = me.own == DELIGHTED and w - me.own_week <= now.referral.window
            if pleased and draw(TESTIFY, i, j, w)[0] < group.testify:
                for pair in (pairs[m, j] for m in present if m != j):
                    pair.credibility += group.testimony * (1 - pair.credibility)

    def meet_in_pairs():
        """Section 4.13."""
        rules, linked = now.one_to_ones, [ij for ij in combinations(trades, 2) if pairs[ij].linked]
        for i, j in sorted(linked, key=lambda ij: draw(ONE_TO_ONE, *ij, w)[0]):
            paying = [k for k in (i, j) if firms[k].keeps]
            if paying and all(firms[k].partner_bank >= rules.hours for k in paying):
                for k in paying:
                    firms[k].partner_bank -= rules.hours
                    counts["hours_partners"][k] += rules.hours
                for pair, k in ((pairs[i, j], j), (pairs[j, i], i)):
                    gap = of[k].partners.message_specificity - pair.training
                    pair.training += rules.training_gain * max(gap, 0)
                    pair.visibility += rules.visibility_gain * (1 - pair.visibility)

    def close():
        """Section 4.14."""
        rules, contact = now.group, max(now.group.meeting_hours, now.one_to_ones.hours)
        for j, firm in enumerate(firms):
            views, own = [pairs[i, j] for i in trades if pairs[i, j].linked], of[j]
            for measure in ("visibility", "credibility", "training"):
                seen = total(getattr(pair, measure) for pair in views)
                counts[measure][j] = seen / max(len(views), 1)
            counts["record_good"][j], counts["record_bad"][j] = firm.record_good, firm.record_bad
            ask = getattr(own.asking, f"hours_{own.asking.when}")
            x = max(firm.ask_bank - max(own.effort.asking, ask), 0)
            y = max(firm.partner_bank - max(own.effort.partners, contact), 0)
            firm.ask_bank, firm.partner_bank = firm.ask_bank - x, firm.partner_bank - y
            firm.returned, before = x + y, firm.banked
            firm.banked = firm.ask_bank + firm.partner_bank + firm.returned
            counts["hours_unspent"][j] = firm.banked - before
            counts["hours_service"][j] = firm.hours
            firm.score *= 0.5 ** (1 / now.referral.score_half_life)
        for pair in pairs.values():
            pair.visibility *= now.referral.visibility_fade
            pair.training *= now.referral.training_fade
        if w < 0 or (w + 1) % 52:
            return
        value, strategy = [firm.year_value for firm in firms], [firm.strategy for firm in firms]
        for t in sorted(members):
            others, (u, v) = sorted(members - {t}), draw(IMITATION, t, 0, w)
            m = others[int(v * len(others))] if others and u < rules.imitation else t
            firms[t].strategy = strategy[m] if value[m] > value[t] else strategy[t]
            leaves = rules.renewal * math.exp(-max(value[t], 0.0) / rules.cost)
            if draw(RENEWAL, t, 0, w)[0] < leaves:
                take_seat(t)
        for firm in firms:
            firm.year_value = 0.0

    def tally(n):
        """Section 5: what a need adds to the measures of its business."""
        served, referred, partner = n.provider == BUSINESS, n.referrer >= 0, n.source == BY_PARTNER
        won, sold, kept = n.source > REPEAT, n.value * served, n.provider == REST
        more = {
            "needs": 1, "open_needs": n.open, "lost_grudge": n.grudge, "lost_drift": n.drift,
            "lost_negative": n.lost, "turned_away": n.turned, "to_rest": kept - n.rejected,
            "rejected": n.rejected, "waiting": n.provider == NOBODY,
            "repeat": n.source == REPEAT, "won": won, "new_clients": n.new, "revenue": sold,
            "referrals_received": referred, "referrals_duplicate": n.duplicate,
            "referrals_closed": partner, "won_after_referral": referred and won,
            f"won_tier{n.tier or 1}": partner, "value_partner": sold * partner,
            f"value_tier{n.tier or 1}": sold * partner,
            "value_customers": sold * (BY_FRIEND <= n.source <= REQUESTED),
            "margin": sold * of_trade(now.trades.margin, n.trade),
            "won_" + SOURCES[n.source - 1]: won, "new_" + SOURCES[n.source - 1]: n.new,
            EXPERIENCES[n.judgement - 1]: served,
        }  # fmt: skip
        for measure, amount in more.items():
            counts[measure][n.trade] += amount
        counts["referrals_passed"][n.referrer] += referred

    # Section 4.1, week by week
    due = {"group": 0, "one_to_ones": 0}  # without members and links they do nothing in history
    for w in range(-H, scenario.weeks):
        trace, counts = [], defaultdict(lambda: [0.0 for _ in trades])
        if w == 0:
            start()
        if w in changes:
            enforce(changes[w])
        complaints = count(w * 1024)
        for event in (event for event in arm.events if event.week == w):
            happen(event, next(complaints) if event.complaint else None)
        # Section 4.5, from its beginning; says is of 4.6
        says = (0.0, 0.0, now.friends.recommend_satisfied, now.friends.recommend_delighted)
        record, a = now.record, 0.5 ** (1 / now.record.half_life)
        for own, firm in zip(of, firms, strict=True):
            firm.ask_bank += own.effort.asking
            firm.partner_bank += own.effort.partners
            firm.hours, firm.returned = own.effort.service + firm.returned, 0.0
            firm.places = math.floor((firm.hours + firm.spare) / own.service.least_hours)
            firm.free = firm.places
            x = min(firm.exposures[w], firm.record_good * a)
            firm.record_good = firm.record_good * a - x
            firm.record_bad = firm.record_bad * a + own.testimonials.backfire * x
            noted = firm.record_good + firm.record_bad
            y = (1 - math.exp(-noted / record.saturation)) / max(noted, 1e-300)
            firm.rec_good = hz(record.persuade) * y * firm.record_good
            firm.rec_bad = neg(record.persuade) * y * firm.record_bad
        doors, needs = {ij: door(*ij) for ij in pairs}, calendar[w + H]
        if now.trades.needs == "once":
            needs = [need(*pj, 0, w) for pj in clients if memory[pj].provider == NOBODY]
        if now.choice.updating == "one_by_one":
            needs.sort(key=lambda n: n.draw(ORDER)[0])
        for n in needs:
            decide(n)
        for j in trades:
            serve(j, [n for n in needs if n.trade == j and n.provider == BUSINESS])
        for step, n in product((remember, talk), needs):
            step(n)
        for j, firm in enumerate(firms):
            firm.record_good += counts["posts_positive"][j]
            firm.record_bad += counts["posts_negative"][j]
        for step, n in product((name, testify, follow_up, tally), needs):
            step(n)
        # Section 4.10, appointments
        asking, named = [j for j in trades if of[j].asking.when == "appointment"], []
        for j in asking if any(of[j].effort.asking > 0 for j in asking) else ():
            served = [p for p in people if content(memory[p, j], of[j].asking.window)]
            served.sort(key=lambda p, j=j: draw(APPOINTMENT, p, 0, w, j)[0])
            line = [Need(person=p, trade=j) for p in served]
            hand_out(j, line)
            named += line
        for step, n in product((name, testify), named):
            step(n)
        for kind, come_together in (("group", meet), ("one_to_ones", meet_in_pairs)):
            if due[kind] == w:
                come_together()
                due[kind] += getattr(now, kind).every
        close()
        yield State(week=w, needs=needs, trace=trace, counts=counts)


def run(scenario, number):
    """For each arm the weeks of one world: `needs`, `trace` of who told whom, and `counts`."""
    text = b"wom_sim/rng/1" + scenario.seed.to_bytes(16, "little") + number.to_bytes(8, "little")
    key = int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
    draw = cache(partial(uniforms, key))
    return [list(play(scenario, arm, draw))[scenario.history_weeks :] for arm in scenario.arms]
