"""The market in plain Python: sections 4 and 5 of README.md, from it alone; a draw is (u, v)."""

import math
from collections import Counter, defaultdict
from itertools import accumulate, combinations, count, islice, permutations, product
from types import SimpleNamespace as State

import numpy

# isort: off
from reference.numbers import (
    APPOINTMENT, ASKED, CHOICE, COMPLAINT, DROP, EXPOSURE, FOLLOWER, FRAME, FRIEND, IMITATION, JOB,
    LAST, LOYALTY, MEET, MEETING, MIND, NAMING, NEED, ONE_TO_ONE, ORDER, PAIR, PARTNER, POST,
    RENEWAL, RETELL, SIGNAL, STRATEGY, TALK, TELL, TESTIFY, TESTIMONIAL, TURN, draw_of, hz, left,
    normal, total,
)
from reference.world import (
    BUSINESS, BY_FRIEND, BY_HEARSAY, BY_PARTNER, BY_RECORD, DELIGHTED, DISSATISFIED, EXPERIENCES,
    NOBODY, NONE, REPEAT, REQUESTED, REST, SATISFIED, SOURCES, TURNED_AWAY, UNKNOWN, UNPROMPTED,
    Firm, Memory, Pair, calendar_of, need, of_trade, town, verdict,
)
from wom_sim.scenario.parameters import BUSINESS_SECTIONS


