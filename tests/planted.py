"""Break the market in many named ways, one at a time, and show which test sees each first.

    python tests/planted.py [NAME ...] [--list] [--workers N]

Each plant of `PLANTS` replaces a piece of a room of `wom_sim` in a temporary copy; the working
tree is never touched. In the copy, without compiling, runs what is meant to see it: the small
worlds of `test_reference.py`, one after the other until the second implementation differs, or the
tests it names. First the copy runs unbroken, which nothing may see. Ends with 1 where a plant is
seen by none: a hole in the tests, or a change that changes nothing. NAME is part of a name or
room of plants to run; what saw which is kept in `results/gallery/planted.csv`. Some 10 minutes on
two cores.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOUND = ROOT / "results" / "gallery" / "planted.csv"
COPIED = ("wom_sim", "tests", "scenarios")
WORLDS = 60
MOST_SECONDS = 240

GO_THROUGH_WORLDS = """
import sys
import wom_sim
from test_reference import first_difference, small_world

assert wom_sim.__file__.startswith(sys.argv[1]), wom_sim.__file__
for number in map(int, sys.argv[2:]):
    try:
        found = first_difference(number)
    except Exception as error:
        print(f"world {number}: {type(error).__name__}")
        break
    if found:
        print(f"world {number}, week {found.week}: {found.event}")
        break
"""
"""Says where the first of some worlds differs from the second implementation, if any does."""


class Plant(NamedTuple):
    """A piece of a room and what breaks it.

    tests: what is meant to see it, in order: "world n" for sixty small worlds from n on, or node
    ids of pytest.
    """

    name: str
    room: str
    old: str
    new: str
    tests: tuple[str, ...] = ("world 0",)


def _room(room: str, *plants: tuple[str, ...]) -> tuple[Plant, ...]:
    """Plants of one room, each: name, old, new, and the tests where not the worlds from 0."""
    return tuple(Plant(name, f"market/{room}.py", old, new, tuple(tests) or ("world 0",))
                 for name, old, new, *tests in plants)


ORACLES, CHANCE = "tests/test_oracles.py::", "tests/test_chance.py::"
UNDECIDED = "tests/test_undecided.py::test_nothing_comes_out_otherwise"
PROFESSIONALS = "tests/test_professionals.py::"
LAW = "tests/test_large.py::test_the_law_is_networkxs"

PLANTS = (
    *_room(
        "chance",
        ("who and whom change places in the address", "= philox(key, c0, c1, c2, c3)",
         "= philox(key, c1, c0, c2, c3)"),
        ("Philox has a round less", "for _ in range(10):", "for _ in range(9):"),
        ("the halves of the key change places", "k0 = key & _MASK\n    k1 = key >> _32",
         "k1 = key & _MASK\n    k0 = key >> _32"),
        ("the key forgets the replication", 'replication.to_bytes(8, "little")', "bytes(8)"),
        ("lane 1 is lane 0", "((c << _32 | d) >> _11) * _UNIT", "((a << _32 | b) >> _11) * _UNIT"),
        ("the normal quantile has a digit mistyped", "7.74545014278341407640e-4",
         "7.74545014278341407640e-3",
         CHANCE + "test_inverse_normal_is_the_standard_library_s"),
        ("a half-life leaves 1/e", "return 0.5 ** (age / half_life)",
         "return math.exp(-age / half_life)"),
    ),
    *_room(
        "large",
        ("ties are rewired too seldom", "if chance >= rewiring:", "if chance >= 0.8 * rewiring:",
         LAW + "[small_world]"),
        ("rewired ties stay where they were", "other[u, j] = w", "other[u, j] += 0",
         LAW + "[small_world]"),
        ("a tie may be rewired to one that is there", "while w == u or table",
         "while w == u and table", LAW + "[small_world]"),
        ("newcomers tie to anybody",
         "flat[int(draw(key, new, attempt, 0, GROWTH, 0, 0) * (2 * first))]",
         "int(draw(key, new, attempt, 0, GROWTH, 0, 0) * new)", LAW + "[scale_free]"),
        ("newcomers tie twice to one", "fresh = fresh and ends[n, 1] != target", "fresh = True",
         LAW + "[scale_free]"),
        ("some pairs too many are skipped", "w += 1 + int(", "w += 6 + int(", LAW + "[random]"),
        ("the last clique is open", "return ends[ends[:, 1] < size]",
         "return ends[ends[:, 1] < size - 1]", LAW + "[cliques]"),
        ("ends are paired in order", "ends[np.argsort(luck, kind=\"stable\")]", "ends",
         LAW + "[degree_sequence]"),
    ),
    *_room(
        "needs",
        ("owners need their own trade", "while seat[p] != j:", "while True:"),
        ("needs come a week late", "until[middle + 1] > need", "until[middle] > need"),
        ("a year has 50 weeks", "np.cumsum(rates.T / 52.0", "np.cumsum(rates.T / 50.0"),
        ("a job is as long as its wait", "NEED, trade, ordinal)[1]", "NEED, trade, ordinal)[0]"),
        ("every other need has no number", "o += 1\n", "o += 2\n"),
    ),
    *_room(
        "undecided",
        ("owners need their own trade once", "if seat[p] != j and not", "if not"),
        ("strong ties move nobody who waits", "h = around.strong[p, j] * fading.strong + ", "h = ",
         UNDECIDED + "[as it is]"),
        ("those who wait and the others count", "waiting[j] -= 1", "waiting[j] -= 0",
         UNDECIDED + "[as it is]"),
        ("rejecters never warn who waits", "own != DISSATISFIED and rest != UNKNOWN:",
         "own != DISSATISFIED:", UNDECIDED + "[rejecters]"),
        ("the record moves nobody who waits", "parameters.record.look_up > 0.0",
         "parameters.record.look_up > 1.0", UNDECIDED + "[a record]"),
        ("partners move nobody who waits", "most[(doors.any > 0) | ", "most[",
         UNDECIDED + "[partners]"),
        ("what was heard moves nobody who waits", "(news[n] != 0) | ", "",
         UNDECIDED + "[stories]"),
    ),
    *_room(
        "persuasion",
        ("bad messages know no bound", "hazard(min(weight * q, 0.99))", "hazard(weight * q)"),
        ("competing messages share evenly", "won += p * n * p / (p + n)", "won += p * n / 2"),
        ("competition is always 1", "(plus + competition * rest)", "(plus + rest)"),
        ("sources share by chances of 1", "if running > u * total:", "if running > u:"),
        ("own doubts count as what was heard", "votes[0] / (votes[0] + votes[2])",
         "votes[0] / (votes[0] + votes[1])"),
        ("without stories nobody doubts", "persuaded(total, own, rule)",
         "persuaded(total, 0.0, rule)"),
        ("votes against stay from the need before", "for vote in range(3):",
         "for vote in range(1):"),
        ("doubts and signals share a lane", "[1] < 1.0 - math.exp(-h)", "[0] < 1.0 - math.exp(-h)"),
    ),
    *_room(
        "friends",
        ("friends' experiences do not fade",
         "recall = fading.recall[week - since]", "recall = 1.0"),
        ("owners are witnesses of their own business", "if f == owner:", "if p == owner:"),
        ("weak ties are asked from where strong ones begin", "turns[kind]", "turns[0]"),
        ("rejecters warn as clients do", "says.rejecters_warn", "says.warn"),
        ("people are met twice", "known = known or friends[a] == q", "known = known",
         ORACLES + "test_people_met_are_strangers_each_once"),
        ("friends warn when they should not", "FRIEND, j, o) >= chance):\n        return",
         "FRIEND, j, o) < chance):\n        return"),
        ("relayed stories do not fade",
         "says.relay * fading.memory[week - people.memory.heard[f, j]]", "says.relay"),
        ("the first weak tie is strong for the rest", "fading.strong if a < strong",
         "fading.strong if a <= strong"),
        ("weak ties asked take the place of strong ones", "asked += min(number - asked, size)",
         "asked += min(number - asked, size) if kind else 0"),
    ),
    *_room(
        "referral",
        ("the window of contacts ends a week early",
         "people.own_week[p, i] <= rules.referral.window",
         "people.own_week[p, i] < rules.referral.window",
         ORACLES + "test_contacts_count_only_within_their_window"),
        ("nobody came by a referral", "2 + people.memory.via[p, i]", "2", "world 25"),
        ("the first partner in keyed order is the last one", "if turn < first_u:",
         "if first < 0 or turn > first_u:"),
        ("clients ignore the wrong business", "people.memory.deaf[p, i]:",
         "people.memory.deaf[p, j]:", "world 25"),
        ("the size of a job does not raise recognition", "(size**referral.size_effect)", "1.0"),
        ("the wrong side is trained", "recognition(doors.training[j, i]",
         "recognition(doors.training[i, j]",
         ORACLES + "test_who_is_trained_refers_and_not_who_trained"),
        ("the referrer is a duplicate of itself", "max(willing - 1, 0)", "willing"),
        ("a friend's owners stay near", "evidence.near[world.near[place]] = 0",
         "evidence.near[world.near[place]] = 1"),
    ),
    *_room(
        "evidence",
        ("a story counts twice", "return max(bad, told_bad), friend",
         "return bad + told_bad, friend"),
        ("a friend is thanked for what memory said", "plus[WORD_OF_MOUTH], friend = good, -1",
         "plus[WORD_OF_MOUTH] = good"),
        ("being named does not fade",
         "memory.request[p, j] * half(week - memory.requested[p, j], asking.request_half_life)",
         "memory.request[p, j]"),
        ("a cue speaks in the circle beside its own",
         "memory.cue[f, j] == ties.circle[place] + 1", "memory.cue[f, j] == ties.circle[place]"),
        ("an own bad experience does not fade",
         "rules.choice.own_bad) * fading.recall[week - people.own_week[p, j]]",
         "rules.choice.own_bad)"),
        ("who has the business in mind looks up the record", "if look >= rules.record.look_up",
         "if mind >= rules.record.look_up"),
        ("a cue replaces names", "h += hazard(asking.persuade)", "h = hazard(asking.persuade)"),
    ),
    *_room(
        "choice",
        ("a grudge keeps clients", "1.0 - rules.loyalty.grudge", "rules.loyalty.grudge"),
        ("clients of the rest remember the business",
         "people.own[p, j] if provider == BUSINESS else people.rest[p, j]", "people.own[p, j]"),
        ("rivals take nobody", "if u < chance * left:", "if u < chance:"),
        ("losses forget rivals", "(without - chance) * left", "without - chance"),
        ("who comes back is no new client", "out.new[n] = before != BUSINESS",
         "out.new[n] = before == NOBODY"),
        ("who waits is counted as decided", "chance <= u < either", "u < either",
         "tests/test_classics.py::test_a_one_off_need_may_go_to_a_rival_without_bad_news"),
        ("deciding one by one sees nothing", "if foreseen.places.size:",
         "if foreseen.places.size < 0:"),
        ("places are never used up one by one", "foreseen.places[j] -= 1",
         "foreseen.places[j] -= 0"),
        ("who decides against seems served", "UNKNOWN if out.rejected[n] else foreseen.rest[n]",
         "foreseen.rest[n]"),
        ("what comes to mind is told twice", "win(n, UNPROMPTED,", "win(n, BY_PARTNER,"),
        ("grudge and drift change places", "= unhappy, not unhappy", "= not unhappy, unhappy"),
    ),
    *_room(
        "service",
        ("what is foreseen forgets that referred clients expect more",
         "enumerate((0.0, judgement.referred))", "enumerate((0.0, 0.0))"),
        ("what is foreseen is this week's plan of an idle business",
         "np.maximum(state.businesses.load, 1.0)", "1.0",
         ORACLES + "test_jobs_are_foreseen_by_the_load_of_past_weeks"),
        ("capacity ignores what last week left over", "np.floor((hours + businesses.spare) /",
         "np.floor(hours /"),
        ("repeat clients wait", "decisions.source[waiting] != REPEAT",
         "decisions.source[waiting] == REPEAT"),
        ("load forgets as much as it should keep",
         "smoothing * load[j] + (1.0 - smoothing) * served[j]",
         "(1.0 - smoothing) * load[j] + smoothing * served[j]"),
        ("who was named expects no more", "if BY_PARTNER <= came <= REQUESTED:",
         "if BY_PARTNER <= came < REQUESTED:"),
        ("expectation adapts to the mean of all needs", "total[j] / met[j]",
         "total[j] / trade.size"),
        ("every new client came by a partner", "= decisions.source[n] == BY_PARTNER", "= 1"),
        ("the pause between asks is a week longer", ">= firms[j].asking.pause",
         "> firms[j].asking.pause"),
        ("hours left over pile up", "min(left, least_hours[j])", "left"),
        ("hours saved for a long meeting go back", "bank[j] - max(weekly[j], least[j])",
         "bank[j] - weekly[j]"),
        ("an ask during the job pleases", "- firms[j].asking.intrusion *",
         "+ firms[j].asking.intrusion *"),
    ),
    *_room(
        "judgement",
        ("delight begins where adequacy ends", "judged[gap > above]", "judged[gap > below]"),
        ("the gap has the wrong sign", "gap = quality - expectation\n    judged",
         "gap = expectation - quality\n    judged"),
        ("the zone of tolerance has no lower half", "judged[gap < -below]",
         "judged[gap < 0 * below]"),
    ),
    *_room(
        "talk",
        ("a bad story counts half", "rules.choice.negative_weight) * weakened",
         "rules.choice.negative_weight) * weakened / 2"),
        ("fading of bad stories is forgotten", "people.memory.bad[listener, j] *= fade",
         "people.memory.bad[listener, j] *= 1.0"),
        ("hearsay weakens first hand stories", "rules.talk.hearsay ** (hop - 1)",
         "rules.talk.hearsay**hop"),
        ("ties are told twice", "story.heard_in[listener] = number",
         "story.heard_in[teller] = number"),
        ("a story goes a hop too far", "if hop < rules.talk.max_hops",
         "if hop <= rules.talk.max_hops"),
        ("a talker tells a share of the town", "mean / (end - start)", "mean / len(people.own)"),
        ("who hears tells on with the luck of telling",
         "draw(key, hearer, 0, originator, RETELL", "draw(key, hearer, 0, originator, TELL"),
        ("the first weak tie is told as a strong one", "if tie < ties.weak[teller]",
         "if tie <= ties.weak[teller]"),
        ("the dissatisfied talk like the satisfied",
         "return talk.negativity_ratio * talk.delighted",
         "return talk.negativity_ratio * talk.satisfied"),
        ("posts reach one follower less", "for number in range(int(reach)):",
         "for number in range(int(reach) - 1):"),
        ("a complaint fills the good record", "record_bad[trade] += entries",
         "record_good[trade] += entries"),
        ("the client is already hearsay", "join_queue(p, 0, story)", "join_queue(p, 1, story)"),
    ),
    *_room(
        "reviews",
        ("bad entries do not age", "bad[j] *= fade", "bad[j] *= 1.0"),
        ("bad entries do not saturate", "np.exp(-entries / parameters",
         "np.exp(-good / parameters"),
        ("what is found out has not aged", "+= weight * 0.5 ** (weeks / half_life)", "+= weight"),
        ("testimonials are found out a week early", "weeks = 1\n", "weeks = 0\n"),
        ("being found out never backfires", "bad[j] += backfire[j] * exposed",
         "bad[j] += exposed"),
        ("organisations take from experts",
         "elif kind < testimonials.expert + testimonials.organisation:",
         "elif kind < testimonials.organisation:"),
    ),
    *_room(
        "asking",
        ("window and pause change places", "people.own_week[p, j] <= own.ask_window[j]",
         "people.own_week[p, j] <= own.ask_pause[j]"),
        ("the last of the largest circles is framed", "sizes[circle] > sizes[largest]",
         "sizes[circle] >= sizes[largest]"),
        ("broad asks recall like framed ones", "recall_framed if framed else asking.recall_broad",
         "recall_broad if framed else asking.recall_framed"),
        ("a second naming forgets that the first fades",
         "memory.request[f, j] * fade + hazard", "memory.request[f, j] + hazard"),
        ("the satisfied give testimonials", "[clients, trades] == DELIGHTED",
         "[clients, trades] >= SATISFIED"),
        ("a client with two visits is asked twice",
         "(place > 0 and chosen[j, place - 1] == p)", "False"),
        ("a frame that does not fit still fits", "if fits < asking.frame_fit:",
         "if fits >= asking.frame_fit:"),
        ("a frame leaves no date", "people.memory.cue_week[c, j] = week",
         "people.memory.cue_week[c, j] = 0"),
    ),
    *_room(
        "partners",
        ("a referred client's judgement moves the wrong partner",
         "partners.credibility[i, j] *= 1.0", "partners.credibility[j, i] *= 1.0"),
        ("advertising never fades", "** max(week, 0)", "** 0"),
        ("passing a referral costs who gets it", "partners.year_value[i] -= referral.cost",
         "partners.year_value[j] -= referral.cost",
         ORACLES + "test_the_ledger_is_the_replay_of_its_referrals"),
        ("reputation counts referrals received", "partners.score[i] += 1.0",
         "partners.score[j] += 1.0"),
        ("training fades like visibility", "training[i, j] *= training_fade",
         "training[i, j] *= visibility_fade"),
        ("members imitate who received less", "if value[model] > value[trade]:",
         "if value[model] < value[trade]:", "world 100"),
        ("members leave who received much", "np.exp(-max(value[trade], 0.0) / group.cost)",
         "(1.0 - np.exp(-max(value[trade], 0.0) / group.cost))", "world 25"),
        ("only one side learns in a one-to-one", "((first, second), (second, first))",
         "((first, second),)"),
        ("a partner learns what itself can say", "ceiling = own.specificity[j]",
         "ceiling = own.specificity[i]"),
        ("a newcomer inherits debts", "partners.given[new > 0] = 0",
         "partners.given[new > 0] += 0"),
        ("the praised believe their praise", "present[hearer] and hearer != j",
         "present[hearer] and hearer != i"),
        ("one side pays a one-to-one for both", "bank[j] -= cost * keeps[j]",
         "bank[i] -= cost * keeps[j]"),
        ("who leaves the group still refers to it",
         "partners.linked[trade, others] = partners.linked[others, trade] = 0",
         "partners.linked[others, trade] = 0"),
        ("partners of other spheres come first", "(i % spheres != j % spheres)",
         "(i % spheres == j % spheres)"),
    ),
    *_room(
        "reciprocity",
        ("given and received change places", "partners.given[rows], partners.given.T[rows]",
         "partners.given.T[rows], partners.given[rows]"),
        ("the mean score is over all businesses", "partners.score[linked].mean()",
         "partners.score.mean()",
         ORACLES + "test_reputation_is_measured_against_linked_businesses"),
        ("strategies act on nothing but willingness", "return w0 + (1.0 - w0) * reply",
         "return w0 + w0 * reply"),
        ("the smallest remainder has the seat", "np.argsort(seats - shares * size",
         "np.argsort(shares * size - seats", "world 23"),
        ("the others' strategies are the second of the treated", "first += len(mix)",
         "first += 1"),
    ),
    *_room(
        "strategies",
        ("reciprocators help who owes them", "np.clip((given - received) / scale",
         "np.clip((received - given) / scale"),
        ("who is unknown is refused", "1.0 - known", "0.0"),
        ("image scorers want more than the threshold", "received.shape) >= threshold",
         "received.shape) > threshold"),
        ("takers give", "np.zeros(received.shape)", "np.ones(received.shape)"),
    ),
    *_room(
        "record",
        ("who receives a referral is who passed it", "row[i, PASSED] += 1", "row[j, PASSED] += 1"),
        ("clients who were named are nobody's value", "elif source <= REQUESTED:",
         "elif source < REQUESTED:"),
        ("margin is revenue", "value[n] * margin[j]", "value[n]"),
        ("standing is a mean over all businesses",
         "links = max(links, 1)", "links = len(linked)"),
        ("trade 0 passes no referral that wins", "row[j, AFTER] += i >= 0",
         "row[j, AFTER] += i > 0"),
        ("jobs of loyal clients are won twice", "row[j, REPEATED] += 1\n            continue",
         "row[j, REPEATED] += 1"),
    ),
    *_room(
        "network",
        ("strong ties need one shared neighbour more", ">= parameters.shared_neighbours",
         "> parameters.shared_neighbours"),
        ("circle and strength share their luck", "int(v * circles)", "int(u * circles)"),
        ("friends do not stand in ascending order", "for side in range(1, -1, -1):",
         "for side in range(2):"),
        ("ties are addressed from the higher id", "edges[n, 0], edges[n, 1], 0, TIE",
         "edges[n, 1], edges[n, 0], 0, TIE"),
        ("professionals have the people's luck", "PROFESSIONALS: 1}", "PROFESSIONALS: 0}",
         PROFESSIONALS + "test_its_seed_is_not_that_of_the_people"),
        ("professionals know each other one way",
         "return pairs[pairs[:, 0] != pairs[:, 1]].astype(np.int64)",
         "return pairs[pairs[:, 0] < pairs[:, 1]].astype(np.int64)",
         PROFESSIONALS + "test_generated_networks_go_both_ways"),
        ("lawyers refer against the direction of their file", "may[i, j] = True",
         "may[j, i] = True", PROFESSIONALS + "test_who_may_not_refer_never_does"),
    ),
    *_room(
        "graphs",
        ("cliques lack a member", "min(first + members, size))", "min(first + members - 1, size))"),
        ("random ties are shared with oneself", "mean_degree / max(1, size - 1)",
         "mean_degree / size"),
        ("trades are taken from a file in order of id", "enumerate(read.people[:size])",
         "enumerate(sorted(read.people)[:size])",
         PROFESSIONALS + "test_people_are_trades_in_the_order_of_the_file"),
    ),
    *_room(
        "state",
        ("trade and attempt of an owner change places", "draw(key, trade, attempt, 0",
         "draw(key, attempt, trade, 0"),
        ("spheres are blocks of trades", "np.arange(trades.count) % trades.spheres",
         "np.arange(trades.count) // trades.spheres"),
        ("inside and outside a sphere change places",
         "np.where(same, trades.sphere_inside, trades.sphere_outside)",
         "np.where(same, trades.sphere_outside, trades.sphere_inside)"),
        ("the treated are the others", "[_values(others, kind), _values(treated, kind)]",
         "[_values(treated, kind), _values(others, kind)]"),
        ("never is forty weeks before the start", "NEVER = -20000", "NEVER = -40",
         ORACLES + "test_never_is_before_any_history", "world 0"),
    ),
    *_room(
        "calendar",
        ("anybody can refer to anybody", "sphere_matrix(own) * self.world.may",
         "sphere_matrix(own)",
         PROFESSIONALS + "test_who_may_not_refer_never_does"),
        ("who may be referred refers", "self.world.may\n", "self.world.may.T\n",
         PROFESSIONALS + "test_who_may_not_refer_never_does"),
        ("one-to-ones come before the meeting", '"one_to_ones": 0.7', '"one_to_ones": 0.5'),
        ("events come before changes", '"changes": 0.0, "events": 0.1',
         '"changes": 0.1, "events": 0.0'),
        ("changes act after the market", '"changes": 0.0', '"changes": 0.3'),
        ("an event is applied a week late", 'event.week, "events"', 'event.week + 1, "events"'),
        ("the year ends a week late", "(week + 1) % YEAR == 0", "week % YEAR == 0 and week"),
        ("appointments are with this week's clients",
         "week - int(self.own.ask_window.max())", "week"),
        ("a week without contact changes nothing",
         "partners.fade(self.state.partners, self.parameters.referral)", "pass"),
        ("returned hours return every week",
         "own.service + businesses.returned\n        businesses.returned[:] = 0.0",
         "own.service + businesses.returned"),
        ("complaints of a week share their luck", "rank[event.week] += event.complaint is not None",
         "rank[event.week] += 0"),
        ("hours of history are kept", "businesses.ask_bank[:] = businesses.partner_bank[:] =",
         "businesses.partner_bank[:] ="),
    ),
)  # fmt: skip


# The broken copy


@contextmanager
def copied() -> Iterator[Path]:
    """A temporary copy of what tests need."""
    with tempfile.TemporaryDirectory(prefix="planted") as folder:
        place = Path(folder).resolve()
        for name in COPIED:
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, place / name)
        yield place


@contextmanager
def broken(place: Path, plant: Plant) -> Iterator[None]:
    """The copy at `place` with one plant in it."""
    file = place / "wom_sim" / plant.room
    text = file.read_text(encoding="utf-8")
    if text.count(plant.old) != 1:
        sys.exit(f"{plant.name}: {plant.old!r} occurs {text.count(plant.old)} times, not once")
    file.write_text(text.replace(plant.old, plant.new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


def python(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy, nothing compiled and nothing kept."""
    paths = os.pathsep.join((str(place), str(place / "tests")))
    more = {"PYTHONPATH": paths, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=place,
        env={**os.environ, **more}, timeout=MOST_SECONDS,
    )