def play(scenario, arm, draw):
    """The weeks of one arm, history first; `now` is in force for the town, `of` by business."""
    B, A, H, changes = scenario.base, arm.parameters, scenario.history_weeks, dict(arm.changes)
    now = B.model_copy(update={  # 4.0, step 1
        "population": A.population, "effort": B.effort.model_copy(update={"partners": 0.0}),
        "trades": (B if B.trades.count == A.trades.count else A).trades,
        "partners": B.partners.model_copy(update={"group": False, "count": 0})})
    N, people, trades = A.population.size, range(A.population.size), range(A.trades.count)
    treated, of = [j == 0 or scenario.treated == "all" for j in trades], [now for _ in trades]

    friends, refers_to, row, owner, seat = town(now.population, trades, draw)
    memory, deaf, members = {pj: Memory() for pj in product(people, trades)}, set(), set()  # 3
    pairs = {ij: Pair() for ij in product(trades, trades)}
    fresh, start_at = {}, now.judgement.expectation
    firms = [Firm(expectation=start_at, exposures=defaultdict(float)) for _ in trades]

    in_force = accumulate(range(scenario.weeks), lambda old, x: changes.get(x, old), initial=A)
    plans = [now] * H + [*in_force][1:]  # 2.1
    clients = [(p, j) for p, j in memory if seat[p] != j]
    calendar = calendar_of(plans, clients, trades, H, draw)

    def enforce(new):  # 4.0: new parameters come into force
        nonlocal now, of, fresh
        others = new.model_copy(update={name: getattr(B, name) for name in BUSINESS_SECTIONS})
        for firm in firms:
            firm.expectation += new.judgement.expectation - now.judgement.expectation
        now, of, start = new, [new if own else others for own in treated], new.referral
        fresh = {"visibility": start.visibility_start, "credibility": start.credibility_start}

    def start():  # 4.0, step 3
        enforce(A)
        want, alone = [own.partners.count for own in of], not all(treated)
        inviting = [j == 0 and alone and want[j] > 0 for j in trades]
        pairs.update({ij: Pair(**fresh) for ij in pairs})
        across = {(i, j): (i - j) % A.trades.spheres > 0 for i, j in combinations(trades, 2)}
        for i, j in sorted(across, key=lambda ij: draw(PAIR, *ij)[0] + across[ij]):  # 4.2
            if (want[i] > 0 or inviting[j]) and (want[j] > 0 or inviting[i]):
                pairs[i, j].linked = pairs[j, i].linked = True
                want[i], want[j] = want[i] - 1, want[j] - 1
        for j, (firm, own) in enumerate(zip(firms, of, strict=True)):
            firm.ask_bank = firm.partner_bank = firm.returned = firm.banked = 0.0
            firm.keeps = own.partners.group or own.partners.count > 0
            if j < A.group.size and (own.partners.group or (alone and of[0].partners.group)):
                take_seat(j)
        order = sorted(trades, key=lambda j: draw(STRATEGY, j)[0])  # 4.3
        for own, strategies in ((True, A.partners.strategies), (False, B.partners.strategies)):
            dealt = [j for j in order if treated[j] == own]
            exact = {name: strategies[name]["share"] * len(dealt) for name in sorted(strategies)}
            seats = Counter({name: math.floor(exact[name] + 1e-9) for name in exact})
            short = sorted(exact, key=lambda name: seats[name] - exact[name])
            seats.update(short[: len(dealt) - seats.total()])
            for j, name in zip(dealt, sorted(seats.elements()), strict=True):
                firms[j].strategy = name, strategies[name]

    def take_seat(t):  # 4.2
        members.add(t)
        firms[t].score = firms[t].year_value = 0.0
        for ij in (ij for ij in permutations(members, 2) if t in ij):
            pairs[ij] = Pair(linked=True, **fresh)

    def happen(event, number):  # 4.4
        if event.join is not None and event.join not in members:
            take_seat(event.join)
            firms[event.join].keeps = True
        if event.leave in members:
            members.remove(event.leave)
            firms[event.leave].keeps = False
            for m in members:
                pairs[m, event.leave].linked = pairs[event.leave, m].linked = False
        for j in (j for j in trades if treated[j] and event.complaint):
            chance = event.complaint.reach / N
            hearers = [p for p in people if draw(COMPLAINT, p, number, w, j)[0] < chance]
            tell((LAST - number, j, 65535), "negative", -1, hearers)
            firms[j].record_bad += event.complaint.entries

    def door(i, j):  # 4.5, step 4, with the willingness of 4.7
        pair, w0, inside = pairs[i, j], now.referral.willing, (i - j) % now.trades.spheres == 0
        sphere = now.trades.sphere_inside if inside else now.trades.sphere_outside
        met = pair.linked * (sphere * (j in refers_to[i])) * pair.visibility * pair.credibility
        if met <= 0 or not now.referral.reciprocity:
            return met * w0
        kind, settings = firms[i].strategy
        answer = int(kind == "giver")
        if kind == "reciprocator":
            x = (pair.given - pairs[j, i].given) / settings["scale"]
            answer = 1 / (1 + math.exp(min(max(x, -700), 700)))
        if kind == "image_scorer":
            x = [firms[m].score for m in trades if any(pairs[m, k].linked for k in trades)]
            mean = numpy.sum(x) / len(x)  # 7
            famous = (firms[j].score / mean if mean > 0 else 1) >= settings["threshold"]
            answer = 1 if famous else 1 - settings["known"]
        return met * (w0 + (1 - w0) * answer)

    def decide(n):  # 4.6, loyalty and after
        p, j, rule, (u, v) = n.person, n.trade, now.loyalty, n.draw(LOYALTY)
        firm, me, job = firms[j], memory[p, j], draw(NEED, p, 0, 0, j, n.ordinal)[1]
        mine, n.size = me.provider == BUSINESS, math.exp(now.trades.job_spread * normal(job))
        stays = (1 - rule.grudge, 1 - rule.grudge, rule.satisfied, rule.delighted)
        if me.provider and u < stays[me.own if mine else me.rest_x]:
            n.provider, n.source = me.provider, REPEAT if mine else NONE
        else:
            n.open = 1
            choose(n, me, list(asked_friends(n)) if v < now.friends.ask_around else [])
        won, grudge = n.provider == BUSINESS, me.own == DISSATISFIED
        n.new, n.size, gone = int(won and not mine), n.size * won, mine and not won
        n.grudge, n.drift = int(gone and grudge), int(gone and not grudge)
        n.value = n.size * of_trade(now.trades.job_value, j)
        if now.choice.updating == "one_by_one":  # 4.6.1
            if n.provider == BUSINESS and firm.free == 0:
                vars(n).update(TURNED_AWAY)
            if n.provider == BUSINESS:
                firm.free -= 1
                judge(n, firm.hours / max(firm.load, 1))
            remember(n, at_once=True)

    def choose(n, me, said):  # 4.6, partner to choice; said: what the friends asked add
        choice, firm, plus, (aware, look_up) = now.choice, firms[n.trade], [0.0] * 7, n.draw(MIND)
        m = left(w - me.heard, now.talk.memory_half_life)
        G, B, (G2, B2, R) = me.good * m, me.bad * m, (total(x[k] for x in said) for k in (1, 2, 3))
        plus[BY_PARTNER], plus[BY_FRIEND if G2 > G else BY_HEARSAY] = partner(n), max(G, G2)
        n.teller = max(said, key=lambda word: word[1])[0] if G2 > G else -1
        plus[REQUESTED] = requested(n, me)
        in_mind = aware < choice.awareness * choice.awareness_left ** max(w, 0)
        plus[UNPROMPTED] = hz(choice.close_unprompted) * in_mind
        looks_up = look_up < now.record.look_up
        plus[BY_RECORD], rec_bad = firm.rec_good * looks_up, firm.rec_bad * looks_up
        if in_mind and choice.unprompted == "decides":
            n.provider, n.source = BUSINESS, UNPROMPTED
            return
        running, against = list(accumulate(plus)), max(B, B2) + rec_bad
        T, doubted = running[-1], me.own == DISSATISFIED
        D = hz(choice.own_bad) * left(w - me.own_week, now.friends.recall_half_life) * doubted
        if choice.rule == "counts":
            pro = [(g, f) for f, g, _, _ in said] if G2 > G else [(G, LAST - BY_HEARSAY)]
            con = [(b, f) for f, _, b, _ in said] if B2 > B else [(B, LAST - BY_HEARSAY)]
            pro += [(plus[s], LAST - s) for s in (BY_PARTNER, REQUESTED, BY_RECORD, UNPROMPTED)]
            con += [(rec_bad, LAST - BY_RECORD)]
            votes, noes, doubt = (
                sum(n.draw(SIGNAL, whom=message)[lane] < 1 - math.exp(-h) for h, message in signals)
                for lane, signals in ((0, pro), (1, con), (1, [(D, LAST)])))
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
            n.provider = BUSINESS
        elif now.trades.needs == "once":
            n.provider, n.rejected = REST if u < either else NOBODY, int(chance <= u < either)

    def asked_friends(n):  # 4.6: friends in the order asked, and what each adds to G2, B2, R
        p, j, rules, asked = n.person, n.trade, now.friends, []
        for lane, q in enumerate((rules.strong, rules.weak)):
            ties = [f for weak, f, _ in row[p] if weak == lane]
            t = int(n.draw(TURN)[lane] * len(ties))
            asked += [(f, q) for f in ties[t:] + ties[:t]]
        del asked[rules.number :]
        for number in range(min(now.population.ties.met, rules.number - len(asked))):
            met = (int(n.draw(MEET, whom=number, trade=0, ordinal=x)[0] * N) for x in range(64))
            known = {p, *friends[p], *(f for f, _ in asked)}
            asked += [(f, rules.weak) for f in islice((f for f in met if f not in known), 1)]
        for f, q in asked:
            friend, u = memory[f, j], n.draw(FRIEND, whom=f)[0]
            y = rules.relay * left(w - friend.heard, now.talk.memory_half_life)
            own = left(w - friend.own_week, rules.recall_half_life)
            rest = left(w - friend.rest_week, rules.recall_half_life)
            with_rest, with_us = friend.provider == REST, friend.provider == BUSINESS
            g, b = next((g, b) for fits, g, b in (
                (seat[f] == j, 0.0, 0.0),
                (friend.provider == NOBODY, friend.good * y, friend.bad * y),
                (with_rest and not friend.rest_x, 0.0, neg(q) * rest * (u < rules.rejecters_warn)),
                (friend.own == DISSATISFIED, 0.0, neg(q) * own * (u < rules.warn)),
                (with_us, hz(q) * own * (u < says[friend.own]), 0.0),
                (True, 0.0, 0.0)) if fits)
            yield f, g, b, hz(q) * rest * (with_rest and u < says[friend.rest_x])

    def neg(q):  # the hazard of a message that speaks against the business
        return hz(min(now.choice.negative_weight * q, 0.99))

    def partner(n):  # 4.6: the partner who refers, if any; the hazard of the referral
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

    def content(me, window=math.inf):  # whom the business served last, well, and lately
        return me.provider == BUSINESS and me.own >= SATISFIED and w - me.own_week <= window

    def requested(n, me):  # 4.6: the hazard of having been named, and of ties reminded by a cue
        asking = of[n.trade].asking
        h = me.request * left(w - me.requested, asking.request_half_life)
        for _, f, circle in row[n.person] if firms[n.trade].cued else ():
            friend, v = memory[f, n.trade], n.draw(FRIEND, whom=f)[1]
            chance = asking.cue * left(w - friend.cue_week, asking.cue_half_life)
            if content(friend) and friend.cue == circle + 1 and v < chance:
                h, n.teller = h + hz(asking.persuade), f
        return h

    def serve(j, got):  # 4.8: places, asking during the job, quality, expectation
        firm, service = firms[j], of[j].service
        used = service.least_hours * min(len(got), firm.places)
        firm.spare = min(firm.spare + firm.hours - used, service.least_hours)
        for n in sorted(got, key=lambda n: n.draw(JOB)[1] + (n.source != REPEAT))[firm.places :]:
            vars(n).update(TURNED_AWAY)
        got = [n for n in got if not n.turned]
        if of[j].asking.when == "during":
            ask(j, sorted(got, key=lambda n: n.draw(ASKED)[0]))
        firm.load = service.smoothing * firm.load + (1 - service.smoothing) * len(got)
        hours = counts["hours_per_job"][j] = firm.hours / max(firm.load, len(got), 1)
        for n in got:
            judge(n, hours)
        if got:
            mean = total(n.quality for n in got) / len(got)
            firm.expectation += now.judgement.adaptation * (mean - firm.expectation)

    def judge(n, hours):  # 4.8: quality with so many hours, and what the client thinks of it
        own, rule, z = of[n.trade], now.judgement, normal(n.draw(JOB)[0])
        n.quality = (own.service.level - own.asking.intrusion * n.asked) + own.service.noise * z
        n.quality += own.service.gain * (1 - math.exp(-hours / own.service.hours_scale))
        referred = rule.referred * (BY_PARTNER <= n.source <= REQUESTED)
        x = n.quality - (firms[n.trade].expectation + referred)
        n.judgement = verdict(x < -rule.rule["below"], x > rule.rule["above"])

    def ask(j, line):  # 4.8 and 4.10: who of those in line is asked, once, and the hours it takes
        firm, asking, before = firms[j], of[j].asking, firms[j].ask_bank
        hours = getattr(asking, f"hours_{asking.when}")
        rested = (n for n in line if w - memory[n.person, j].asked >= asking.pause)
        for n in islice(rested, math.floor(before / hours)):
            n.asked, memory[n.person, j].asked = 1, w
            counts["asks"][j] += 1
        firm.ask_bank -= hours * counts["asks"][j]
        counts["hours_asking"][j] = before - firm.ask_bank
        return line

    def remember(n, at_once=False):  # 4.8; at once (4.6.1) all but via
        me, u, rest = memory[n.person, n.trade], n.draw(JOB)[0], now.rest
        me.provider = n.provider or me.provider
        if n.provider == BUSINESS:
            me.own, me.own_week = n.judgement, w
            me.via = int(n.source == BY_PARTNER) if n.new and not at_once else me.via
        if n.provider == REST:
            judged = verdict(u < rest.dissatisfied, u < rest.dissatisfied + rest.delighted)
            me.rest_x, me.rest_week = UNKNOWN if n.rejected else judged, w

    def talk(n):  # 4.9: who talks and posts
        p, j, rules, posts, (u, v) = n.person, n.trade, now.talk, now.talk.posts, n.draw(TALK)
        chance = (0.0, rules.negativity_ratio * rules.delighted, rules.satisfied, rules.delighted)
        word = "negative" if n.judgement == DISSATISFIED else "positive"
        if u < chance[n.judgement]:
            counts["talkers_" + word][j] += 1
            counts["posts_" + word][j] += v < posts.share
            reach = posts.reach_least * (1 - n.draw(POST)[0]) ** (-1 / posts.reach_tail)
            seen = range(int(min(reach, N - 1)) if v < posts.share else 0)
            tell((p, j, n.ordinal), word, p, [int(n.draw(FOLLOWER, whom=x)[0] * N) for x in seen])

    def tell(story, word, first, audience):  # 4.9: an audience hears, then the queue tells
        rules, j, known, told = now.talk, story[1], {first}, getattr(now.talk.told, word)
        at_once = [(f, rules.posts.persuade) for f in audience]
        queue = [(first, 0, at_once)] + [(first, 0, None)] * (first >= 0)
        for teller, hop, reached in queue:
            if reached is None:
                counts["tellers_" + word][j] += 1
                reached = [(f, rules.weak if weak else rules.strong) for weak, f, _ in row[teller]
                           if draw(TELL, teller, f, *story)[0] < told / len(row[teller])]
            for f, q in (x for x in reached if x[0] not in known):
                known.add(f)
                trace.append((teller, f, j, int(word == "negative")))
                counts["heard_" + word][j] += 1
                me, e = memory[f, j], rules.hearsay**hop
                x = left(w - me.heard, rules.memory_half_life)
                good, bad = (hz(q) * e, 0.0) if word == "positive" else (0.0, neg(q) * e)
                me.good, me.bad, me.heard = me.good * x + good, me.bad * x + bad, w
                if hop + 1 < rules.max_hops and draw(RETELL, f, 0, *story)[0] < rules.retell:
                    queue.append((f, hop + 1, None))

    def name(n):  # 4.10: naming
        c, j, asking, circles = n.person, n.trade, of[n.trade].asking, now.population.ties.circles
        me, recall, ties = memory[c, j], asking.recall_broad, row[c]
        if not n.asked or draw(NAMING, c, c, w, j)[0] >= says[me.own]:
            return
        if asking.frame == "framed":
            (u, v), full = draw(FRAME, c, 0, w, j), Counter(circle for *_, circle in ties)
            most = max(range(circles), key=lambda circle: full[circle])
            circle = most if u < asking.frame_fit else int(v * circles)
            me.cue, me.cue_week, firms[j].cued = circle + 1, w, True
            recall, ties = asking.recall_framed, [tie for tie in ties if tie[2] == circle]
        for f in (f for _, f, _ in ties if draw(NAMING, c, f, w, j)[0] < recall):
            friend = memory[f, j]
            old = friend.request * left(w - friend.requested, asking.request_half_life)
            friend.request, friend.requested = old + hz(asking.persuade), w
            counts["named"][j] += 1

    def testify(n):  # 4.10: testimonials
        c, j, rules = n.person, n.trade, of[n.trade].testimonials
        (u, x), (caught, v) = draw(TESTIMONIAL, c, 0, w, j), draw(EXPOSURE, c, 0, w, j)
        if n.asked and memory[c, j].own == DELIGHTED and u < rules.give:
            kinds = (rules.weight_expert, rules.weight_organisation, rules.weight_consumer)
            weight = kinds[(x >= rules.expert) + (x >= rules.expert + rules.organisation)]
            firms[j].record_good += weight
            counts["testimonials"][j] += 1
            if caught < rules.inauthentic and rules.found_out > 0:
                certain = rules.found_out == 1
                delay = 1 + int(0 if certain else math.log1p(-v) / math.log1p(-rules.found_out))
                firms[j].exposures[w + delay] += weight * left(delay, now.record.half_life)

    def follow_up(n):  # 5, what a need adds to the measures, and 4.11
        served, referred, partner = n.provider == BUSINESS, n.referrer >= 0, n.source == BY_PARTNER
        won, sold, kept = n.source > REPEAT, n.value * served, n.provider == REST
        for measure, amount in {
            "needs": 1, "open_needs": n.open, "lost_grudge": n.grudge, "lost_drift": n.drift,
            "lost_negative": n.lost, "turned_away": n.turned, "to_rest": kept - n.rejected,
            "rejected": n.rejected, "waiting": n.provider == NOBODY, "repeat": n.source == REPEAT,
            "won": won, "won_" + SOURCES[n.source - 1]: won, f"won_tier{n.tier or 1}": partner,
            "new_clients": n.new, "new_" + SOURCES[n.source - 1]: n.new, "revenue": sold,
            "margin": sold * of_trade(now.trades.margin, n.trade), "value_partner": sold * partner,
            "value_customers": sold * (BY_FRIEND <= n.source <= REQUESTED),
            f"value_tier{n.tier or 1}": sold * partner, EXPERIENCES[n.judgement - 1]: served,
            "referrals_received": referred, "referrals_duplicate": n.duplicate,
            "referrals_closed": partner, "won_after_referral": referred and won,
        }.items():
            counts[measure][n.trade] += amount
        if referred:
            pair, rule, referrer = pairs[n.referrer, n.trade], now.referral, firms[n.referrer]
            counts["referrals_passed"][n.referrer] += 1
            counts["cost_passing"][n.referrer] += rule.cost
            referrer.year_value -= rule.cost
            referrer.score += 1
            pair.given += 1
            firms[n.trade].year_value += n.value * (n.source == BY_PARTNER)
            if n.judgement == DISSATISFIED:
                pair.credibility *= 1 - rule.credibility_loss
                if n.draw(DROP, whom=n.referrer)[0] < rule.drop_referrer:
                    deaf.add((n.person, n.referrer))
            if n.judgement == DELIGHTED:
                pair.credibility += rule.credibility_gain * (1 - pair.credibility)

    def meet(group):  # 4.12
        present = []
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

    def meet_in_pairs(rules):  # 4.13
        linked = [ij for ij in combinations(trades, 2) if pairs[ij].linked]
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

    def close():  # 4.14
        contact = max(now.group.meeting_hours, now.one_to_ones.hours)
        for j, (firm, own) in enumerate(zip(firms, of, strict=True)):
            views = [pairs[i, j] for i in trades if pairs[i, j].linked]
            for measure in ("visibility", "credibility", "training"):
                counts[measure][j] = total(getattr(x, measure) for x in views) / max(len(views), 1)
            counts["record_good"][j], counts["record_bad"][j] = firm.record_good, firm.record_bad
            hours_ask = getattr(own.asking, f"hours_{own.asking.when}")
            x = max(firm.ask_bank - max(own.effort.asking, hours_ask), 0)
            y = max(firm.partner_bank - max(own.effort.partners, contact), 0)
            firm.ask_bank, firm.partner_bank = firm.ask_bank - x, firm.partner_bank - y
            firm.returned, before = x + y, firm.banked
            firm.banked = firm.ask_bank + firm.partner_bank + firm.returned
            counts["hours_unspent"][j] = firm.banked - before
            firm.score *= left(1, now.referral.score_half_life)
        for pair in pairs.values():
            pair.visibility *= now.referral.visibility_fade
            pair.training *= now.referral.training_fade
        if w >= 0 and (w + 1) % 52 == 0:
            value, strategy = [firm.year_value for firm in firms], [firm.strategy for firm in firms]
            for t in sorted(members):
                others, (u, v) = sorted(members - {t}), draw(IMITATION, t, 0, w)
                m = others[int(v * len(others))] if others and u < now.group.imitation else t
                firms[t].strategy = strategy[m] if value[m] > value[t] else strategy[t]
                leaves = now.group.renewal * math.exp(-max(value[t], 0.0) / now.group.cost)
                if draw(RENEWAL, t, 0, w)[0] < leaves:
                    take_seat(t)
            for firm in firms:
                firm.year_value = 0.0

    due = {"group": 0, "one_to_ones": 0}  # without members and links they do nothing in history
    for w in range(-H, scenario.weeks):  # 4.1
        trace, counts = [], defaultdict(lambda: [0.0 for _ in trades])
        if w == 0:
            start()
        if w in changes:
            enforce(changes[w])
        complaints = count(w * 1024)
        for event in (event for event in arm.events if event.week == w):
            happen(event, next(complaints) if event.complaint else None)
        record, a = now.record, left(1, now.record.half_life)  # 4.5; says is of 4.6
        says = (0.0, 0.0, now.friends.recommend_satisfied, now.friends.recommend_delighted)
        for j, (own, firm) in enumerate(zip(of, firms, strict=True)):
            firm.ask_bank += own.effort.asking
            firm.partner_bank += own.effort.partners
            firm.hours = counts["hours_service"][j] = own.effort.service + firm.returned
            places = (firm.hours + firm.spare) / own.service.least_hours
            firm.places = firm.free = math.floor(places)
            x = min(firm.exposures[w], firm.record_good * a)
            firm.record_good = firm.record_good * a - x
            firm.record_bad = firm.record_bad * a + own.testimonials.backfire * x
            noted = firm.record_good + firm.record_bad
            y = (1 - math.exp(-noted / record.saturation)) / max(noted, 1e-300)
            firm.rec_good = hz(record.persuade) * y * firm.record_good
            firm.rec_bad = neg(record.persuade) * y * firm.record_bad
        doors, needs = {ij: door(*ij) for ij in pairs}, calendar[w + H]
        if now.trades.needs == "once":
            needs = [need(draw, *pj, 0, w) for pj in clients if memory[pj].provider == NOBODY]
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
        for step, n in product((name, testify, follow_up), needs):
            step(n)
        asking, named = [j for j in trades if of[j].asking.when == "appointment"], []  # 4.10
        for j in asking if any(of[j].effort.asking > 0 for j in asking) else ():
            known = [p for p in people if content(memory[p, j], of[j].asking.window)]
            line = [need(draw, p, j, 0, w) for p in known]
            named += ask(j, sorted(line, key=lambda n: n.draw(APPOINTMENT)[0]))
        for step, n in product((name, testify), named):
            step(n)
        for kind, come_together in (("group", meet), ("one_to_ones", meet_in_pairs)):
            if due[kind] == w:
                come_together(getattr(now, kind))
                due[kind] += getattr(now, kind).every
        close()
        yield State(week=w, needs=needs, trace=trace, counts=counts)


def run(scenario, number):
    """For each arm the weeks of one world: `needs`, `trace` of who told whom, and `counts`."""
    draw = draw_of(scenario.seed, number)
    return [list(play(scenario, arm, draw))[scenario.history_weeks :] for arm in scenario.arms]