def seen_in_worlds(place: Path, first: int) -> str:
    """Where the two implementations part in the worlds from `first` on, "" if nowhere."""
    numbers = map(str, range(first, first + WORLDS))
    done = python(place, "-c", GO_THROUGH_WORLDS, str(place), *numbers)
    if done.returncode < 0:
        raise RuntimeError(f"the worlds were ended by signal {-done.returncode}")
    # What cannot even be imported is broken too.
    return done.stdout.strip() or (done.returncode and last_line(done.stderr)) or ""


def seen_by_tests(place: Path, *nodes: str) -> str:
    """The first of some tests that fails, "" if none does."""
    done = python(place, "-m", "pytest", "-x", "-p", "no:cacheprovider", *nodes)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{nodes}: {last_line(done.stdout + done.stderr)}")
    found = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", done.stdout, re.MULTILINE)
    return found[1] if found else "a test" if done.returncode else ""


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no output"])[-1]


def seen(place: Path, tests: Sequence[str]) -> str:
    """What of `tests` saw something first, "" if nothing did."""
    for test in tests:
        world = re.fullmatch(r"world (\d+)", test)
        try:
            found = seen_in_worlds(place, int(world[1])) if world else seen_by_tests(place, test)
        except subprocess.TimeoutExpired:
            found = f"{test}: no end in {MOST_SECONDS} s"
        if found:
            return found
    return ""


def seen_in(place: Path, plant: Plant) -> str:
    """What saw a plant first, "" where nothing did."""
    with broken(place, plant):
        return seen(place, plant.tests)


# The command


def chosen(names: Sequence[str]) -> list[Plant]:
    """Plants of which a name or room holds one of `names`; all without any."""
    return [plant for plant in PLANTS
            if not names or any(name in f"{plant.name} {plant.room}" for name in names)]


def line(plant: Plant, found: str, seconds: float) -> str:
    by = textwrap.shorten(found, 72, placeholder=" ...") or "SEEN BY NONE"
    return f"{plant.name:56} {plant.room:21} {seconds:5.1f} s  {by}"


def detectors(plants: Sequence[Plant]) -> list[str]:
    """Everything that is meant to see one of `plants`, each once."""
    tests = [test for plant in plants for test in plant.tests]
    worlds = ["world 0"] * any(test.startswith("world ") for test in tests)
    return worlds + sorted({test for test in tests if not test.startswith("world ")})


def search(plants: Sequence[Plant], workers: int) -> list[str]:
    """Break each in turn, with a line each, in a copy for each worker; returns what saw them."""
    with ExitStack() as copies, ThreadPoolExecutor(workers) as crew:
        places: SimpleQueue[Path] = SimpleQueue()
        for _ in range(workers):
            places.put(copies.enter_context(copied()))
        place = places.get()
        false_alarm = seen(place, detectors(plants))
        if false_alarm:
            sys.exit(f"the unbroken copy is seen by {false_alarm}")
        print("the unbroken copy is seen by none", flush=True)
        places.put(place)

        def one(plant: Plant) -> str:
            place, start = places.get(), time.perf_counter()
            try:
                found = seen_in(place, plant)
            finally:
                places.put(place)
            print(line(plant, found, time.perf_counter() - start), flush=True)
            return found

        return list(crew.map(one, plants))


def keep(plants: Sequence[Plant], found: Sequence[str]) -> None:
    """Write what saw which plant to FOUND; of plants that were not run, what was found before."""
    by = {}
    if FOUND.exists():
        with FOUND.open(encoding="utf-8", newline="") as file:
            by = {row["plant"]: row["seen_by"] for row in csv.DictReader(file)}
    by |= {plant.name: seen_by for plant, seen_by in zip(plants, found, strict=True)}
    FOUND.parent.mkdir(parents=True, exist_ok=True)
    with FOUND.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("plant", "room", "seen_by"))
        rows.writerows((p.name, p.room, by[p.name]) for p in PLANTS if p.name in by)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a name or room")
    parser.add_argument("--list", action="store_true", help="only list the plants")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="copies at work (2)")
    given = parser.parse_args(arguments)
    plants = chosen(given.names)
    if not plants:
        parser.error("no plant has such a name or room; see --list")
    if given.list:
        print("\n".join(f"{plant.name:56} {plant.room}" for plant in plants))
        return 0
    start = time.perf_counter()
    found = search(plants, given.workers)
    unseen = [plant for plant, by in zip(plants, found, strict=True) if not by]
    keep(plants, found)
    minutes = (time.perf_counter() - start) / 60
    print(f"{len(plants) - len(unseen)} of {len(plants)} plants seen, {minutes:.1f} minutes")
    for plant in unseen:
        print(f"seen by none: {plant.name} ({plant.room})")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
